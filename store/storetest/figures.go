package storetest

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
	"opendoor/store"
)

// sum is one line of an independent calculation.
type sum struct{ count, n, count2, n2 int64 }

// counted adds up by month and code.
type counted map[[2]string]*sum

func (k counted) add(month, code string, hit bool) {
	s := k[[2]string{month, code}]
	if s == nil {
		s = &sum{}
		k[[2]string{month, code}] = s
	}
	s.n++
	if hit {
		s.count++
	}
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// calculations say every share once more, from the exported rows alone and
// without a word of SQL.
func (x *raw) calculations(from, to string) map[string]counted {
	out := map[string]counted{}
	tally := func(name string) counted {
		if out[name] == nil {
			out[name] = counted{}
		}
		return out[name]
	}
	relapsed := map[uuid.UUID]bool{}
	for _, c := range x.cases {
		if c.RelapseOf != nil && c.State != offboarding.StateCancelled {
			relapsed[*c.RelapseOf] = true
		}
	}
	today := utcDay(x.now)
	for _, c := range x.cases {
		on := utcDay(c.Dates.ReceivedAt)
		if on < from || on >= to || c.State == offboarding.StateCancelled {
			continue
		}
		month, parted, returned := on[:7], utcDay(c.Dates.PartedAt), utcDay(c.Dates.ReturnedAt)
		h, acct, v := x.handovers[c.ID], x.accounts[c.ID], x.reviews[c.ID]
		accepted, due := "", c.Dates.HandoverDue
		if h != nil {
			due = or(h.DueOn, due)
			if h.Acceptance != nil {
				accepted = utcDay(h.Acceptance.At)
			}
		}
		confirmed := c.State == offboarding.StateSavedConfirmed && !relapsed[c.ID]
		settled := c.State == offboarding.StateSavedConfirmed || relapsed[c.ID] || !c.Dates.DecidedAt.IsZero() && c.State != offboarding.StateSaved
		asked := slices.ContainsFunc(x.letters[c.ID], func(m *offboarding.Message) bool {
			return m.Template == "T03" && !m.SentAt.IsZero() && m.State != offboarding.MessageBounced
		})
		answered := c.Answer != nil && c.Answer.Source == "survey" && c.Answer.Reason != ""
		tally("reasons").add("", or(c.Reason.Code, "unknown"), true)
		tally("causes").add("", or(c.Cause, "unknown"), true)
		tally("service_related").add("", or(string(c.ServiceRelated), "unknown"), true)
		tally("cases").add(month, string(c.Initiator), true)
		if c.Initiator != offboarding.ByCompany {
			for code, hit := range map[string]bool{"asked": asked, "answered": answered, "talked": !c.Dates.TalkedAt.IsZero(), "deflected": !c.Dates.SavedAt.IsZero(), "saved_confirmed": confirmed} {
				tally("listening").add(month, code, hit)
			}
		}
		if !c.Dates.DecidedAt.IsZero() {
			touched := slices.ContainsFunc(x.touches[c.ID], func(t *offboarding.Touch) bool { return t.State == offboarding.TouchReleased })
			for code, hit := range map[string]bool{"left": parted != "", "reachable": parted != "" && len(x.touches[c.ID]) > 0, "touched": parted != "" && touched, "returned": returned != ""} {
				tally("leaving").add(month, code, hit)
			}
		}
		if c.Initiator == offboarding.ByClient && settled {
			tally("save_rate").add(month, "", confirmed)
			tally("stayed_unasked").add(month, "", confirmed && c.Offer == nil)
		}
		if c.Offer != nil {
			tally("attempt_success").add(month, "", confirmed)
		}
		if asked {
			tally("response_rate").add(month, "", answered)
		}
		if answered {
			tally("survey_completion").add(month, "", (c.Answer.NPS != nil || x.markless[c.ID]) && c.Answer.ServiceRelated != "")
		}
		if parted != "" {
			good := (c.Tracks.Handover == offboarding.HandoverNotNeeded || accepted != "" && (due == "" || accepted <= due)) && c.Tracks.Handover != offboarding.HandoverDisputed && !c.BadTerms
			marked := c.Answer != nil && c.Answer.NPS != nil
			tally("good_terms").add(month, "", good && (!marked || *c.Answer.NPS >= 7))
			if marked {
				tally("good_terms_answered").add(month, "", good && *c.Answer.NPS >= 7)
			}
			tally("consent_capture").add(month, "", x.consents[c.ID])
			for _, days := range []int{90, 180, 365} {
				if gap(parted, today) >= days {
					back := returned != "" && gap(parted, returned) <= days
					tally("winback").add(month, fmt.Sprint(days), back)
					if slices.ContainsFunc(x.touches[c.ID], func(t *offboarding.Touch) bool { return t.Class == offboarding.StepMarketing }) {
						key := fmt.Sprint(days)
						if c.Holdout(offboarding.DefaultPolicy().HoldoutPercent) {
							key += " holdout"
						}
						tally("winback_lift").add("", key, back)
					}
				}
			}
			if v != nil {
				if done := utcDay(v.DoneAt); done != "" || v.DueOn < today {
					tally("review_coverage").add(month, "", done != "" && done <= v.DueOn)
				}
			}
		}
		if returned != "" && gap(returned, today) >= 90 {
			again := slices.ContainsFunc(x.cases, func(b *offboarding.Case) bool {
				began := utcDay(b.Dates.ReceivedAt)
				return b.ID != c.ID && b.Client.ID == c.Client.ID && b.State != offboarding.StateCancelled && began >= returned && gap(returned, began) <= 90
			})
			tally("second_life").add(month, "", !again)
		}
		if c.Tracks.Handover != offboarding.HandoverNotNeeded && due != "" && (accepted != "" || due < today) {
			tally("handover_on_time").add(month, "", accepted != "" && accepted <= due)
		}
		if acct != nil && !acct.SentAt.IsZero() {
			tally("settlement_disputed").add(month, "", x.contested[c.ID])
			tally("settlement_surprise").add(month, "", acct.Surprised || slices.ContainsFunc(acct.Warned, func(w offboarding.SettlementWarning) bool { return w.Code == "surprise" }))
		}
		x.promises(c, h, v, tally("promises"))
		if v != nil {
			for _, m := range v.Measures {
				if m.DoneOn != "" || m.DueOn < today {
					tally("measures_on_time").add("", "", m.DoneOn != "" && m.DoneOn <= m.DueOn)
				}
			}
		}
	}
	return out
}

// promises counts what was promised for one case and is kept or over.
func (x *raw) promises(c *offboarding.Case, h *offboarding.Handover, v *offboarding.Review, into counted) {
	endOf := func(day string) time.Time {
		t, _ := time.Parse(time.DateOnly, day)
		return t.Add(24*time.Hour - time.Second)
	}
	count := func(kind string, promised, kept time.Time) {
		if promised, kept := promised.Truncate(time.Second), kept.Truncate(time.Second); !kept.IsZero() || promised.Before(x.now.Truncate(time.Second)) {
			into.add("", kind, !kept.IsZero() && !kept.After(promised))
		}
	}
	if !c.Dates.CallBy.IsZero() {
		count("call", c.Dates.CallBy, c.Dates.TalkedAt)
	}
	var accepted time.Time
	if h != nil && h.Acceptance != nil {
		accepted = h.Acceptance.At
	}
	if h != nil && h.DueOn != "" && c.Tracks.Handover != offboarding.HandoverNotNeeded {
		count("handover", endOf(h.DueOn), accepted)
	}
	if h == nil {
		h = &offboarding.Handover{}
	}
	if told := c.Promised(h); told != "" {
		count("new_date", endOf(told), accepted)
	}
	for _, q := range h.Questions {
		count("question", q.AnswerBy, q.AnsweredAt)
	}
	if v != nil {
		count("review", endOf(v.DueOn), v.DoneAt)
		for _, m := range v.Measures {
			done, _ := time.Parse(time.DateOnly, m.DoneOn)
			count("measure", endOf(m.DueOn), done)
		}
	}
}

// figures: every query counts what an independent calculation from the exported
// rows counts, for three spans.
func figures(f *fixture) {
	f.past(260, rand.New(rand.NewPCG(7, 11)))
	x := f.exported()
	for _, span := range [][2]string{{"2000-01-01", "2100-01-01"}, {"2025-11-01", "2026-07-01"}, {"2020-01-01", "2020-02-01"}} {
		want := x.calculations(span[0], span[1])
		at := offboarding.FigureSpan{From: span[0], To: span[1], Now: f.now}
		for _, name := range []string{
			"reasons", "causes", "service_related", "cases", "listening", "leaving", "save_rate", "stayed_unasked", "attempt_success", "response_rate", "survey_completion",
			"good_terms", "good_terms_answered", "consent_capture", "winback", "winback_lift", "review_coverage", "second_life", "handover_on_time",
			"settlement_disputed", "settlement_surprise", "promises", "measures_on_time",
		} {
			got := counted{}
			rows := must[[]offboarding.Tally](f)(f.s.Tallies(f.ctx, name, at))
			for _, t := range rows {
				got[[2]string{t.Month, t.Code}] = &sum{t.Count, t.N, t.Count2, t.N2}
			}
			f.sameCounts(name, span, got, want[name])
		}
	}
	f.otherFigures(x)
}

// sameCounts compares one query with the calculation. A Pareto counts each code
// of all; a lift has the holdout beside the others.
func (f *fixture) sameCounts(name string, span [2]string, got, want counted) {
	f.Helper()
	if name == "reasons" || name == "causes" || name == "service_related" {
		all := int64(0)
		for _, s := range want {
			all += s.count
		}
		for _, s := range want {
			s.n = all
		}
	}
	if name == "winback_lift" {
		merged := counted{}
		for key, s := range want {
			days, holdout := strings.CutSuffix(key[1], " holdout")
			m := merged[[2]string{"", days}]
			if m == nil {
				m = &sum{}
				merged[[2]string{"", days}] = m
			}
			if holdout {
				m.count2, m.n2 = s.count, s.n
			} else {
				m.count, m.n = s.count, s.n
			}
		}
		want = merged
	}
	if len(got) != len(want) || span[0] == "2000-01-01" && len(got) == 0 {
		f.Errorf("%s %v: %d lines, want %d", name, span, len(got), len(want))
	}
	for key, w := range want {
		if g := got[key]; g == nil || *g != *w {
			f.Errorf("%s %v %v: got %+v, want %+v", name, span, key, g, *w)
		}
	}
}

// otherFigures are those that are no shares: medians, points, contracts, texts.
func (f *fixture) otherFigures(x *raw) {
	f.Helper()
	at := offboarding.FigureSpan{From: "2000-01-01", To: "2100-01-01", Now: f.now}
	var days, minutes []int
	var marks, promoters, detractors float64
	blocked, warned, overridden, letters := 0, 0, 0, 0
	for _, c := range x.cases {
		for _, m := range x.letters[c.ID] {
			if m.Tone == nil {
				continue
			}
			letters++
			switch m.Tone.Verdict {
			case "block":
				blocked++
			case "warn":
				warned++
			}
			if m.Tone.Override != nil {
				overridden++
			}
		}
		if c.State == offboarding.StateCancelled {
			continue
		}
		if h := x.handovers[c.ID]; h != nil && h.Acceptance != nil && c.Dates.NoticeReceivedOn != "" {
			days = append(days, gap(c.Dates.NoticeReceivedOn, utcDay(h.Acceptance.At)))
		}
		if !c.Dates.TalkedAt.IsZero() {
			minutes = append(minutes, c.Dates.TalkedAfter)
		}
		if c.Answer != nil && c.Answer.NPS != nil {
			marks++
			switch n := *c.Answer.NPS; {
			case n >= 9:
				promoters++
			case n <= 6:
				detractors++
			}
		}
	}
	ranked := func(values []int, share float64) float64 {
		sort.Ints(values)
		return float64(values[int(math.Ceil(share*float64(len(values))))-1])
	}
	for _, w := range []struct {
		query, code string
		value       float64
	}{
		{"handover_days", "median", ranked(days, .5)},
		{"handover_days", "p90", ranked(days, .9)},
		{"time_to_human", "median", ranked(minutes, .5) / 60},
		{"time_to_human", "p90", ranked(minutes, .9) / 60},
		{"tone", "blocked", 1000 * float64(blocked) / float64(letters)},
		{"tone", "warned", 1000 * float64(warned) / float64(letters)},
		{"tone", "overridden", 1000 * float64(overridden) / float64(letters)},
	} {
		i := slices.IndexFunc(must[[]offboarding.Tally](f)(f.s.Tallies(f.ctx, w.query, at)), func(t offboarding.Tally) bool { return t.Code == w.code })
		rows := must[[]offboarding.Tally](f)(f.s.Tallies(f.ctx, w.query, at))
		if i < 0 || rows[i].Value == nil || math.Abs(*rows[i].Value-w.value) > 1e-6 {
			f.Errorf("%s %s: %+v, want %v", w.query, w.code, rows, w.value)
		}
	}
	score := 0.0
	for _, t := range must[[]offboarding.Tally](f)(f.s.Tallies(f.ctx, "exit_nps", at)) {
		score += float64(t.Count)
	}
	if math.Abs(score-(promoters-detractors)) > 1e-9 || marks == 0 {
		f.Errorf("exit NPS: %v, want %v", score, promoters-detractors)
	}
	f.exposed(x)
}

// exposed compares losses by responsible with the employee signal's own
// reckoning of exposure and losses.
func (f *fixture) exposed(x *raw) {
	f.Helper()
	byID := map[uuid.UUID]*offboarding.ContractRecord{}
	for _, k := range x.contracts {
		byID[k.ID] = k
	}
	var losses []offboarding.Loss
	lost := map[uuid.UUID]bool{}
	for _, c := range x.cases {
		if c.Dates.PartedAt.IsZero() || c.Initiator == offboarding.ByCompany || c.Contract.RecordID == nil || c.State == offboarding.StateCancelled {
			continue
		}
		k := byID[*c.Contract.RecordID]
		losses = append(losses, offboarding.Loss{Contract: k, On: utcDay(c.Dates.DecidedAt), Reason: c.Reason.Code})
		lost[k.ID] = true
	}
	// A contract that ended twice is exposed until the first end.
	slices.SortFunc(losses, func(a, b offboarding.Loss) int { return strings.Compare(b.On, a.On) })
	want := offboarding.Signals(x.contracts, losses, "2025-01-01", "2026-10-31")
	if len(want) != 1 || len(lost) == 0 {
		f.Fatalf("signals %v", want)
	}
	got := must[[]offboarding.Tally](f)(f.s.Tallies(f.ctx, "responsibles", offboarding.FigureSpan{From: "2025-01-01", To: "2026-11-01", Now: f.now}))
	if len(got) != len(want[0].Employees) {
		f.Fatalf("%d people, want %d", len(got), len(want[0].Employees))
	}
	for _, e := range want[0].Employees {
		i := slices.IndexFunc(got, func(t offboarding.Tally) bool { return t.Code == e.Employee.Key() })
		if i < 0 {
			f.Fatalf("%s is missing", e.Employee.Name)
		}
		t := got[i]
		if t.Value == nil || math.Abs(*t.Value-e.Months) > 1e-6 || t.Count != int64(e.All.Losses) || t.N != int64(e.All.N) || t.Label != e.Employee.Name {
			f.Errorf("%s: %+v (%v months), want %v months, %d of %d", e.Employee.Name, t, t.Value, e.Months, e.All.Losses, e.All.N)
		}
	}
}

// RunFigures runs the queries as the document has them, with the values put
// into the text as a person would, and compares them with the store's figures.
func RunFigures(t *testing.T, s *store.Store, queries map[string]string) {
	t.Helper()
	f := &fixture{T: t, s: s, ctx: t.Context(), now: time.Date(2026, 11, 3, 9, 30, 0, 123456000, time.UTC)}
	f.acc = f.account("amoCRM Moscow")
	f.past(120, rand.New(rand.NewPCG(3, 5)))
	span := offboarding.FigureSpan{From: "2025-01-01", To: "2027-01-01", Now: f.now}
	day := func(s string) string {
		t, _ := time.Parse(time.DateOnly, s)
		return fmt.Sprint(t.Unix() / 86400)
	}
	fill := strings.NewReplacer("@from_day", day(span.From), "@to_day", day(span.To), "@from", "'"+span.From+"'", "@today", "'"+utcDay(f.now)+"'", "@to", "'"+span.To+"'",
		"@accounts", "'"+f.acc.ID.String()+"'", "@now", "'"+f.now.Format("2006-01-02T15:04:05")+"'", "@day", day(utcDay(f.now)), "@quarter_ago", "'"+utcDay(f.now.AddDate(0, 0, -92))+"'")
	for _, name := range store.FigureNames() {
		text, ok := queries[name]
		if !ok {
			f.Errorf("%s is not documented", name)
			continue
		}
		rows, err := f.s.Pool().QueryContext(f.ctx, fill.Replace(text))
		f.ok(err)
		got := f.read(rows)
		want := []string{}
		for _, t := range must[[]offboarding.Tally](f)(f.s.Tallies(f.ctx, name, span)) {
			want = append(want, fmt.Sprintf("%s|%s|%d|%d", t.Month, t.Code, t.Count, t.N))
		}
		sort.Strings(want)
		same(f, got, want)
	}
}

func (f *fixture) read(rows *sql.Rows) []string {
	f.Helper()
	defer rows.Close()
	names, err := rows.Columns()
	f.ok(err)
	out := []string{}
	for rows.Next() {
		cells := make([]any, len(names))
		for i := range cells {
			cells[i] = new(any)
		}
		f.ok(rows.Scan(cells...))
		by := map[string]string{}
		for i, n := range names {
			b, ok := (*cells[i].(*any)).([]byte)
			by[n] = fmt.Sprint(*cells[i].(*any))
			if ok {
				by[n] = string(b)
			}
		}
		out = append(out, fmt.Sprintf("%s|%s|%s|%s", by["month"], by["code"], json.Number(by["count"]), by["n"]))
	}
	f.ok(rows.Err())
	sort.Strings(out)
	return out
}

// Fill puts partings of all kinds into a store, with what belongs to them.
func Fill(t *testing.T, s *store.Store) {
	t.Helper()
	f := &fixture{T: t, s: s, ctx: t.Context(), now: time.Date(2026, 11, 3, 9, 30, 0, 123456000, time.UTC)}
	f.acc = f.account("amoCRM Moscow")
	f.past(60, rand.New(rand.NewPCG(1, 2)))
	f.ok(f.s.AddSuppression(f.ctx, &offboarding.Suppression{ID: offboarding.NewID(), Hash: []byte{0, 1, 255}, Channel: "email", Reason: "x", Source: "test", CreatedAt: f.now}))
	f.ok(f.s.AddDeliveries(f.ctx, []*offboarding.Delivery{f.delivery("a=1&name=%D0%AB\x00\xff")}, time.Minute))
}
