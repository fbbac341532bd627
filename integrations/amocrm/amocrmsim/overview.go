package amocrmsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
)

// pageStyle is shared by both pages.
const pageStyle = `<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<style>
body{font:15px/1.5 system-ui,sans-serif;margin:1.5rem auto;max-width:76rem;padding:0 1rem;color:#1d2733;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #dde3ea;vertical-align:top}
button{font:inherit;padding:.2rem .6rem}form{display:inline}pre{white-space:pre-wrap;background:#f4f6f8;padding:.6rem}
.lost{color:#8a1f11}.scroll{overflow-x:auto}small{color:#5a6672}
</style>`

var overviewTemplate = template.Must(template.New("overview").Parse(`<!doctype html>
<html lang="{{.Lang}}">` + pageStyle + `<title>amoCRM sandbox · {{.Info.Subdomain}}</title>
<h1>amoCRM sandbox: {{.Info.Subdomain}}</h1>
<p>{{.T.About}}</p>
<p><small>account_id {{.Info.AccountID}} · <a href="/_sim/info">info</a> · <a href="/_sim/leads">leads</a> · <a href="/_sim/webhooks">webhooks</a> ·
<a href="/_sim/hooklog">hooklog</a> · <a href="/_sim/ledger">ledger</a> · <a href="/_sim/stages">stages</a> · <a href="/_sim/fields">fields</a></small></p>
<h2>{{.T.Hooks}}</h2>
{{if .Webhooks}}<ul>{{range .Webhooks}}<li>{{.Destination}} <small>{{range .Settings}}{{.}} {{end}}</small>{{if .Disabled}} <b class="lost">{{$.T.Off}}</b>
<form method="post" action="/_sim/webhooks/enable"><input type="hidden" name="destination" value="{{.Destination}}"><button>{{$.T.On}}</button></form>{{end}}</li>{{end}}</ul>
{{else}}<p>{{.T.NoHooks}}</p>{{end}}
{{if .Log}}<div class="scroll"><table><tr><th>{{.T.Time}}</th><th>{{.T.What}}</th><th>{{.T.Leads}}</th><th>#</th><th>HTTP</th><th></th></tr>
{{range .Log}}<tr><td>{{.At}}</td><td>{{.Events}}</td><td>{{.Records}}</td><td>{{.Attempt}}</td><td>{{.Code}}</td><td>{{.Outcome}}</td></tr>{{end}}</table></div>{{end}}
<h2>{{.T.Leads}} ({{len .Leads}})</h2>
<div class="scroll"><table><tr><th>ID</th><th>{{.T.Name}}</th><th>{{.T.Stage}}</th><th>{{.T.Tags}}</th><th></th></tr>
{{range .Leads}}<tr><td>{{.ID}}</td><td><a href="/_sim/lead?id={{.ID}}">{{.Name}}</a></td><td{{if eq .StatusID 143}} class="lost"{{end}}>{{.Pipeline}} · {{.Status}}</td>
<td>{{range .Tags}}{{.}} {{end}}</td><td>{{if ne .StatusID 143}}<form method="post" action="/_sim/move"><input type="hidden" name="lead_id" value="{{.ID}}">
<input type="hidden" name="pipeline_id" value="{{.PipelineID}}"><input type="hidden" name="status_id" value="143"><input type="hidden" name="loss_reason_id" value="{{$.Reason}}">
<button>{{$.T.Lose}}</button></form>{{end}}</td></tr>{{end}}</table></div></html>
`))

var leadTemplate = template.Must(template.New("lead").Parse(`<!doctype html>
<html lang="{{.Lang}}">` + pageStyle + `<title>{{.Lead.Name}}</title>
<p><a href="/_sim/">{{.T.Back}}</a></p>
<h1>{{.Lead.Name}}</h1>
<p>{{.Lead.Pipeline}} · <b{{if eq .Lead.StatusID 143}} class="lost"{{end}}>{{.Lead.Status}}</b>{{with .Lead.LossReason}} · {{.}}{{end}} <small>id {{.Lead.ID}}</small></p>
<form method="post" action="/_sim/move"><input type="hidden" name="lead_id" value="{{.Lead.ID}}">
<label>{{.T.MoveTo}} <select name="stage">
<option value="{{.Lead.PipelineID}}/{{.Lead.StatusID}}">{{.Lead.Pipeline}} · {{.Lead.Status}}</option>
{{range .Stages}}<option value="{{.PipelineID}}/{{.StatusID}}">{{.Pipeline}} · {{.Status}}</option>{{end}}</select></label> <button>OK</button></form>
{{if ne .Lead.StatusID 143}}<form method="post" action="/_sim/move"><input type="hidden" name="lead_id" value="{{.Lead.ID}}">
<input type="hidden" name="pipeline_id" value="{{.Lead.PipelineID}}"><input type="hidden" name="status_id" value="143"><input type="hidden" name="loss_reason_id" value="{{.Reason}}">
<button>{{.T.Lose}}</button></form>{{end}}
<h2>{{.T.Fields}}</h2><table>{{range .Fields}}<tr><th>{{.Name}}</th><td>{{.Value}}</td></tr>{{end}}<tr><th>{{.T.Tags}}</th><td>{{range .Lead.Tags}}{{.}} {{end}}</td></tr></table>
<h2>{{.T.Notes}}</h2>{{range .Notes}}<p><small>{{.Type}} · {{.ID}}</small></p><pre>{{.Text}}</pre>{{else}}<p>{{.T.None}}</p>{{end}}
<h2>{{.T.Tasks}}</h2>{{range .Tasks}}<p>{{if .Completed}}✓ {{end}}{{.Text}} <small>{{.Till}}</small></p>{{else}}<p>{{.T.None}}</p>{{end}}</html>
`))

// pageTexts are the words of the pages.
type pageTexts struct {
	About, Hooks, Off, On, NoHooks, Time, What, Leads, Name, Stage, Tags, Lose, Back, MoveTo, Fields, Notes, Tasks, None string
}

var pageWords = map[string]pageTexts{
	"ru": {
		About: "Учебный аккаунт: все имена и компании вымышлены. Кнопка переводит сделку в «Закрыто и не реализовано», и аккаунт отправляет вебхуки, как настоящий.",
		Hooks: "Вебхуки", Off: "выключен", On: "Включить", NoHooks: "Пока никто не подписан.", Time: "Время", What: "Событие", Leads: "Сделки",
		Name: "Название", Stage: "Этап", Tags: "Теги", Lose: "Клиент уходит", Back: "← Все сделки", MoveTo: "Перевести на этап", Fields: "Поля",
		Notes: "Примечания", Tasks: "Задачи", None: "Пока нет.",
	},
	"en": {
		About: "A practice account: all names and companies are made up. The button moves a lead to “Closed - lost”, and the account sends webhooks as a real one would.",
		Hooks: "Webhooks", Off: "switched off", On: "Switch on", NoHooks: "Nobody is subscribed yet.", Time: "Time", What: "Event", Leads: "Leads",
		Name: "Name", Stage: "Stage", Tags: "Tags", Lose: "Client leaves", Back: "← All leads", MoveTo: "Move to stage", Fields: "Fields",
		Notes: "Notes", Tasks: "Tasks", None: "None yet.",
	},
}

// shownAttempts is how many deliveries the overview lists.
const shownAttempts = 15

func (s *Sim) showOverview(w http.ResponseWriter) {
	type row struct {
		At, Events, Records, Outcome string
		Attempt, Code                int
	}
	var log []row
	for _, a := range slices.Backward(lastOf(s.HookLog(), shownAttempts)) {
		log = append(log, row{
			At: a.At.Format(time.TimeOnly), Events: strings.Join(a.Events, " "), Records: strings.Trim(fmt.Sprint(a.Records), "[]"),
			Outcome: a.Outcome, Attempt: a.Attempt, Code: a.Code,
		})
	}
	render(w, overviewTemplate, map[string]any{
		"Lang": s.cfg.Lang, "T": pageWords[s.cfg.Lang], "Info": s.Info(), "Webhooks": s.Webhooks(), "Log": log, "Leads": s.Leads(), "Reason": s.firstReason(),
	})
}

func (s *Sim) firstReason() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.reasons.order) == 0 {
		return 0
	}
	return s.reasons.order[0]
}

func (s *Sim) showLead(w http.ResponseWriter, r *http.Request, id int64) {
	lead, found := s.Lead(id)
	if !found {
		http.NotFound(w, r)
		return
	}
	type fieldRow struct{ Name, Value string }
	var rows []fieldRow
	for _, f := range s.Fields() {
		key := f.Code
		if key == "" {
			key = f.Name
		}
		values := lead.Fields[key]
		if values == nil {
			continue
		}
		var shown []string
		for _, v := range values {
			if unix, isDate := v.(int64); isDate {
				shown = append(shown, time.Unix(unix, 0).In(moscow).Format(time.DateOnly))
			} else if text := scalarText(v); text != "" {
				shown = append(shown, text)
			} else if raw, err := json.Marshal(v); err == nil {
				shown = append(shown, string(raw))
			}
		}
		rows = append(rows, fieldRow{f.Name, strings.Join(shown, ", ")})
	}
	type taskRow struct {
		Text, Till string
		Completed  bool
	}
	var tasks []taskRow
	for _, t := range s.Tasks(id) {
		tasks = append(tasks, taskRow{t.Text, time.Unix(t.CompleteTill, 0).In(moscow).Format("2006-01-02 15:04"), t.Completed})
	}
	render(w, leadTemplate, map[string]any{
		"Lang": s.cfg.Lang, "T": pageWords[s.cfg.Lang], "Lead": lead, "Stages": s.openStages(), "Fields": rows, "Notes": s.Notes(id), "Tasks": tasks, "Reason": s.firstReason(),
	})
}

// openStages are those to which a lead can be moved by hand.
func (s *Sim) openStages() []Stage {
	return slices.DeleteFunc(s.Stages(), func(st Stage) bool { return st.StatusID == statusSalesUnsorted || st.StatusID == statusServiceUnsorted })
}

func render(w http.ResponseWriter, t *template.Template, data any) {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		http.Error(w, "page cannot be shown: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes()) // the reader may be gone
}
