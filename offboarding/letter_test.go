package offboarding

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheTableOfLettersIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range LetterKinds {
		if seen[k.Code] {
			t.Errorf("%s stands there twice", k.Code)
		}
		seen[k.Code] = true
		switch {
		case k.Kind == "" || k.Class == "" || k.Why == "":
			t.Errorf("%s has no kind, no class or no reason", k.Code)
		case k.Internal != strings.HasPrefix(k.Code, "I"):
			t.Errorf("%s: internal is %v", k.Code, k.Internal)
		case k.Resendable && k.Code != T01 && k.Code != T09 && k.Code != T9C:
			t.Errorf("%s may go twice", k.Code)
		case k.Class != ClassService && !k.Bulk:
			t.Errorf("%s is no service and carries no List-Unsubscribe", k.Code)
		case k.Owed && k.Bulk:
			t.Errorf("%s is owed to the client, and one click would stop it", k.Code)
		}
		for _, s := range k.NotIn {
			if !slices.Contains(States, s) {
				t.Errorf("%s is unwanted in %s, which is no state", k.Code, s)
			}
		}
	}
	for n := 1; n <= 23; n++ {
		if code := "T" + string(rune('0'+n/10)) + string(rune('0'+n%10)); !seen[code] {
			t.Errorf("%s is missing", code)
		}
	}
	for _, code := range []string{T3R, T11R, I01, I02, I03, I04, I05, I06, I07, I08} {
		if !seen[code] {
			t.Errorf("%s is missing", code)
		}
	}
}

func TestVariablesComeBackAsTheyWere(t *testing.T) {
	acc := &Account{ID: NewID(), Lang: RU}
	c := &Case{ID: NewID(), AccountID: acc.ID, Client: Client{Name: "Анна", Email: "a@example.com"}}
	due := time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	want := SaveProposal{ReasonLabel: "цена", Proposal: "Оставим учёт, а зарплату вы возьмёте на себя."}
	o := c.letterWith(acc, T07, due, want)
	if o.effect.SendKey != "mail:"+c.ID.String()+":T07" || o.message.To != "a@example.com" || !o.message.PlannedAt.Equal(due) {
		t.Errorf("%+v %+v", o.effect, o.message)
	}
	got, err := o.message.kind().ReadVars(o.message.Vars)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%#v, %v", got, err)
	}
	if _, err := o.message.kind().ReadVars(json.RawMessage(`{"proposal":3}`)); !IsKind(err, KindInvalid) {
		t.Errorf("variables of another form: %v", err)
	}
	to := c.order(acc, Letter{Template: T13, Due: due, Occasion: "2026-11-05", To: &Recipient{"ООО «Преемник»", "next@example.com"}, Vars: SuccessorLetter{}})
	if to.message.To != "next@example.com" || !strings.HasSuffix(to.effect.SendKey, ":T13:2026-11-05") {
		t.Errorf("%+v %+v", to.effect, to.message)
	}
	defer func() {
		if recover() == nil {
			t.Error("a letter was ordered with the variables of another")
		}
	}()
	c.letterWith(acc, T06, due, want)
}

func TestLettersOfACaseLeaveOneAfterTheOther(t *testing.T) {
	acc := &Account{ID: NewID(), Lang: RU, Policy: DefaultPolicy()}
	acc.Policy.SurveyDelay, acc.Policy.Window = 0, nil
	c := &Case{ID: NewID(), AccountID: acc.ID, Initiator: ByClient, Client: Client{Email: "client@example.com"}}
	letters, _ := c.firstLetters(acc, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	if len(letters) != 2 || letters[0].message.Template != T01 || letters[1].message.Template != T03 {
		t.Fatalf("first letters: %v", letters)
	}
	first, second := letters[0].effect, letters[1].effect
	if first.SerialKey == "" || first.SerialKey != second.SerialKey {
		t.Errorf("acknowledgement and survey are no series: %q, %q", first.SerialKey, second.SerialKey)
	}
	if first.DueAt.After(second.DueAt) || first.ID.String() > second.ID.String() {
		t.Error("the survey comes before the acknowledgement")
	}
}
