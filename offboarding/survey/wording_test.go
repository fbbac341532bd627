package survey

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTheWordingThatShipsIsSetWellInBothLanguages(t *testing.T) {
	loose := regexp.MustCompile(`(?i)(^|[\s(«])(в|к|с|о|у|и|на|по|за|из|до|от|не) \pL| [—–]`)
	odd := regexp.MustCompile(`[!"“”]|--| - |  |\.\.`)
	ru, en := BuiltIn("ru"), BuiltIn("en")
	for _, key := range Keys() {
		if m := loose.FindString(ru.Text(key)); m != "" && !strings.HasPrefix(key, keyReason) {
			t.Errorf("%s: a line may break at %q", key, m)
		}
		for _, w := range []*Wording{ru, en} {
			s := w.Text(key)
			if n := utf8.RuneCountInString(s); n == 0 || n > MaxWording || odd.MatchString(s) {
				t.Errorf("%s/%s: %q", key, w.Lang, s)
			}
			if (w.Lang == "en") == regexp.MustCompile(`[а-яё]`).MatchString(s) {
				t.Errorf("%s/%s is in another language: %q", key, w.Lang, s)
			}
			if strings.HasPrefix(key, keyReason) && (strings.ContainsAny(s, "!.?") || utf8.RuneCountInString(s) > 45) {
				t.Errorf("%s/%s: %q is not a plain answer", key, w.Lang, s)
			}
		}
	}
}

func TestOnlyWhatAClientCanKnowIsOffered(t *testing.T) {
	w := BuiltIn("en")
	offered := 0
	for _, g := range Groups() {
		for _, o := range w.Closer(g.Code) {
			offered++
			if GroupOf(o.Code) != g.Code || o.Label == "" {
				t.Errorf("%s offers %+v", g.Code, o)
			}
		}
	}
	if offered != 22 {
		t.Errorf("%d closer reasons are offered, want 22", offered)
	}
	for _, code := range []string{"agreement.client_side", "reputation.heard", "reputation.false_fact", "reputation.stuck", "other.text", NoAnswer} {
		if slices.ContainsFunc(w.Closer(GroupOf(code)), func(o Option) bool { return o.Code == code }) {
			t.Errorf("a client is asked to judge %s", code)
		}
		if w.Label(code) == "" {
			t.Errorf("%s has no name", code)
		}
	}
}

func TestAWordingLeavesTheRestAsItShips(t *testing.T) {
	w := (&Wording{Lang: "ru", Version: 4, Texts: map[string]string{"reason.price": "Вышло дорого"}, Hidden: []string{"reason.fit", "question.nps", "reason.price.value"}}).Over()
	if w.Version != 4 || w.Label("price") != "Вышло дорого" || w.Label("need") != BuiltIn("ru").Label("need") {
		t.Errorf("%+v", w)
	}
	if w.Asks(FieldNPS) || !w.Asks(FieldLiked) || w.OfferedReasons() != 7 {
		t.Errorf("asks the score %v, praise %v, offers %d", w.Asks(FieldNPS), w.Asks(FieldLiked), w.OfferedReasons())
	}
	for _, o := range append(w.Reasons("x"), w.Closer("price")...) {
		if o.Code == "fit" || o.Code == "price.value" {
			t.Errorf("%s is offered", o.Code)
		}
	}
	for key, may := range map[string]bool{
		"reason.price": true, "reason.other": false, "reason.price.value": true, "question.detail": true, "question.nps": true,
		"title": false, "question.nps_low": false, "question.reason": false, "reason.nonsense": false, "": false,
	} {
		if MayHide(key) != may {
			t.Errorf("%q may be hidden: %v", key, !may)
		}
	}
}

func TestTheCloserReasonFollowsTheMainOne(t *testing.T) {
	for body, want := range map[string]string{
		"reason=price&reason2=price.value":               "price.value",
		"reason=price&reason2=":                          "price",
		"reason=price&reason2=need.done":                 "price", // left over from another choice
		"reason=price&reason2=nonsense":                  "price",
		"reason=price.budget&reason2=price.cheaper":      "price.cheaper",
		"reason=price.budget&reason2=":                   "price.budget",
		"reason=other&reason2=other.no_answer":           "other", // never the client's to say
		"reason=price&reason2=%20price.value%20&form=1":  "price.value",
		"reason=price&reason2=&reason2=price.value":      "price.value",
		"reason=reputation&reason2=reputation.heard":     "reputation.heard",
		"reason=agreement&reason2=agreement.client_side": "agreement.client_side",
	} {
		v, err := url.ParseQuery(body)
		if err != nil {
			t.Fatal(err)
		}
		if f, problems := ParseForm(v); f.Reason != want || len(problems) > 0 {
			t.Errorf("%s: %s, %v", body, f.Reason, problems)
		}
	}
	again, _ := ParseForm(url.Values{"reason": {"price"}})
	if f := again.Over(Form{Reason: "price.value"}); f.Reason != "price.value" {
		t.Errorf("the group said again takes %s back", f.Reason)
	}
	if f := again.Over(Form{Reason: "need.done"}); f.Reason != "price" {
		t.Errorf("another group leaves %s", f.Reason)
	}
}

func TestWhatWasHeardIsOneLineAndShort(t *testing.T) {
	f, problems := ParseForm(url.Values{"reason": {"reputation"}, "heard_when": {" в\nсентябре "}, "heard_from": {strings.Repeat("я", MaxHeard+1)}})
	if f.HeardWhen != "в сентябре" || f.HeardFrom != "" || len(problems) != 1 || problems[0] != (FieldProblem{FieldHeardFrom, ProblemTooLong}) {
		t.Errorf("%+v, %v", f, problems)
	}
	if !strings.Contains(problems[0].Text("ru"), "200") || !strings.Contains(problems[0].Text("en"), "200") {
		t.Error("the client is not told how much there is room for")
	}
	if got := f.Shown(); !slices.Equal(got, []string{FieldReason, FieldHeardWhen}) {
		t.Errorf("shown %v", got)
	}
}
