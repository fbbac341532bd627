package main

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/integrations/bitrix24/bitrix24sim"
)

// controls is the page on which a user makes the sandbox misbehave the way real
// CRMs do, to see what opendoor makes of it.
type controls struct {
	s    *sandbox
	lang string
	page *template.Template

	mu  sync.Mutex
	did []deed // newest first
}

type deed struct {
	At   time.Time `json:"at"`
	CRM  string    `json:"crm"`
	How  string    `json:"how"`
	What string    `json:"what"`
}

// misdeed is one way to misbehave. Where only one CRM knows it, the other is nil.
type misdeed struct {
	how, ru, en string
	amo, bitrix func(c *controls, times int) error
}

const (
	endless     = -1
	mostTimes   = 10_000
	stormEvents = 200 // changes of one deal, as robots that answer each other make them
	hangs       = 12 * time.Second
	keptDeeds   = 50
)

func amoFault(kind amocrmsim.FaultKind) func(*controls, int) error {
	return func(c *controls, times int) error {
		c.s.amo.AddFault(amocrmsim.Fault{Kind: kind, Times: times, RetryAfter: 10})
		return nil
	}
}

func amoHookFault(kind amocrmsim.HookFaultKind) func(*controls, int) error {
	return func(c *controls, times int) error {
		if times == endless {
			times = mostTimes
		}
		c.s.amo.AddHookFault(amocrmsim.HookFault{Kind: kind, Times: times})
		return nil
	}
}

func bitrixFault(kind bitrix24sim.FaultKind) func(*controls, int) error {
	return func(c *controls, times int) error {
		c.s.bitrix.AddFault(bitrix24sim.Fault{Kind: kind, Times: times})
		return nil
	}
}

// misdeeds is the page from top to bottom.
var misdeeds = []misdeed{
	{"rate_limit", "Слишком много запросов (429, 503)", "Too many requests (429, 503)", amoFault(amocrmsim.FaultRateLimit), bitrixFault(bitrix24sim.FaultQueryLimit)},
	{"operating_limit", "Исчерпано время метода (429)", "Operating time of a method used up (429)", nil, bitrixFault(bitrix24sim.FaultOperating)},
	{"blocked", "Аккаунт заблокирован (403 страницей, OVERLOAD_LIMIT)", "Account blocked (403 as a page, OVERLOAD_LIMIT)", amoFault(amocrmsim.FaultBlocked), bitrixFault(bitrix24sim.FaultOverload)},
	{"unpaid", "Не оплачено (402, тариф без REST)", "Not paid for (402, plan without REST)", amoFault(amocrmsim.FaultUnpaid), bitrixFault(bitrix24sim.FaultPlan)},
	{"forbidden", "Не хватает прав", "Rights are missing", amoFault(amocrmsim.FaultForbidden), bitrixFault(bitrix24sim.FaultAccessDenied)},
	{"server_error", "Ошибка сервера (500)", "Server error (500)", amoFault(amocrmsim.FaultServerError), bitrixFault(bitrix24sim.FaultInternal)},
	{"html", "Страница вместо ответа (502)", "A page instead of an answer (502)", amoFault(amocrmsim.FaultBadGateway), bitrixFault(bitrix24sim.FaultBadGateway)},
	{"done_but_error", "Запись сделана, ответ — ошибка (504)", "Written, but answered with an error (504)", amoFault(amocrmsim.FaultGatewayTimeout), bitrixFault(bitrix24sim.FaultInternalAfter)},
	{"timeout", "Не отвечает вовремя", "Does not answer in time", func(c *controls, times int) error {
		c.s.amo.AddFault(amocrmsim.Fault{Kind: amocrmsim.FaultSlow, Times: times, Delay: hangs})
		return nil
	}, func(c *controls, times int) error {
		c.s.bitrix.AddFault(bitrix24sim.Fault{Kind: bitrix24sim.FaultTimeout, Times: times, Delay: hangs})
		return nil
	}},
	{"cut", "Соединение рвётся после записи", "The connection breaks after the write", amoFault(amocrmsim.FaultCutApplied), bitrixFault(bitrix24sim.FaultCut)},
	{"malformed", "Неразборчивый ответ", "An answer that cannot be read", amoFault(amocrmsim.FaultMalformed), bitrixFault(bitrix24sim.FaultMalformed)},
	{"expired_token", "Токен истёк", "The token has expired", func(c *controls, _ int) error {
		c.s.amo.ExpireAccessTokens(false)
		return nil
	}, func(c *controls, _ int) error {
		c.s.bitrix.ExpireTokens()
		return nil
	}},
	{"revoked_token", "Доступ отозван", "Access is revoked", amoFault(amocrmsim.FaultUnauthorized), func(c *controls, times int) error {
		c.s.bitrix.RevokeTokens()
		return bitrixFault(bitrix24sim.FaultCredentials)(c, times)
	}},
	{"hooks_off", "Вебхуки выключены", "Hooks are switched off", func(c *controls, _ int) error {
		c.s.amo.SetWebhookDisabled("", true)
		return nil
	}, func(c *controls, _ int) error {
		c.s.bitrix.AddFault(bitrix24sim.Fault{Kind: bitrix24sim.FaultEventDrop, Times: endless})
		return nil
	}},
	{"plan_without_hooks", "Тариф не даёт подписать вебхук", "The plan does not let hooks be subscribed", func(c *controls, times int) error {
		c.s.amo.AddFault(amocrmsim.Fault{PathPrefix: "/api/v4/webhooks", Kind: amocrmsim.FaultForbidden, Times: times})
		return nil
	}, nil},
	{"lost_hooks", "Вебхуки теряются", "Hooks get lost", amoHookFault(amocrmsim.HookDrop), bitrixFault(bitrix24sim.FaultEventDrop)},
	{"duplicate_hooks", "Вебхуки приходят дважды", "Hooks come twice", amoHookFault(amocrmsim.HookDuplicate), bitrixFault(bitrix24sim.FaultEventDuplicate)},
	{"reordered_hooks", "Вебхуки приходят не по порядку", "Hooks come out of order", amoHookFault(amocrmsim.HookReorder), bitrixFault(bitrix24sim.FaultEventReorder)},
	{"echo_storm", "Буря: роботы правят одну сделку 200 раз", "A storm: robots change one deal 200 times", (*controls).amoStorm, (*controls).bitrixStorm},
	{"renamed", "Портал переименован (amoCRM — до перезапуска)", "Portal renamed (amoCRM: until restart)", (*controls).amoRenamed, (*controls).bitrixRenamed},
	{"stage_deleted", "Администратор удалил этап", "An administrator has deleted a stage", func(c *controls, _ int) error {
		return c.s.amo.DeleteStage(0, 0)
	}, func(c *controls, _ int) error { return c.s.bitrix.DeleteStage("") }},
	{"field_deleted", "Администратор удалил поле OPENDOOR_…", "An administrator has deleted a field OPENDOOR_…", func(c *controls, _ int) error {
		return c.s.amo.DeleteField("OPENDOOR_*")
	}, func(c *controls, _ int) error { return c.s.bitrix.DeleteUserField("UF_CRM_OPENDOOR_*") }},
	{"owner_dismissed", "Владелец вебхука уволен", "The owner of the webhook is dismissed", nil, func(c *controls, _ int) error { return c.s.bitrix.Employ(0, false) }},
	{"installed", "Приложение установлено", "The application is installed", func(c *controls, _ int) error {
		c.s.amo.Reinstall()
		return nil
	}, func(c *controls, _ int) error {
		c.s.bitrix.InstallApplication(c.s.opendoor+"/oauth/bitrix24/install", 0)
		return nil
	}},
	{"uninstalled", "Приложение удалено, доступ отозван", "The application is removed, access is revoked", (*controls).amoUninstalled, func(c *controls, _ int) error {
		c.s.bitrix.UninstallApplication("", false)
		return nil
	}},
	{"uninstalled_clean", "Приложение удалено вместе с данными", "The application is removed with its data", nil, func(c *controls, _ int) error {
		c.s.bitrix.UninstallApplication("", true)
		return nil
	}},
	{"no_queue", "Тариф без очереди событий", "The plan has no queue of events", nil, bitrixRefuses("event.offline.*", bitrix24sim.FaultPlan)},
	{"no_history", "История стадий недоступна", "The history of stages is not given", nil, bitrixRefuses("crm.stagehistory.list", bitrix24sim.FaultAccessDenied)},
	{"no_placement", "Встраивание и роботы запрещены", "Tabs and robots are not allowed", nil, func(c *controls, times int) error {
		_ = bitrixRefuses("bizproc.*", bitrix24sim.FaultScope)(c, times)
		return bitrixRefuses("placement.*", bitrix24sim.FaultScope)(c, times)
	}},
	{"no_drive", "Файлы не принимаются (Диск)", "Files are not taken (Drive)", func(c *controls, times int) error {
		c.s.amo.AddFault(amocrmsim.Fault{PathPrefix: "/v1.0/", Kind: amocrmsim.FaultForbidden, Times: times})
		return nil
	}, bitrixRefuses("disk.*", bitrix24sim.FaultScope)},
	{"customers_off", "Покупатели выключены", "Customers are switched off", func(c *controls, _ int) error {
		c.s.amo.SwitchCustomers(false)
		return nil
	}, nil},
	{"limits", "Соблюдать ограничения вендора", "Obey the vendor's limits", func(c *controls, _ int) error {
		c.s.amo.SetLimits(true)
		return nil
	}, func(c *controls, _ int) error {
		c.s.bitrix.SetLimits(true)
		return nil
	}},
	{"mend", "Всё исправить (удалённого не вернуть)", "Mend everything (what was deleted stays so)", func(c *controls, _ int) error {
		c.s.amo.ClearFaults()
		c.s.amo.SetWebhookDisabled("", false)
		c.s.amo.Reinstall()
		c.s.amo.SetLimits(false)
		c.s.amo.SwitchCustomers(true)
		return nil
	}, func(c *controls, _ int) error {
		c.s.bitrix.ClearFaults()
		c.s.bitrix.SetLimits(false)
		c.s.moved.Store(nil)
		return c.s.bitrix.Employ(0, true)
	}},
}

// bitrixRefuses makes the portal refuse what a right or plan does not allow.
func bitrixRefuses(methods string, kind bitrix24sim.FaultKind) func(*controls, int) error {
	return func(c *controls, times int) error {
		c.s.bitrix.AddFault(bitrix24sim.Fault{Method: methods, Kind: kind, Times: times})
		return nil
	}
}

// amoUninstalled tells every address that hooks go to, as an integration has
// its own for this beside its hook.
func (c *controls) amoUninstalled(int) error {
	hooks := c.s.amo.Webhooks()
	if len(hooks) == 0 {
		return c.s.amo.Uninstall(context.Background(), "")
	}
	var err error
	for _, h := range hooks {
		err = cmp.Or(err, c.s.amo.Uninstall(context.Background(), h.Destination+"/uninstalled"))
	}
	return err
}

func (c *controls) amoStorm(int) error {
	leads := c.s.amo.Leads()
	if len(leads) == 0 {
		return fmt.Errorf("there is no lead to change")
	}
	for i := range stormEvents {
		if err := c.s.amo.UpdateLead(leads[0].ID, map[string]any{"price": 1000 + i}, 0); err != nil { // 0: a robot
			return err
		}
	}
	return nil
}

func (c *controls) bitrixStorm(int) error {
	deals := c.s.bitrix.Deals()
	if len(deals) == 0 {
		return fmt.Errorf("there is no deal to change")
	}
	for i := range stormEvents {
		if err := c.s.bitrix.UpdateDeal(deals[0].ID, map[string]any{"OPPORTUNITY": 1000 + i}, deals[0].AssignedByID); err != nil {
			return err
		}
	}
	return nil
}

func (c *controls) amoRenamed(int) error {
	moved, err := c.s.listen("127.0.0.1:0", c.s.amo)
	if err != nil {
		return err
	}
	c.s.amo.Rename("renamed"+strconv.FormatInt(time.Now().Unix(), 10), moved)
	return nil
}

// bitrixRenamed makes the old address send every call to a new one.
func (c *controls) bitrixRenamed(int) error {
	moved, err := c.s.listen("127.0.0.1:0", c.s.bitrix)
	if err != nil {
		return err
	}
	old := c.s.bitURL
	c.s.moved.Store(&movedPortal{from: strings.TrimPrefix(old, "http://"), to: moved})
	return nil
}

//go:embed sandbox_control.html
var controlPage string

func newControls(s *sandbox, lang string) *controls {
	page := template.Must(template.New("control").Funcs(template.FuncMap{
		"clock": func(t time.Time) string { return t.Format(time.TimeOnly) },
	}).Parse(controlPage))
	return &controls{s: s, lang: lang, page: page}
}

func (c *controls) say(ru, en string) string {
	if c.lang == "ru" {
		return ru
	}
	return en
}

// Handler serves the page at /, the list of misdeeds as JSON at /misdeeds, and
// takes POST /misbehave with crm (amocrm, bitrix24 or both), how and times, as a
// form or as JSON.
func (c *controls) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", c.show)
	mux.HandleFunc("GET /misdeeds", c.list)
	mux.HandleFunc("POST /misbehave", c.misbehave)
	return http.NewCrossOriginProtection().Handler(mux)
}

type controlRow struct {
	How, What   string
	Amo, Bitrix bool
}

func (c *controls) rows() []controlRow {
	rows := make([]controlRow, len(misdeeds))
	for i, m := range misdeeds {
		rows[i] = controlRow{How: m.how, What: c.say(m.ru, m.en), Amo: m.amo != nil, Bitrix: m.bitrix != nil}
	}
	return rows
}

func (c *controls) show(w http.ResponseWriter, _ *http.Request) {
	c.mu.Lock()
	did := slices.Clone(c.did)
	c.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	_ = c.page.Execute(w, map[string]any{ // the reader may be gone
		"Lang": c.lang, "Rows": c.rows(), "Did": did, "Amo": c.s.amoURL + "/_sim/", "Bitrix": c.s.bitURL + "/_sim/", "Mailbox": c.s.boxURL,
		"Title": c.say("Пульт песочницы", "Sandbox controls"),
		"Lead":  c.say("Заставьте CRM вести себя плохо и посмотрите, что сделает opendoor.", "Make the CRMs misbehave and see what opendoor does."),
		"Times": c.say("Сколько раз", "How many times"), "Always": c.say("−1 — пока не исправите", "−1: until mended"),
		"What": c.say("Что случится", "What happens"), "Log": c.say("Сделано", "Done"), "Nothing": c.say("Пока ничего.", "Nothing yet."),
		"Pages": c.say("Страницы", "Pages"), "MailboxName": c.say("почта", "mailbox"),
	})
}

func (c *controls) list(w http.ResponseWriter, _ *http.Request) {
	type line struct {
		How  string   `json:"how"`
		What string   `json:"what"`
		CRMs []string `json:"crms"`
	}
	var out []line
	for _, r := range c.rows() {
		l := line{How: r.How, What: r.What}
		if r.Amo {
			l.CRMs = append(l.CRMs, "amocrm")
		}
		if r.Bitrix {
			l.CRMs = append(l.CRMs, "bitrix24")
		}
		out = append(out, l)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out)
}

func (c *controls) misbehave(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	in := struct {
		CRM   string `json:"crm"`
		How   string `json:"how"`
		Times int    `json:"times"`
	}{Times: 1}
	fromPage := !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
	if fromPage {
		in.CRM, in.How = r.PostFormValue("crm"), r.PostFormValue("how")
		if crm, how, both := strings.Cut(r.PostFormValue("do"), ":"); both { // one button of the page
			in.CRM, in.How = crm, how
		}
		if n, err := strconv.Atoi(r.PostFormValue("times")); err == nil {
			in.Times = n
		}
	} else if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, "the body is no JSON: "+err.Error(), http.StatusBadRequest)
		return
	}
	if err := c.do(in.CRM, in.How, in.Times); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	if fromPage {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (c *controls) do(crm, how string, times int) error {
	i := slices.IndexFunc(misdeeds, func(m misdeed) bool { return m.how == how })
	if i < 0 {
		return fmt.Errorf("nobody knows how to do %q; GET /misdeeds lists what there is", how)
	}
	if times == 0 || times < endless || times > mostTimes {
		return fmt.Errorf("times is 1 to %d, or -1 until mended", mostTimes)
	}
	m, done := misdeeds[i], false
	for name, act := range map[string]func(*controls, int) error{"amocrm": m.amo, "bitrix24": m.bitrix} {
		if act == nil || crm != name && crm != "both" {
			continue
		}
		if err := act(c, times); err != nil {
			return err
		}
		done = true
		c.mu.Lock()
		c.did = append([]deed{{time.Now(), name, how, c.say(m.ru, m.en)}}, c.did[:min(len(c.did), keptDeeds-1)]...)
		c.mu.Unlock()
	}
	if !done {
		return fmt.Errorf("crm is amocrm, bitrix24 or both, and %q must be known to it", how)
	}
	return nil
}
