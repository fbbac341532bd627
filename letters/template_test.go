package letters

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opendoor/offboarding"
)

func TestNamesFromTheCRMAreNotTrusted(t *testing.T) {
	tests := map[string]struct{ name, want string }{
		"a name":                      {"Анна Сергеевна", "Анна Сергеевна"},
		"initials and a double name":  {"А. С. Римский-Корсаков", "А. С. Римский-Корсаков"},
		"an apostrophe":               {"Anna O’Neil", "Anna O’Neil"},
		"spaces and line ends":        {"  Анна\r\n Сергеевна ", "Анна Сергеевна"},
		"an invisible mark":           {"Ан\u200bна\u202e", "Анна"},
		"an empty one":                {" \t", ""},
		"markup":                      {"<b>Анна</b>", ""},
		"a link":                      {"Приз на evil.example", ""},
		"an address":                  {"anna@example.com", ""},
		"a number":                    {"+7 900 000-00-00", ""},
		"a note of a manager":         {"Анна (не звонить до 12)", ""},
		"a template":                  {"{{.Client}}", ""},
		"our own marks":               {"\uE000thanks\uE001Анна\uE002", ""},
		"more than anybody is called": {strings.Repeat("Анна ", 20), ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := personName(tc.name)
			if tc.name == "\uE000thanks\uE001Анна\uE002" {
				tc.want = "thanksАнна" // the marks are gone, so that nothing can be faked
			}
			if got != tc.want {
				t.Errorf("personName(%q) = %q, want %q", tc.name, got, tc.want)
			}
		})
	}
}

func TestHostileValuesCannotLeaveTheirPlace(t *testing.T) {
	w := writer(t)
	for template := range names {
		d := letterTo(template, offboarding.RU)
		evil := "ООО <script>alert(1)</script>\" onclick=x\nBcc: a"
		d.Account.Name, d.Case.Company.Name, d.Case.Contract.Number = evil, evil, "15\r\n<b>"
		for i := range d.Answers {
			d.Answers[i].Label = "<i>" + d.Answers[i].Label + "\n"
			d.Answers[i].URL += `&x="><script>`
		}
		l, err := w.Write(d)
		if err != nil {
			t.Fatal(err)
		}
		subject, text, html := l.Subject, l.Text, l.HTML
		if strings.Contains(html, "<script") || strings.Contains(html, "<i>") || strings.Contains(html, `"><`+"script") {
			t.Errorf("%s: markup got into the HTML", template)
		}
		if strings.ContainsAny(subject, "\r\n") || strings.Contains(text, "\nBcc:") {
			t.Errorf("%s: a value made a line of its own", template)
		}
	}
}

func TestTheNumberIsNotPrintedInFull(t *testing.T) {
	l, err := writer(t).Write(letterTo(offboarding.T01, offboarding.RU))
	if err != nil {
		t.Fatal(err)
	}
	text, html := l.Text, l.HTML
	if strings.Contains(text+html, "900") || !strings.Contains(text, "45-67") {
		t.Error("the letter shows more of the phone number than its ending, or not even that")
	}
}

func TestADismissedPersonDoesNotSign(t *testing.T) {
	d := letterTo(offboarding.T01, offboarding.RU)
	d.Person.Inactive = true
	l, err := writer(t).Write(d)
	if err != nil {
		t.Fatal(err)
	}
	text := l.Text
	if strings.Contains(text, "Мария") || strings.Contains(text, "care@") {
		t.Errorf("somebody who has left signs:\n%s", text)
	}
}

func TestOperatorsMayReplaceLetters(t *testing.T) {
	write := func(t *testing.T, name, src string) string {
		t.Helper()
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(src), 0o644); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	t.Run("a subject of their own", func(t *testing.T) {
		w, err := New(write(t, "ru/acknowledgement.subject.tmpl", "Обращение № {{.CaseNo}} принято"))
		if err != nil {
			t.Fatal(err)
		}
		l, err := w.Write(letterTo(offboarding.T01, offboarding.RU))
		if err != nil || l.Subject != "Обращение №"+nbsp+"128 принято" || !l.Own || !strings.Contains(l.Text, "Мы"+" вас услышали") {
			t.Errorf("%+v, %v", l, err)
		}
		d := letterTo(offboarding.T01, offboarding.RU)
		d.BuiltIn = true
		if l, err = w.Write(d); err != nil || l.Own || strings.Contains(l.Subject, "принято") {
			t.Errorf("the built-in text is %+v, %v", l, err)
		}
	})
	refused := map[string]struct{ src, says string }{
		"a field that does not exist": {"{{.Clint}}", "Clint"},
		"a call":                      {"{{printf .CaseNo}}", "printf"},
		"a method":                    {"{{.Answers.Len}}", "fields have no fields"},
		"a loop":                      {"{{range .Answers}}x{{end}}", "not allowed"},
		"a definition":                {`{{define "x"}}{{end}}x`, "define"},
		"a variable":                  {"{{$x := .Client}}x", "not allowed"},
		"a pipeline":                  {"{{.Client | not}}", "pipelines"},
		"broken syntax":               {"{{if .Client}}", "unexpected EOF"},
		"nothing at all":              {"", "empty"},
		"too much":                    {strings.Repeat("x", maxSource+1), "larger"},
		"an unknown function":         {"{{shout .Client}}", "shout"},
	}
	for name, tc := range refused {
		t.Run(name, func(t *testing.T) {
			_, err := New(write(t, "ru/acknowledgement.subject.tmpl", tc.src))
			if err == nil || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), "acknowledgement") {
				t.Errorf("got %v, want something about %q", err, tc.says)
			}
		})
	}
	t.Run("a letter without what it must say", func(t *testing.T) {
		_, err := New(write(t, "en/exit_survey.txt.tmpl", `{{element "one_tap"}}{{answers .Answers}}{{end}}`))
		for _, e := range []string{"why_we_ask", "one_minute", "voluntary"} {
			if err == nil || !strings.Contains(err.Error(), e) {
				t.Errorf("%v does not name the missing %s", err, e)
			}
		}
	})
	t.Run("a folder that is not there", func(t *testing.T) {
		if _, err := New(filepath.Join(t.TempDir(), "none")); err == nil {
			t.Error("a folder that does not exist is taken for no folder")
		}
	})
}

func FuzzLettersFromHostileNames(f *testing.F) {
	f.Add("Анна", "ООО «Вектор»", "+79000004567")
	f.Add("\uE000a\uE001", "\r\n<", "{{")
	w, err := New("")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name, company, phone string) {
		d := letterTo(offboarding.T01, offboarding.RU)
		d.Case.Client.Name, d.Case.Client.Phone = name, phone
		d.Case.Company.Name, d.Account.Name, d.Person.Name = company, company, name
		l, err := w.Write(d)
		if err != nil {
			t.Fatal(err)
		}
		subject, text, html := l.Subject, l.Text, l.HTML
		if strings.ContainsAny(subject+text+html, "\uE000\uE001\uE002\x00") || strings.Contains(html, "<script") {
			t.Errorf("%q %q", text, html)
		}
	})
}
