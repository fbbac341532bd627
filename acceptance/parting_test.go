package acceptance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"opendoor/integrations/amocrm/amocrmsim"
)

// person is somebody of the company with a key of their own.
type person struct {
	h    *house
	key  string
	name string
}

func (h *house) person(role, name string) person {
	h.t.Helper()
	var k struct {
		Key string `json:"key"`
	}
	h.must("POST", "/api-keys", map[string]string{"role": role, "name": name}, &k)
	return person{h, k.Key, name}
}

// answered is what the API said to a person.
type answered struct {
	code int
	body []byte
	rule string
}

func (p person) do(method, path string, body any) answered {
	p.h.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		p.h.t.Fatal(err)
	}
	req, err := http.NewRequest(method, p.h.front.URL+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		p.h.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.key)
	req.Header.Set("Content-Type", "application/json")
	res, err := p.h.client.Do(req)
	if err != nil {
		p.h.t.Fatal(err)
	}
	defer res.Body.Close()
	var out bytes.Buffer
	if _, err := out.ReadFrom(res.Body); err != nil {
		p.h.t.Fatal(err)
	}
	var problem struct {
		Rule string `json:"rule"`
	}
	_ = json.Unmarshal(out.Bytes(), &problem) // a list has no rule
	return answered{res.StatusCode, out.Bytes(), problem.Rule}
}

// acts does an action that must succeed and returns the case.
func (p person) acts(id, action string, body any) parting {
	p.h.t.Helper()
	return p.gets("POST", "/cases/"+id+"/actions/"+action, body)
}

func (p person) gets(method, path string, body any) parting {
	p.h.t.Helper()
	a := p.do(method, path, body)
	if a.code >= 300 {
		p.h.t.Fatalf("%s %s by %s: %d %s", method, path, p.name, a.code, a.body)
	}
	var k parting
	if err := json.Unmarshal(a.body, &k); err != nil {
		p.h.t.Fatal(err)
	}
	return k
}

// refused does what a rule must refuse by its name.
func (p person) refused(rule, method, path string, body any) {
	p.h.t.Helper()
	if a := p.do(method, path, body); a.code != http.StatusConflict || a.rule != rule {
		p.h.t.Errorf("%s %s by %s: %d %s, want 409 %s", method, path, p.name, a.code, a.body, rule)
	}
}

type fields = map[string]any

func rub(minor int) fields { return fields{"amount_minor": minor, "currency": "RUB"} }

func today(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }

// opened opens a case by hand in a program's account.
func (p *program) opened(initiator string, more fields) (parting, string) {
	p.t.Helper()
	email := newAddress("hand")
	body := fields{
		"account_id": p.ID, "initiator": initiator, "client": fields{"id": email, "name": "Анна Примерова", "email": email, "lang": "ru"},
		"responsible": fields{"id": "m", "name": "Вера Образцова", "email": "vera@generic.example"},
	}
	maps.Copy(body, more)
	var k parting
	p.h.must("POST", "/cases", body, &k)
	return k, email
}

// lettersTo waits until templates have been sent to the case's client.
func (h *house) lettersTo(id string, templates ...string) map[string]message {
	h.t.Helper()
	got := map[string]message{}
	h.eventually(func() error {
		all, err := listAll[message](h, "/messages", url.Values{"case_id": {id}})
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.State == "sent" {
				got[m.Template] = m
			}
		}
		for _, t := range templates {
			if got[t].ID == "" {
				return fmt.Errorf("%s is not sent: %+v", t, all)
			}
		}
		return nil
	})
	return got
}

func (h *house) sentText(email, id string) letter {
	h.t.Helper()
	for _, l := range h.sink.to(email) {
		if l.id == id {
			return l
		}
	}
	h.t.Fatalf("the letter %s did not arrive at %s", id, email)
	return letter{}
}

// linkOf is the first address of a kind of page in a letter.
func (l letter) linkOf(kind string) string {
	for _, link := range l.links() {
		if u, err := url.Parse(link); err == nil && strings.HasPrefix(u.Path, "/"+kind+"/") {
			u.RawQuery = ""
			return u.String()
		}
	}
	return ""
}

func (h *house) visits(link string, form url.Values) int {
	h.t.Helper()
	res, err := h.client.PostForm(link, form)
	if err != nil {
		h.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// The company parts with a client only with everything in its place; whatever
// is missing is named, and no letter leaves.
func TestNoLetterOfACompanysPartingWithoutEachPrecondition(t *testing.T) {
	h := serve(t)
	p := h.generic()
	h.must("PATCH", "/accounts/"+p.ID, `{"policy":`+strings.TrimSuffix(policy, "}")+`,"cooling_off":"2s"}}`, nil)
	vera, olga, irina, boss := h.person("operator", "Вера Образцова"), h.person("operator", "Ольга Внимательная"), h.person("approver", "Ирина Решающая"), h.person("approver", "Пётр Предлагающий")
	incidents := []fields{{"on": today(-20), "what": "потребовал отчёт вне договора"}, {"on": today(-9), "what": "снова потребовал отчёт вне договора"}}
	good := func() fields {
		return fields{
			"bad_day": false, "history_read": true, "our_fault": false, "warned_on": today(-8), "obligations": []fields{{"what": "отчёт за месяц"}}, "legal_checked": true,
			"refund":       fields{"decision": "part", "amount": rub(500000), "reason": "оплаченный месяц", "pay_on": today(20)},
			"alternatives": []fields{{"name": "Бухгалтерия «Соседи»", "what_for": "учёт производств", "contact": "hello@example.org", "consent": true, "checked_on": today(-60)}},
		}
	}
	without := func(key string, value any) fields {
		r := good()
		r[key] = value
		return r
	}
	alternative := func(key string, value any) fields {
		r := good()
		r["alternatives"].([]fields)[0][key] = value
		return r
	}

	c, email := p.opened("company", nil)
	act := func(action string) string { return "/cases/" + c.ID + "/actions/" + action }
	boss.refused("company_reason_missing", "POST", act("propose"), fields{"reason": "difficult", "incidents": incidents})
	boss.refused("incidents_missing", "POST", act("propose"), fields{"reason": "co.scope_abuse", "incidents": incidents[:1]})
	for _, action := range []string{"part", "approve"} {
		if a := boss.do("POST", act(action), fields{"text": "да", "reason": "хватит"}); a.code < 400 {
			t.Errorf("%s without a proposal: %d", action, a.code)
		}
	}
	boss.acts(c.ID, "propose", fields{"reason": "co.scope_abuse", "incidents": incidents, "quarrel_with": "Вера Образцова"})
	vera.refused("reviewer_in_quarrel", "POST", act("review"), good())
	for rule, body := range map[string]fields{
		"history_not_read": without("history_read", false), "warning_missing": without("warned_on", ""), "legal_check_missing": without("legal_checked", false),
		"refund_undecided": without("refund", fields{"decision": "part", "amount": rub(500000), "pay_on": today(20)}), "alternative_missing": without("alternatives", []fields{}),
		"alternative_without_consent": alternative("consent", false), "alternative_check_outdated": alternative("checked_on", today(-800)),
	} {
		olga.refused(rule, "POST", act("review"), body)
	}
	missing := good()
	delete(missing, "obligations")
	olga.refused("obligations_not_listed", "POST", act("review"), missing)
	irina.refused("review_missing", "POST", act("approve"), fields{"text": "согласна"})
	boss.refused("review_missing", "POST", act("part"), fields{})
	olga.acts(c.ID, "review", good())
	h.eventually(func() error {
		if k := olga.gets("GET", "/cases/"+c.ID, nil); k.State != "approval" {
			return fmt.Errorf("the case is %s", k.State)
		}
		return nil
	})
	boss.refused("approver_is_requester", "POST", act("approve"), fields{"text": "согласен сам с собой"})
	if a := olga.do("POST", act("approve"), fields{"text": "и я"}); a.code != http.StatusForbidden {
		t.Errorf("an operator approves: %d", a.code)
	}
	h.eventually(h.idle)
	if got := h.sink.to(email); len(got) != 0 {
		t.Fatalf("the client got %d letters before anything was decided: %q", len(got), got[0].subject)
	}
	irina.acts(c.ID, "approve", fields{"text": "согласна, вежливо и с возвратом"})
	boss.acts(c.ID, "part", fields{})
	letters := h.lettersTo(c.ID, "T20")
	text := h.sentText(email, letters["T20"].MessageID).text
	for _, must := range []string{"Соседи", "hello@example.org", "5"} {
		if !strings.Contains(text, must) {
			t.Errorf("T20 lacks %q:\n%s", must, text)
		}
	}
	for _, never := range []string{"вне договора", "угроз", "Вера", "Пётр"} {
		if strings.Contains(text, never) {
			t.Errorf("T20 tells %q:\n%s", never, text)
		}
	}
	if k := boss.gets("GET", "/cases/"+c.ID, nil); k.State != "leaving" {
		t.Errorf("the case is %s", k.State)
	}
	h.invariantsHold()
}

// What was our own fault, or only a bad day, is never parted over.
func TestABadDayAndOurOwnFaultEndInKeepingTheClient(t *testing.T) {
	h := serve(t)
	p := h.generic()
	boss, olga := h.person("approver", "Пётр Предлагающий"), h.person("operator", "Ольга Внимательная")
	for name, review := range map[string]fields{"bad_day": {"bad_day": true, "our_fault": false}, "our_fault": {"bad_day": false, "our_fault": true}} {
		c, email := p.opened("company", nil)
		boss.acts(c.ID, "propose", fields{"reason": "co.values", "incidents": []fields{{"on": today(-2), "what": "угрожал сотруднику", "severe": true}}})
		if k := olga.acts(c.ID, "review", review); k.State != "dropped" {
			t.Errorf("%s: the case is %s", name, k.State)
		}
		boss.refused("move_not_allowed", "POST", "/cases/"+c.ID+"/actions/part", fields{})
		h.eventually(h.idle)
		for _, l := range h.sink.to(email) {
			if name == "bad_day" || !strings.Contains(l.text, "зв") { // T04: извините, извинения
				t.Errorf("%s: the client got %q", name, l.subject)
			}
		}
	}
}

// Nobody who has decided is persuaded: not by an action, not by a text of the
// operator, not by a letter that waits.
func TestNobodyIsPersuadedAfterAFinalDecision(t *testing.T) {
	h := serve(t)
	p := h.generic()
	olga := h.person("operator", "Ольга Внимательная")
	var stock struct{ Subject, Text string }
	h.must("GET", "/templates/T06/ru", nil, &stock)
	persuading := fields{"subject": stock.Subject, "text": stock.Text + "\nПодумайте, пожалуйста, ещё раз: может быть, останетесь?", "accept_warnings": true}
	if a := olga.do("PUT", "/templates/T06/ru", persuading); a.code != http.StatusUnprocessableEntity || !bytes.Contains(a.body, []byte("persuade_after_final")) {
		t.Errorf("a text that persuades who has decided is stored: %d %s", a.code, a.body)
	}

	c, email := p.opened("client", nil)
	h.lettersTo(c.ID, "T01", "T03")
	olga.acts(c.ID, "record_answer", fields{"reason": "price"})
	if k := olga.acts(c.ID, "set_intent", fields{"intent": "final"}); k.State != "leaving" {
		t.Errorf("the case is %s", k.State)
	}
	if a := olga.do("POST", "/cases/"+c.ID+"/actions/save", fields{"proposal": "Скидка на три месяца"}); a.code != http.StatusConflict || a.rule == "" {
		t.Errorf("an offer after a final decision: %d %s", a.code, a.body)
	}
	text := h.sentText(email, h.lettersTo(c.ID, "T06")["T06"].MessageID).text
	if strings.Contains(text, "останетесь") || strings.Contains(text, "Подумайте") {
		t.Errorf("the client was persuaded:\n%s", text)
	}

	// An offer that is on its way when the client decides does not arrive.
	waits, address := p.opened("client", nil)
	h.lettersTo(waits.ID, "T01", "T03")
	olga.acts(waits.ID, "record_answer", fields{"reason": "price"})
	olga.acts(waits.ID, "pause", fields{})
	olga.acts(waits.ID, "save", fields{"proposal": "Меньший объём работ за меньшую плату"})
	h.must("POST", "/cases/"+waits.ID+"/actions/set_intent", fields{"intent": "final"}, nil)
	olga.acts(waits.ID, "resume", fields{})
	h.lettersTo(waits.ID, "T06")
	h.eventually(func() error {
		all, err := listAll[message](h, "/messages", url.Values{"case_id": {waits.ID}})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(m message) bool { return m.Template == "T07" })
		if i < 0 || all[i].State == "sent" {
			return fmt.Errorf("the offer: %+v", all)
		}
		if all[i].State != "cancelled" {
			return errors.New("the offer still waits")
		}
		return nil
	})
	for _, l := range h.sink.to(address) {
		if strings.Contains(l.text, "Меньший объём") {
			t.Errorf("the offer arrived: %s", l.subject)
		}
	}
	h.invariantsHold()
}

// One proposal, once; and whoever has said in words that it is final hears none
// until a person has read it.
func TestThereIsOneProposalToStay(t *testing.T) {
	h := serve(t)
	p := h.generic()
	olga := h.person("operator", "Ольга Внимательная")
	save := func(id string) string { return "/cases/" + id + "/actions/save" }

	c, address := p.opened("client", nil)
	h.lettersTo(c.ID, "T03")
	olga.refused("reason_unknown", "POST", save(c.ID), fields{"proposal": "Скидка"})
	olga.acts(c.ID, "record_answer", fields{"reason": "price.value"})
	olga.acts(c.ID, "save", fields{"proposal": "Будем раз в месяц показывать, что сделано"})
	offer := h.sentText(address, h.lettersTo(c.ID, "T07")["T07"].MessageID)
	if !strings.Contains(offer.text, "choice=stay") || !strings.Contains(offer.text, "choice=proceed") {
		t.Errorf("both choices are not there:\n%s", offer.text)
	}
	olga.refused("move_not_allowed", "POST", save(c.ID), fields{"proposal": "Ещё скидка"})
	if code := h.visits(offer.linkOf("l"), url.Values{"choice": {"proceed"}}); code != http.StatusOK {
		t.Errorf("one press to leave answers %d", code)
	}
	if k := olga.gets("GET", "/cases/"+c.ID, nil); k.State != "leaving" {
		t.Errorf("the case is %s", k.State)
	}
	olga.refused("move_not_allowed", "POST", save(c.ID), fields{"proposal": "И ещё одна"})

	said, _ := p.opened("client", nil)
	h.lettersTo(said.ID, "T03")
	olga.acts(said.ID, "record_answer", fields{"reason": "price", "comment": "Решение окончательное, прошу не отговаривать"})
	olga.refused("looks_final", "POST", save(said.ID), fields{"proposal": "Скидка"})
	if n := h.sink.copies(offer.id); n != 1 {
		t.Errorf("the offer arrived %d times", n)
	}
	all, err := listAll[message](h, "/messages", url.Values{"case_id": {c.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(slices.DeleteFunc(all, func(m message) bool { return m.Template != "T07" })); n != 1 {
		t.Errorf("%d offers were written", n)
	}
}

// The way of a case through the API alone, from the first word to the last.
func TestACaseGoesFromOpeningToPartedByTheAPI(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		p := h.generic()
		olga, irina := h.person("operator", "Ольга Внимательная"), h.person("approver", "Ирина Решающая")
		var contract struct {
			ID string `json:"id"`
		}
		number := "A-" + newAddress("n")[:8]
		h.must("POST", "/contracts", fields{"account_id": p.ID, "number": number, "service_type": "generic", "client": fields{"name": "Анна Примерова"}, "notice_days": 0, "notice_clause": "п. 7.1", "handover_days": 10}, &contract)
		h.must("POST", "/contracts/"+contract.ID+"/invoices", fields{"period": "2026-08", "total": rub(1200000), "lines": []fields{{"kind": "subscription", "amount": rub(1200000)}}}, nil)
		c, email := p.opened("client", fields{"contract": fields{"number": number}, "notice_received_on": today(-1), "effective_on": today(0)})
		survey := h.sentText(email, h.lettersTo(c.ID, "T01", "T03")["T03"].MessageID).surveyLink()
		if code := h.visits(survey, url.Values{"reason": {"price"}, "reason2": {"price.budget"}, "nps": {"9"}, "keep_in_touch": {"email"}}); code != http.StatusOK {
			t.Fatalf("the survey answers %d", code)
		}
		if k := olga.acts(c.ID, "proceed", nil); k.State != "leaving" || k.Reason.Code != "price.budget" {
			t.Fatalf("%+v", k)
		}
		h.lettersTo(c.ID, "T06")
		olga.refused("handover_unfinished", "POST", "/cases/"+c.ID+"/actions/part", fields{})

		account := "/cases/" + c.ID + "/settlement"
		line := func(kind string, more fields) fields {
			l := fields{"period": "2026-10", "kind": kind, "basis": "п. 4.1 договора", "qty": 1, "price": rub(1200000), "amount": rub(1200000), "justification": "Абонемент за октябрь, акт № 10"}
			maps.Copy(l, more)
			return l
		}
		olga.refused("basis_required", "POST", account+"/lines", line("subscription", fields{"basis": " "}))
		olga.refused("justification_required", "POST", account+"/lines", line("subscription", fields{"justification": ""}))
		olga.gets("POST", account+"/lines", line("subscription", nil))
		irina.gets("POST", account+"/lines", line("urgent_visit", fields{"price": rub(300000), "amount": rub(300000), "justification": "Выезд 12 октября по заявке"}))
		irina.refused("approver_is_author", "POST", account+"/approve", nil) // never billed before: a surprise
		if a := olga.do("POST", account+"/approve", nil); a.code != http.StatusConflict {
			t.Errorf("a surprise approved by an author who may not decide: %d %s", a.code, a.body)
		}
		olga.refused("settlement_not_approved", "POST", account+"/send", fields{"due_on": today(20)})
		h.person("approver", "Пётр Другой").gets("POST", account+"/approve", nil)
		olga.gets("POST", account+"/send", fields{"due_on": today(20)})
		bill := h.sentText(email, h.lettersTo(c.ID, "T08")["T08"].MessageID)
		if code := h.visits(bill.linkOf("l"), url.Values{"choice": {"agree"}}); code != http.StatusOK {
			t.Errorf("agreeing answers %d", code)
		}
		olga.gets("POST", account+"/settle", fields{"paid_on": today(0)})
		k := olga.acts(c.ID, "part", fields{"handover": "not_needed"})
		if k.State != "parted" && k.State != "in_touch" {
			t.Fatalf("the case is %s", k.State)
		}
		h.lettersTo(c.ID, "T12")
		h.eventually(func() error {
			told, err := p.told(deal{id: k.CRM.DealID})
			if err == nil && told["client.parted"].id == "" {
				err = errors.New("nobody is told that the client is parted")
			}
			return err
		})
		h.invariantsHold()
	})
}

// A client must be able to complain without the subject reading it first: not
// on the card, not in a task or note, not in a letter.
func TestTheAccusedNeverReadsTheComplaint(t *testing.T) {
	h := serve(t)
	a, b := h.amocrm(), h.bitrix24()
	const secret, praise = "после разговора с ним руки опускаются", "печенье на встречах"
	deals := []deal{a.client(), b.client()}
	for _, d := range deals {
		d.crm.cancel(d)
		s := h.allTold(d)
		h.answer(s, d, url.Values{"reason": {"people"}, "reason2": {"people.rude"}, "detail": {secret}, "liked": {praise}, "comment": {"просто " + secret}, "nps": {"1"}})
		h.eventually(func() error {
			if w := d.crm.written(d); !slices.Contains(w.tasks, "answered") || !strings.Contains(strings.Join(w.notes, ""), "руководител") {
				return fmt.Errorf("nothing is told of the answer yet: %v", w)
			}
			return nil
		})
		h.eventually(h.idle)
	}
	for _, task := range a.sim.Tasks(a.lead(deals[0])) {
		if marks(task.Text) == "answered" && task.Responsible == amocrmsim.ManagerIDs()[0] {
			t.Error("the accused is told to call about the complaint")
		}
	}
	for where, text := range map[string]string{"amoCRM": a.everything(deals[0]), "Bitrix24": b.everything(deals[1])} {
		for _, word := range []string{secret, praise, "people.rude", "неуважительно", "грубость", "Не сложилось с сотрудником", "сотрудник"} {
			if strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
				t.Errorf("%s holds %q:\n%s", where, word, text)
			}
		}
	}
	for _, l := range h.sink.all() {
		if strings.Contains(l.text+l.html, secret) || strings.Contains(l.text+l.html, praise) {
			t.Errorf("the letter %q to %s repeats it", l.subject, l.to)
		}
	}
	h.invariantsHold()
}

// The accused has a key of their own: wherever the API shows what the client
// said, it does not show it to them.
func TestTheAccusedsOwnKeyShowsNoComplaint(t *testing.T) {
	h := serve(t)
	p := h.generic()
	const secret = "после разговора с ней руки опускаются"
	vera, olga := h.person("approver", "Вера Образцова"), h.person("operator", "Ольга Внимательная")
	boss := h.person("hr_manager", "Пётр Решающий")
	c, email := p.opened("client", nil)
	h.lettersTo(c.ID, "T01", "T03")
	reply := fmt.Sprintf(`{"id":"1","type":"reply","from":%q,"text":"Вера нам нагрубила, %s"}`, email, secret)
	if code := h.post(strings.Replace(p.HookURL, "/hooks/generic/", "/inbound/", 1), "application/json", reply); code != http.StatusNoContent {
		t.Fatalf("the reply is answered %d", code)
	}
	olga.acts(c.ID, "record_answer", fields{"reason": "people", "detail": secret})
	boss.gets("POST", "/cases/"+c.ID+"/measures", fields{"code": "M9", "owner": "Пётр Решающий", "due_on": today(10)})
	h.eventually(h.idle)

	for _, path := range []string{
		"/cases/" + c.ID, "/cases?q=" + email, "/cases?reason=people&q=" + email, "/cases/" + c.ID + "/timeline", "/messages?case_id=" + c.ID, "/inbound?case_id=" + c.ID, "/tasks?case_id=" + c.ID,
		"/calendar", "/cases/" + c.ID + "/touches", "/cases/" + c.ID + "/measures", "/cases/" + c.ID + "/review", "/cases/" + c.ID + "/handover", "/cases/" + c.ID + "/settlement",
	} {
		a := vera.do("GET", path, nil)
		for _, word := range []string{secret, "нагруб", `"people`, "M9", "destroyer"} {
			if bytes.Contains(a.body, []byte(word)) {
				t.Errorf("%s tells the accused %q: %s", path, word, a.body)
			}
		}
	}
	if a := olga.do("GET", "/inbound?case_id="+c.ID, nil); !bytes.Contains(a.body, []byte(secret)) {
		t.Errorf("nobody else reads it either: %s", a.body)
	}
	vera.refused("shield_stands", "POST", "/cases/"+c.ID+"/actions/release_reason", fields{})

	d := p.client()
	complains := bytes.Replace(p.body("client.cancelled", d), []byte(`"reason":"дорого"`), []byte(`"reason":"Вера нагрубила, `+secret+`"`), 1)
	if code := p.say("complains-"+d.id, complains); code != http.StatusNoContent {
		t.Fatalf("the hook answers %d", code)
	}
	var delivery string
	h.eventually(func() error {
		events, err := listAll[struct {
			DeliveryID string `json:"delivery_id"`
			Verdict    string `json:"verdict"`
		}](h, "/events", url.Values{"account_id": {p.ID}})
		if err == nil && (len(events) == 0 || events[0].Verdict != "case_opened") {
			err = fmt.Errorf("no case is open yet: %+v", events)
		}
		if err == nil {
			delivery = events[0].DeliveryID
		}
		return err
	})
	for _, word := range []string{secret, "нагруб"} {
		if a := vera.do("GET", "/deliveries/"+delivery, nil); bytes.Contains(a.body, []byte(word)) {
			t.Errorf("the body of the hook tells the accused %q", word)
		}
	}
	for _, l := range h.sink.to("vera@generic.example") {
		if strings.Contains(l.text+l.html, secret) {
			t.Errorf("the letter %q tells the accused", l.subject)
		}
	}
	h.invariantsHold()
}

// everything is all that stands on the card of a deal.
func (a *amo) everything(d deal) string {
	lead, _ := a.sim.Lead(a.lead(d))
	return fmt.Sprintf("%+v\n%+v\n%+v", lead, a.sim.Notes(a.lead(d)), a.sim.Tasks(a.lead(d)))
}

func (b *bitrix) everything(d deal) string {
	now, _ := b.sim.Deal(b.number(d))
	return fmt.Sprintf("%+v\n%+v\n%+v\n%+v", now, b.sim.Comments(b.number(d)), b.sim.Activities(b.number(d)), b.sim.Tasks())
}
