package offboarding_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
	"opendoor/offboarding/survey"
)

func (h *house) editor() *od.Editor {
	return od.NewEditor(h.store, nil, func() time.Time { return h.clock })
}

func (h *house) reword(lang od.Lang, texts map[string]string, hidden ...string) *od.SurveyWording {
	h.Helper()
	w := &od.SurveyWording{Lang: lang, Texts: texts, Hidden: hidden}
	_, err := h.editor().ReplaceSurvey(h.Context(), w, 0, false, "key:admin")
	h.must(err)
	return w
}

// says answers the survey as the page would.
func (h *house) says(c *od.Case, a od.Answer) *od.Case {
	h.Helper()
	a.Source = "survey"
	c, err := h.desk.Answer(h.Context(), nil, c.ID, od.ActorClient, func(prev od.Answer) od.Answer {
		out := a.Over(prev)
		out.Wording, out.Shown = a.Wording, a.Shown
		return out
	})
	h.must(err)
	return c
}

func TestAnAnswerKeepsTheWordsItWasGivenTo(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c := h.theCase("17")
	second := h.reword(od.RU, map[string]string{"reason.price": "Вышло дорого"})
	third := h.reword(od.RU, map[string]string{"reason.price": "Дорого для нас"})
	if second.Version != 2 || third.Version != 3 {
		t.Fatalf("versions %d, %d", second.Version, third.Version)
	}
	c = h.says(c, od.Answer{Reason: "price", Wording: 2}) // the page was open when the words changed
	if a := c.Answer; a.Label != "Вышло дорого" || a.Wording != 2 || a.Lang != od.RU {
		t.Errorf("%+v", a)
	}
	nine := 9
	c = h.says(c, od.Answer{Reason: "price", NPS: &nine, Wording: 3})
	if a := c.Answer; a.Label != "Вышло дорого" || a.Wording != 2 {
		t.Errorf("a later piece changes the words: %+v", a)
	}
	c = h.says(c, od.Answer{Reason: "price.value", Wording: 99}) // there never was such a version
	if a := c.Answer; a.Wording != 3 || a.Label != survey.BuiltIn("ru").Label("price.value") {
		t.Errorf("%+v", a)
	}
	got, err := h.editor().Survey(t.Context(), od.RU, 2)
	h.must(err)
	if got.Wording().Label("price") != "Вышло дорого" {
		t.Error("the version is not kept")
	}
}

func TestTheLetterAsksInTheWordsThatCountNow(t *testing.T) {
	h := newHouse(t)
	h.reword(od.RU, nil, "reason.fit", "reason.people")
	h.lose("17")
	h.after(time.Hour)
	m := h.letter(h.theCase("17"), od.T03)
	if m == nil || strings.Contains(m.Text, "reason=fit") || !strings.Contains(m.Text, "reason=price") {
		t.Errorf("%+v", m)
	}
}

func TestAConsentNamesTheWordingThatWasTicked(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c := h.theCase("17")
	h.reword(od.RU, map[string]string{"consent": "Можно ли писать вам раз в квартал?"})
	h.says(c, od.Answer{Reason: "price", KeepInTouch: []string{"email"}, Wording: 1})
	h.says(c, od.Answer{Reason: "price", KeepInTouch: []string{}, Wording: 2})
	h.says(c, od.Answer{Reason: "price", KeepInTouch: []string{"email"}, Wording: 2})
	lines, err := h.store.ConsentLines(t.Context(), h.keys.StopHash(od.ChannelEmail, c.Client.Email), od.Page{Limit: 10})
	h.must(err)
	var got []string
	for _, l := range slices.Backward(lines) {
		got = append(got, l.WordingVersion)
	}
	if !slices.Equal(got, []string{survey.ConsentVersion, "survey/ru/2", "survey/ru/2"}) || !strings.Contains(lines[0].Wording, "раз в квартал") {
		t.Errorf("%v, %q", got, lines[0].Wording)
	}
}

func TestWhoSpokeBadlyOfUsStandsInTheRestrictedRecordAlone(t *testing.T) {
	h := newHouse(t)
	for _, deal := range []string{"17", "18"} {
		h.lose(deal, func(d *od.Deal) { d.Client.ID = deal })
		h.work()
		c := h.theCase(deal)
		heard := od.Answer{Reason: "reputation", Detail: "Что документы теряются", HeardWhen: "в сентябре", HeardFrom: "Директор «Лютика»"}
		h.says(c, heard)
		c = h.says(c, heard) // the same again is no second line
		reports, err := h.store.SourceReportsOf(t.Context(), c.ID)
		h.must(err)
		if len(reports) != 1 || reports[0].Source != heard.HeardFrom || reports[0].HeardAbout != "в сентябре" || reports[0].Claim != heard.Detail {
			t.Fatalf("%+v", reports)
		}
		if !c.NamesSource() {
			t.Error("the words would be quoted")
		}
		h.after(2 * time.Second)
	}
	if n := count(h.crm.taskTexts(), "source_repeated"); n != 1 {
		t.Errorf("%d tasks although two clients name one source", n)
	}
	h.sound()
}

func TestWordsAboutWhatOthersSayAreNotQuoted(t *testing.T) {
	for text, names := range map[string]bool{
		"Мне сказали, что вы теряете документы": true, "I was told that you lose papers": true, "Сократили бюджет": false, "": false,
	} {
		c := &od.Case{Answer: &od.Answer{Reason: "price", Detail: text, Lang: map[bool]od.Lang{true: od.EN, false: od.RU}[strings.HasPrefix(text, "I ")]}}
		if c.NamesSource() != names {
			t.Errorf("%q names a source: %v", text, !names)
		}
	}
}

func TestASurveyIsWordedWithinLimits(t *testing.T) {
	h := newHouse(t)
	for name, w := range map[string]*od.SurveyWording{
		"a text of nothing":  {Lang: od.RU, Texts: map[string]string{"title": " "}},
		"an unknown text":    {Lang: od.RU, Texts: map[string]string{"titel": "x"}},
		"too long a text":    {Lang: od.RU, Texts: map[string]string{"title": strings.Repeat("я", survey.MaxWording+1)}},
		"markup":             {Lang: od.EN, Texts: map[string]string{"title": "<b>Why</b>"}},
		"the last answer":    {Lang: od.EN, Hidden: []string{"reason.other"}},
		"too few answers":    {Lang: od.EN, Hidden: []string{"reason.fit", "reason.need", "reason.price"}},
		"a reproach":         {Lang: od.RU, Texts: map[string]string{"lead": "После всего, что мы для вас сделали, вы уходите."}},
		"nobody's main text": {Lang: od.EN, Hidden: []string{"title"}},
	} {
		if _, err := h.editor().ReplaceSurvey(t.Context(), w, 0, true, "key:admin"); !od.IsKind(err, od.KindInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.editor().ReplaceSurvey(t.Context(), &od.SurveyWording{Lang: "de"}, 0, false, "key:admin"); !od.IsKind(err, od.KindNotFound) {
		t.Errorf("a language that is not spoken: %v", err)
	}
	h.reword(od.EN, map[string]string{"title": "Why are you leaving?"})
	if _, err := h.editor().ReplaceSurvey(t.Context(), &od.SurveyWording{Lang: od.EN}, 1, false, "key:admin"); !od.IsKind(err, od.KindStale) {
		t.Errorf("a version that is not seen: %v", err)
	}
	back := &od.SurveyWording{Lang: od.EN, Texts: map[string]string{"title": survey.BuiltIn("en").Text("title")}}
	_, err := h.editor().ReplaceSurvey(t.Context(), back, 2, false, "key:admin")
	h.must(err)
	if back.Version != 3 || !back.BuiltIn() {
		t.Errorf("%+v", back)
	}
}

func TestFiguresSayWhereClientsStop(t *testing.T) {
	h := newHouse(t)
	eight, page := 8, []string{"reason", "service_related", "detail", "nps"}
	for i := range 12 {
		deal := string(rune('a' + i))
		h.lose(deal, func(d *od.Deal) { d.Client.ID = deal })
		h.after(time.Hour)
		a := od.Answer{Reason: "price", Shown: page}
		if i < 9 {
			a.ServiceRelated = od.ServiceNo
		}
		if i < 3 {
			a.NPS = &eight
		}
		switch {
		case i < 10:
			h.says(h.theCase(deal), a)
		case i == 10:
			_, err := h.act(h.theCase(deal), od.Action{Name: "record_answer", Answer: od.Answer{Reason: "need", Source: "manager"}})
			h.must(err)
		default:
			_, err := h.desk.Decline(t.Context(), h.theCase(deal).ID)
			h.must(err)
		}
	}
	f, err := h.editor().SurveyFigures(t.Context(), od.FiguresFilter{})
	h.must(err)
	if f.Sent != 12 || f.Tracks[od.SurveyAnswered] != 11 || f.Tracks[od.SurveyDeclined] != 1 || f.BySource["survey"] != 10 || f.BySource["manager"] != 1 {
		t.Errorf("%+v", f.SurveyCounts)
	}
	if f.Response.N != 10 || f.Response.Of != 12 || f.Response.Few || f.Response.Lowest >= f.Response.Share || f.Response.Upper <= f.Response.Share {
		t.Errorf("%+v", f.Response)
	}
	got := map[string][3]int{}
	for _, q := range f.Questions {
		got[q.Question] = [3]int{q.Of, q.N, q.Dropped}
	}
	for q, want := range map[string][3]int{"reason": {10, 10, 0}, "service_related": {10, 9, 1}, "detail": {10, 0, 10}, "nps": {10, 3, 7}, "liked": {0, 0, 0}} {
		if got[q] != want {
			t.Errorf("%s: %v, want %v", q, got[q], want)
		}
	}
	later, err := h.editor().SurveyFigures(t.Context(), od.FiguresFilter{From: h.clock.AddDate(0, 0, 1)})
	h.must(err)
	if later.Sent != 0 || !later.Response.Few || len(later.Tracks) != 0 {
		t.Errorf("%+v", later)
	}
}

func TestASurveyExpiresAlsoWhileTheClientIsLeaving(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(2 * time.Hour)
	_, err := h.act(h.theCase("17"), od.Action{Name: "proceed"})
	h.must(err)
	if c := h.theCase("17"); c.Tracks.Survey != od.SurveySent || c.State != od.StateLeaving {
		t.Fatalf("%s, %s", c.Tracks.Survey, c.State)
	}
	h.after(11 * 24 * time.Hour)
	if c := h.theCase("17"); c.Tracks.Survey != od.SurveyExpired || c.State != od.StateLeaving || c.Reason.Code != survey.NoAnswer {
		t.Errorf("%s, %s, %s", c.Tracks.Survey, c.State, c.Reason.Code)
	}
	c := h.says(h.theCase("17"), od.Answer{Reason: "need"}) // the link still works
	if c.Tracks.Survey != od.SurveyAnswered || c.Reason.Code != "need" {
		t.Errorf("%s, %s", c.Tracks.Survey, c.Reason.Code)
	}
	h.sound()
}

// A program that posts only a part of the page has left the rest unanswered.
func TestAPartOfThePageIsNoWholeAnswer(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.after(time.Hour)
	nine := 9
	for _, step := range []struct {
		says  od.Answer
		whole int64
	}{
		{od.Answer{Reason: "price", Source: "survey", Shown: []string{"reason"}}, 0},
		{od.Answer{Reason: "price", Source: "survey", NPS: &nine, ServiceRelated: od.ServiceNo, Shown: []string{"reason", "nps", "service_related"}}, 1},
	} {
		_, err := h.desk.Answer(t.Context(), nil, h.theCase("17").ID, od.ActorClient, func(prev od.Answer) od.Answer {
			a := step.says.Over(prev)
			a.Shown = step.says.Shown
			return a
		})
		h.must(err)
		rows, err := h.store.Tallies(t.Context(), "survey_completion", od.FigureSpan{From: "2000-01-01", To: "2100-01-01", Now: h.clock})
		h.must(err)
		if len(rows) != 1 || rows[0].Count != step.whole || rows[0].N != 1 {
			t.Errorf("%+v, want %d of 1", rows, step.whole)
		}
	}
}
