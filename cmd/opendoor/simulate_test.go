package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const simulatedCase = `{"id":"01928c5e-7d2a-7c3e-9d55-0f6d2c1b7a10","state":"listening","initiator":"client",
"client":{"name":"Анна Примерова","email":"anna@example.com"},"responsible":{"name":"Мария Образцова","email":"maria@example.com"},
"contract":{"number":"12/24","notice_days":30},"dates":{"received_at":"2026-11-02T09:00:00Z"},"something_newer":1,
"account":{"name":"Ромашка","mode":"MODE","policy":{"survey_delay":"2h"}},"events":[EVENTS]}`

func play(t *testing.T, mode, events string, flags ...string) (*simulated, string) {
	t.Helper()
	return playFile(t, strings.NewReplacer("MODE", mode, "EVENTS", events).Replace(simulatedCase), flags...)
}

func playFile(t *testing.T, body string, flags ...string) (*simulated, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "case.json")
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var out, errs bytes.Buffer
	args := append([]string{"simulate", "--case", file, "--until", "2027-11-01"}, flags...)
	if code := run(t.Context(), args, []string{"OPENDOOR_DATA_DIR=" + dir}, strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("something was written: %v, %v", left, err)
	}
	if !slices.Contains(flags, "--json") {
		return nil, out.String()
	}
	var s simulated
	if err := json.Unmarshal(out.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	return &s, out.String()
}

func (s *simulated) states() (out []string) {
	for _, m := range s.Messages {
		out = append(out, m.Template+" "+m.State)
	}
	return out
}

func TestASimulatedClientIsAskedAndNotKept(t *testing.T) {
	s, _ := play(t, "live", "", "--json")
	if got := s.states(); len(got) == 0 || !slices.Contains(got, "I01 sent") {
		t.Errorf("nobody was asked to call: %v", got)
	}
	s.Messages = slices.DeleteFunc(s.Messages, func(m simulatedMessage) bool { return m.Kind == "internal" })
	if got := s.states(); len(got) < 4 || !slices.Equal(got[:4], []string{"T01 sent", "T03 sent", "T03r sent", "T06 sent"}) || s.State != "leaving" {
		t.Errorf("%v, ends as %s", got, s.State)
	}
	for _, m := range s.Messages {
		if m.State != "planned" && (m.Reason == "" || m.Tone != "pass" || m.Text == "") {
			t.Errorf("%+v", m)
		}
	}
	if at := s.Messages[1].SentAt.Format("15:04"); at != "11:00" {
		t.Errorf("the survey left at %s, want two hours after the cancellation", at)
	}
}

func TestASimulationSaysWhyALetterIsHeldBack(t *testing.T) {
	tests := map[string]struct{ mode, events, letter, state, why string }{
		"the account is in shadow": {"shadow", "", "T01", "held", "shadow"},
		"the client has answered":  {"live", `{"at":"2026-11-03T09:00:00Z","type":"answer","reason":"price"}`, "T03r", "cancelled", "answered"},
		"the client does not want": {"live", `{"at":"2026-11-03T09:00:00Z","type":"unsubscribe"}`, "T03r", "cancelled", "not to be written to"},
		"a text that would hurt":   {"live", `{"at":"2026-11-02T09:10:00Z","type":"record_answer","reason":"price"},{"at":"2026-11-02T09:30:00Z","type":"save","proposal":"После всего, что мы для вас сделали, так не уходят"}`, "T07", "held", "guilt"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s, _ := play(t, tc.mode, tc.events, "--json")
			i := slices.IndexFunc(s.Messages, func(m simulatedMessage) bool { return m.Template == tc.letter })
			if i < 0 || s.Messages[i].State != tc.state || !strings.Contains(s.Messages[i].Reason, tc.why) {
				t.Errorf("%+v, refused %v", s.Messages, s.Refused)
			}
		})
	}
}

func TestASimulationShowsWhatTheRulesForbid(t *testing.T) {
	s, _ := play(t, "live", `{"at":"2026-11-03T09:00:00Z","type":"proceed"},{"at":"2026-11-04T09:00:00Z","type":"save","proposal":"скидка"}`, "--json")
	if len(s.Refused) != 1 || s.Refused[0].What != "save" || s.Refused[0].Why == "" {
		t.Errorf("%+v", s.Refused)
	}
	_, table := play(t, "live", "")
	for _, want := range []string{"WHEN", "T01", "sent", "ends as"} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in:\n%s", want, table)
		}
	}
}

// A paused letter is asked every two minutes whether it may go. Nobody answers in
// a simulation, so it is not asked again before somebody has done something.
func TestAPausedCaseIsPlayedToItsEnd(t *testing.T) {
	s, _ := play(t, "live", `{"at":"2026-11-02T09:30:00Z","type":"pause"}`, "--json")
	i := slices.IndexFunc(s.Messages, func(m simulatedMessage) bool { return m.Template == "T06" })
	if i < 0 || s.Messages[i].State != "planned" || s.State != "leaving" {
		t.Errorf("%v, ends as %s", s.states(), s.State)
	}
	s, _ = play(t, "live", `{"at":"2026-11-02T09:30:00Z","type":"pause"},{"at":"2026-11-16T09:30:00Z","type":"resume"}`, "--json")
	i = slices.IndexFunc(s.Messages, func(m simulatedMessage) bool { return m.Template == "T06" })
	if i < 0 || s.Messages[i].SentAt == nil || s.Messages[i].SentAt.Format("2006-01-02 15:04") != "2026-11-16 09:30" {
		t.Errorf("after the case was resumed: %v", s.states())
	}
}

func TestASimulationPlaysEveryChannel(t *testing.T) {
	words := `"words":{"ru":{"topic":"Копии документов","text":"Копии у нас под рукой."},"en":{"topic":"Copies","text":"We have them at hand."}}`
	plan := `{"name":"price","version":3,"channels":["telegram","sms"],"steps":[{"day":30,"class":"relationship","template":"T15",` + words + `},{"day":90,"class":"relationship","template":"T15",` + words + `}]}`
	file := strings.NewReplacer("MODE", "live", `"email":"anna@example.com"`, `"email":"anna@example.com","phone":"+7 900 000-00-01"`,
		`"events":[EVENTS]`, `"plans":[`+plan+`],"events":[{"at":"2026-11-03T09:00:00Z","type":"answer","reason":"price"},{"at":"2026-11-03T10:00:00Z","type":"proceed"},
			{"at":"2026-12-10T09:00:00Z","type":"part","handover":"not_needed","settlement":"not_needed"},
			{"at":"2026-12-11T09:00:00Z","type":"agree","channel":"sms","class":"relationship"},{"at":"2027-02-01T09:00:00Z","type":"open_chat"}]`).Replace(simulatedCase)
	s, _ := playFile(t, file, "--json")
	var by []string
	for _, m := range s.Messages {
		if m.Template == "T15" {
			by = append(by, m.Channel+" "+m.State)
		}
	}
	if !slices.Equal(by, []string{"sms sent", "telegram sent"}) {
		t.Errorf("%v of %v; refused %v; touches %+v", by, s.states(), s.Refused, s.Touches)
	}
}

func TestWrongUsageOfSimulate(t *testing.T) {
	var out, errs bytes.Buffer
	for _, args := range [][]string{{"simulate"}, {"simulate", "--case", "x"}, {"simulate", "--case", "x", "--until", "2027-01-01", "y"}} {
		if code := run(t.Context(), args, nil, strings.NewReader(""), &out, &errs); code != exitUsage {
			t.Errorf("%v: exit %d", args, code)
		}
	}
	file := filepath.Join(t.TempDir(), "case.json")
	if err := os.WriteFile(file, []byte(strings.NewReplacer("MODE", "live", "EVENTS", "").Replace(simulatedCase)), 0o600); err != nil {
		t.Fatal(err)
	}
	for until, want := range map[string]int{"2026-11-01": exitFailed, "2046-11-04": exitFailed, "2026-02-31": exitUsage, "2026-11-03": 0} {
		if code := run(t.Context(), []string{"simulate", "--case", file, "--until", until}, nil, strings.NewReader(""), &out, &errs); code != want {
			t.Errorf("until %s: exit %d", until, code)
		}
	}
	for _, body := range []string{
		"{", `{"dates":{}}`, `{"dates":{"received_at":"2026-11-02T09:00:00Z"},"events":[{"at":"2026-11-03T09:00:00Z","type":"dance"}]}`,
		`{"client":{"name":"Anna"},"dates":{"received_at":"2026-11-02T09:00:00Z"},"events":[{"at":"2026-10-03T09:00:00Z","type":"proceed"}]}`,
	} {
		file := filepath.Join(t.TempDir(), "case.json")
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		if code := run(t.Context(), []string{"simulate", "--case", file, "--until", "2027-01-01"}, nil, strings.NewReader(""), &out, &errs); code != exitFailed {
			t.Errorf("%s: exit %d", body, code)
		}
	}
}
