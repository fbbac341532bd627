package bitrix24sim

import (
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
)

//go:embed pages.html
var pagesHTML string

// shownRows is how many deliveries and requests the overview lists.
const shownRows = 40

// faultKinds are those that the overview offers.
var faultKinds = [...]FaultKind{
	FaultQueryLimit, FaultOverload, FaultOperating, FaultInternal, FaultInternalAfter, FaultExpiredToken, FaultCredentials,
	FaultScope, FaultPlan, FaultAccessDenied, FaultRenamed, FaultBadGateway, FaultBadGatewayAfter, FaultCut, FaultCutBefore,
	FaultTimeout, FaultSlow, FaultTruncated, FaultMalformed, FaultEventDuplicate, FaultEventReorder, FaultEventDrop,
}

// pages parses the templates in the portal's language: {{t "русский" "English"}}.
func (s *Sim) pages() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"t":    s.text,
		"at":   func(t time.Time) string { return t.In(s.zone).Format("02.01 15:04:05") },
		"join": strings.Join,
	}).Parse(pagesHTML))
}

type pageStage struct {
	ID, Name string
	Failed   bool
}

type pageDeal struct {
	Deal
	Stage, Pipeline string
	Stages          []pageStage
}

func (s *Sim) pageDeal(d Deal) pageDeal {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := pageDeal{Deal: d}
	for _, p := range s.pipelines {
		if p.id == d.CategoryID {
			out.Pipeline = p.name
			if st := p.stage(d.StageID); st != nil {
				out.Stage = st.name
			}
		}
		for _, st := range p.stages {
			out.Stages = append(out.Stages, pageStage{st.code, p.name + ": " + st.name, st.semantics() == "F"})
		}
	}
	return out
}

func (s *Sim) overview(w http.ResponseWriter, r *http.Request) {
	show := r.URL.Query().Get("show")
	var deals []pageDeal
	for _, d := range s.Deals() {
		if show == "all" || show == d.Semantics || show == "" && d.Semantics == "P" {
			deals = append(deals, s.pageDeal(d))
		}
	}
	events, requests := s.EventLog(), s.Ledger()
	s.render(w, "overview", map[string]any{
		"Lang": s.cfg.Lang, "Webhook": s.WebhookURL(""), "Deals": deals, "Handlers": s.Handlers(), "Faults": s.Faults(), "Kinds": faultKinds,
		"Events": newest(events), "Requests": newest(requests), "Show": show,
	})
}

// newest returns the last rows, the newest first.
func newest[T any](rows []T) []T {
	rows = slices.Clone(rows[max(0, len(rows)-shownRows):])
	slices.Reverse(rows)
	return rows
}

func (s *Sim) dealPage(w http.ResponseWriter, r *http.Request) {
	card, err := s.card(pathID(r))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	d, _ := s.Deal(card.ID)
	type fieldLine struct {
		Name  string
		Value any
	}
	var fields []fieldLine
	s.mu.Lock()
	for _, f := range s.deals.kind.fields {
		if v := d.Fields[f.name]; v != nil && v != "" && v != false {
			fields = append(fields, fieldLine{f.name, v})
		}
	}
	s.mu.Unlock()
	s.render(w, "deal", map[string]any{"Lang": s.cfg.Lang, "Card": card, "Deal": s.pageDeal(d), "Fields": fields})
}

func (s *Sim) render(w http.ResponseWriter, name string, data any) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	if err := s.pages().ExecuteTemplate(w, name, data); err != nil {
		s.log.Error("page not rendered", "page", name, "err", err)
	}
}
