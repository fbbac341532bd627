package letters

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"opendoor/offboarding"
	"opendoor/offboarding/tone"
)

// touchTemplates are the letters that a plan may send over any channel.
var touchTemplates = []string{offboarding.T14, offboarding.T15, offboarding.T16, offboarding.T19}

// Whatever the channel and whatever is unknown: a touch has words of its own,
// carries its required elements, shows the way out, and the tone guard finds
// nothing.
func TestTouchesHaveWordsForEveryChannel(t *testing.T) {
	w := writer(t)
	for _, template := range touchTemplates {
		for _, lang := range both {
			for _, ch := range shortChannels {
				for _, whole := range []bool{true, false} {
					for _, hears := range []bool{true, false} {
						d := Sample(template, lang, whole)
						d.Channel, d.ReplyStops = ch, hears
						l, err := w.Write(d)
						if err != nil {
							t.Fatalf("%s in %s by %s: %v", template, lang, ch, err)
						}
						checkShort(t, d, l)
					}
				}
			}
		}
	}
}

func checkShort(t *testing.T, d offboarding.LetterData, l *offboarding.WrittenLetter) {
	t.Helper()
	name := d.Template + " in " + string(d.Lang) + " by " + string(d.Channel)
	var parts []tone.Part
	whole, said := "", []string{}
	for _, p := range l.Parts {
		parts = append(parts, tone.Part{Element: p.Element, Text: p.Text})
		whole += p.Text
		said = append(said, p.Element)
	}
	if whole != l.Text || l.HTML != "" {
		t.Errorf("%s: the parts are not the text", name)
	}
	for _, e := range Elements(d.Template) {
		if !slices.Contains(said, e) {
			t.Errorf("%s: element %s is missing", name, e)
		}
	}
	kind, _ := offboarding.LetterKindOf(d.Template)
	report := tone.Check(tone.Letter{Text: l.Subject + "\n" + l.Text, Parts: parts, Kind: kind.Kind, Lang: string(d.Lang), Parted: true})
	if report.Verdict != tone.Pass {
		t.Errorf("%s: the tone guard says %s: %+v %v\n%s", name, report.Verdict, report.Findings, report.Missing, l.Text)
	}
	if marks.MatchString(l.Text) || strings.Contains(l.Text, "  ") || strings.Contains(l.Text, " .") || strings.Contains(l.Text, "..") {
		t.Errorf("%s reads badly:\n%s", name, l.Text)
	}
	if d.Channel != offboarding.ChannelSMS {
		return
	}
	if strings.ContainsAny(l.Text, "\n\u00a0") {
		t.Errorf("%s: a text message is one line without signs that cost twice:\n%q", name, l.Text)
	}
	if d.Lang == offboarding.EN && regexp.MustCompile(`[^\x00-\x7F£]`).MatchString(l.Text) {
		t.Errorf("%s: signs that make an English message half as long:\n%s", name, l.Text)
	}
	if out := map[bool]string{true: "stop", false: d.PreferencesURL}[d.ReplyStops]; !strings.Contains(strings.ReplaceAll(l.Text, "стоп", "stop"), out) {
		t.Errorf("%s: no way out in:\n%s", name, l.Text)
	}
}

func TestOnlyTouchesGoByTextMessage(t *testing.T) {
	d := Sample(offboarding.T12, offboarding.RU, true)
	d.Channel = offboarding.ChannelSMS
	if l, err := writer(t).Write(d); err == nil {
		t.Errorf("a farewell by text message: %s", l.Text)
	}
	d.Template, d.Channel, d.Vars = offboarding.T24, offboarding.ChannelTelegram, nil
	l, err := writer(t).Write(d)
	if err != nil || !strings.Contains(l.Text, "«стоп»") {
		t.Errorf("the greeting of a chat: %v, %+v", err, l)
	}
}
