package survey

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
)

func TestParseForm(t *testing.T) {
	seven, zero, ten := 7, 0, 10
	tests := map[string]struct {
		body     string
		want     Form
		problems []FieldProblem
	}{
		"a bare reason is a whole answer": {
			body: "reason=price", want: Form{Reason: "price"},
		},
		"a full code is taken too": {
			body: "reason=agreement.deadline", want: Form{Reason: "agreement.deadline"},
		},
		"everything at once": {
			body: "reason=people&service_related=partly&detail=%D0%B4%D0%B0&nps=7&keep_in_touch=phone&keep_in_touch=email&liked=a&comment=b&lang=en",
			want: Form{
				Reason: "people", ServiceRelated: "partly", Detail: "да", NPS: &seven,
				KeepInTouch: []string{"email", "phone"}, Liked: "a", Comment: "b", Lang: "en",
			},
		},
		"the edges of the score": {body: "reason=need&nps=0", want: Form{Reason: "need", NPS: &zero}},
		"the upper edge":         {body: "reason=need&nps=10", want: Form{Reason: "need", NPS: &ten}},
		"an empty field before a choice is no answer": {
			body: "reason=need&nps=&nps=7&keep_in_touch=&keep_in_touch=sms", want: Form{Reason: "need", NPS: &seven, KeepInTouch: []string{"sms"}},
		},
		"a channel ticked twice is one": {
			body: "reason=need&keep_in_touch=email&keep_in_touch=email", want: Form{Reason: "need", KeepInTouch: []string{"email"}},
		},
		"no reason": {
			body: "nps=7", want: Form{NPS: &seven}, problems: []FieldProblem{{"reason", ProblemMissing}},
		},
		"silence cannot be sent": {
			body: "reason=other.no_answer", problems: []FieldProblem{{"reason", ProblemUnknown}},
		},
		"what is wrong is left out, the rest is kept": {
			body:     "reason=nope&service_related=maybe&nps=11&keep_in_touch=pigeon&liked=ok",
			want:     Form{Liked: "ok"},
			problems: []FieldProblem{{"reason", ProblemUnknown}, {"service_related", ProblemUnknown}, {"nps", ProblemUnknown}, {"keep_in_touch", ProblemUnknown}},
		},
		"a score that is no whole number": {
			body: "reason=need&nps=7.5", want: Form{Reason: "need"}, problems: []FieldProblem{{"nps", ProblemUnknown}},
		},
		"a negative score": {
			body: "reason=need&nps=-1", want: Form{Reason: "need"}, problems: []FieldProblem{{"nps", ProblemUnknown}},
		},
		"declined leaves everything else aside": {
			body: "decline=1&reason=price&nps=3", want: Form{Declined: true},
		},
		"unknown fields and languages are ignored": {
			body: "reason=fit&lang=de&utm=1&form=1", want: Form{Reason: "fit"},
		},
		"line ends become one kind, control characters go": {
			body: "reason=other&comment=a%0D%0Ab%0Dc%00%07%7F%09d", want: Form{Reason: "other", Comment: "a\nb\nc\td"},
		},
		"broken UTF-8 is mended": {
			body: "reason=other&comment=a%FFb", want: Form{Reason: "other", Comment: "a\uFFFDb"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			v, err := url.ParseQuery(tc.body)
			if err != nil {
				t.Fatal(err)
			}
			got, problems := ParseForm(v)
			got.given = nil
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("form %+v, want %+v", got, tc.want)
			}
			if !reflect.DeepEqual(problems, tc.problems) {
				t.Errorf("problems %v, want %v", problems, tc.problems)
			}
			for _, p := range problems {
				if p.Text("ru") == "" || p.Text("en") == "" {
					t.Errorf("%v says nothing", p)
				}
			}
		})
	}
}

func TestFreeTextIsCountedInCharacters(t *testing.T) {
	for _, field := range []string{FieldDetail, FieldLiked, FieldComment} {
		fits := strings.Repeat("ы", MaxText)
		if _, problems := ParseForm(url.Values{"reason": {"fit"}, field: {fits}}); problems != nil {
			t.Errorf("%s: %d characters are refused: %v", field, MaxText, problems)
		}
		f, problems := ParseForm(url.Values{"reason": {"fit"}, field: {fits + "ы"}})
		if len(problems) != 1 || problems[0] != (FieldProblem{field, ProblemTooLong}) {
			t.Errorf("%s: one character more gives %v", field, problems)
		}
		if f.Detail+f.Liked+f.Comment != "" {
			t.Errorf("%s: a text that is too long was taken", field)
		}
	}
	crlf := strings.Repeat("ы\r\n", MaxText/2)
	if _, problems := ParseForm(url.Values{"reason": {"fit"}, "detail": {crlf}}); problems != nil {
		t.Errorf("a line end counts as one character, as the browser counts it: %v", problems)
	}
}

func TestOnlyAPressedButtonOrAProgramAnswers(t *testing.T) {
	tests := map[string]struct {
		body string
		want bool
	}{
		"a program that speaks the contract":          {"reason=price", true},
		"our page, button pressed":                    {"form=1&reason=price&confirm=1", true},
		"our page, submitted by a script":             {"form=1&reason=price", false},
		"our page, submitted with an empty button":    {"form=1&reason=price&confirm=", false},
		"our page's mark with another value":          {"form=&reason=price", false},
		"a script that adds a button of another name": {"form=1&reason=price&submit=1", false},
		"nothing at all":                              {"", true}, // ParseForm then misses the reason
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			v, _ := url.ParseQuery(tc.body)
			if got := Deliberate(v); got != tc.want {
				t.Errorf("Deliberate(%q) = %v", tc.body, got)
			}
		})
	}
}

func TestALaterFormKeepsWhatItDoesNotAsk(t *testing.T) {
	three, nine := 3, 9
	prev := Form{Reason: "price", ServiceRelated: "no", Detail: "дорого", NPS: &three, KeepInTouch: []string{"email"}, Liked: "всё", Lang: "ru"}
	tests := map[string]struct {
		body string
		want Form
	}{
		"only the reason": {
			"reason=need",
			Form{Reason: "need", ServiceRelated: "no", Detail: "дорого", NPS: &three, KeepInTouch: []string{"email"}, Liked: "всё", Lang: "ru"},
		},
		"more details": {
			"reason=price&nps=9&comment=ещё&lang=en",
			Form{Reason: "price", ServiceRelated: "no", Detail: "дорого", NPS: &nine, KeepInTouch: []string{"email"}, Liked: "всё", Comment: "ещё", Lang: "en"},
		},
		"what was emptied is cleared": {
			"reason=price&detail=&keep_in_touch=&nps=",
			Form{Reason: "price", ServiceRelated: "no", Liked: "всё", Lang: "ru"},
		},
		"what was wrong is kept": {
			"reason=price&nps=99&keep_in_touch=pigeon",
			prev,
		},
		"a decline ends it": {"decline=1", Form{Declined: true}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			v, _ := url.ParseQuery(tc.body)
			f, _ := ParseForm(v)
			got := f.Over(prev)
			got.given = nil
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestANameIsSeenInAnyCase(t *testing.T) {
	tests := map[string]struct {
		text, name string
		want       bool
	}{
		"first name, instrumental": {"Не смогли работать с Анной", "Анна Петрова", true},
		"surname, genitive":        {"после звонка Петровой", "Анна Петрова", true},
		"ё written as е":           {"Артем грубил", "Артём Ильин", true},
		"dative":                   {"писали Олегу три раза", "Олег Сидоров", true},
		"English":                  {"Anna's tone was rude.", "Anna Smith", true},
		"nobody":                   {"долго отвечали", "Анна Петрова", false},
		"a longer word":            {"аннотация к отчёту", "Анна Ли", false},
		"no name known":            {"Анна", "", false},
		"no text":                  {"", "Анна", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Mentions(tc.text, tc.name); got != tc.want {
				t.Errorf("Mentions(%q, %q) = %v", tc.text, tc.name, got)
			}
		})
	}
}

func FuzzParseForm(f *testing.F) {
	f.Add("reason=price&nps=7&keep_in_touch=email")
	f.Add("reason=%FF&detail=%00&nps=99999999999999999999")
	f.Fuzz(func(t *testing.T, body string) {
		v, _ := url.ParseQuery(body)
		form, problems := ParseForm(v)
		if len(problems) == 0 && !form.Declined {
			if _, ok := Lookup(form.Reason); !ok {
				t.Errorf("%q passed with reason %q", body, form.Reason)
			}
		}
		if form.NPS != nil && (*form.NPS < 0 || *form.NPS > 10) {
			t.Errorf("score %d", *form.NPS)
		}
		if strings.ContainsRune(form.Detail+form.Liked+form.Comment, 0) {
			t.Error("a NUL got through")
		}
	})
}
