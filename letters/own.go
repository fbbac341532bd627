package letters

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"opendoor/offboarding"
	"opendoor/offboarding/survey"
)

// own adds the variables of the letter's template (offboarding/letter_vars.go).
func (v view) own(w wording, vars any) error {
	switch a := vars.(type) {
	case nil:
	case offboarding.LapseCheckIn:
		v.set("LastContactOn", w.day(a.LastContactOn))
	case offboarding.Apology:
		v.set("Fault", phrase(a.Fault), "Remedy", phrase(a.Remedy), "RemedyOn", w.day(a.RemedyOn), "Compensation", w.amount(a.Compensation))
	case offboarding.Stayed:
		v.set("AgreedTerms", sentence(a.AgreedTerms), "StartOn", w.day(a.StartOn))
	case offboarding.CancellationLetter:
		v.cancellation(w, a)
	case offboarding.SaveProposal:
		v.set("ReasonLabel", lower(phrase(a.ReasonLabel)), "Proposal", sentence(a.Proposal))
	case offboarding.SettlementLetter:
		v.settlement(w, a)
	case offboarding.HandoverDelivery:
		v.set("InventoryNo", title(a.InventoryNo), "DueOn", w.day(a.DueOn))
		v["ItemsCount"], v["OpenMatters"] = a.ItemsCount, w.matters(a.OpenMatters)
	case offboarding.HandoverCode:
		v.set("Code", clean(a.Code))
	case offboarding.DelayNotice:
		v.set("Why", phrase(a.Why), "NewDate", w.day(a.NewDate))
		v["Items"] = phrases(a.Items)
	case offboarding.AcceptanceRequest:
		v.set("ActNo", title(a.ActNo), "By", w.day(a.By))
	case offboarding.Farewell:
		v.set("ThanksFor", phrase(a.ThanksFor), "Channels", channels(w.lang, a.Consents))
	case offboarding.SuccessorLetter:
		v.set("SuccessorName", title(a.SuccessorName), "ConsentRef", phrase(a.ConsentRef), "QuestionsUntil", w.day(a.QuestionsUntil))
		v["Contents"], v["Package"] = phrases(a.Contents), a.Package
	case offboarding.SuccessorQuestion:
		v.set("SuccessorName", title(a.SuccessorName))
	case offboarding.Birthday:
		v["CompanyDay"] = a.Occasion == offboarding.OccasionCompanyDay
	case offboarding.News:
		v.set("Topic", phrase(a.Topic))
		v["Text"] = paragraphs(a.Text)
	case offboarding.ReturnOffer:
		v.set("WhatChanged", sentence(a.WhatChanged), "Terms", sentence(a.Terms), "ValidNote", sentence(a.ValidNote))
	case offboarding.WelcomeBack:
		v.set("FirstStep", sentence(a.FirstStep))
		v["Restored"] = phrases(a.Restored)
	case offboarding.SourceQuestion:
		v.set("Claim", strings.Trim(shorten(clean(a.Claim), 400), "«»“”\""))
	case offboarding.WhatChanged:
		v.set("Measure", sentence(a.Measure), "Since", w.day(a.Since))
	case offboarding.CompanyParting:
		v.set("Refund", w.amount(a.Refund), "RefundBasis", phrase(a.RefundBasis), "RefundOn", w.day(a.RefundOn), "EffectiveOn", w.day(a.EffectiveOn))
		v["Alternatives"] = w.alternatives(a.Alternatives)
		v["Providers"] = providers(a.Alternatives)
	case offboarding.RefundNotice:
		v.set("Amount", w.money(positive(a.Amount)), "Basis", phrase(a.Basis), "PayOn", w.day(a.PayOn))
		v["Paid"] = a.Paid
	case offboarding.OptOutConfirmation:
		v["Email"], v["PhoneCalls"] = a.Channel == "email", a.Channel == "phone"
	case offboarding.Closing:
		v.set("Outcome", sentence(a.Outcome))
		v["Unsettled"] = a.Unsettled
	default:
		return v.internal(w, vars)
	}
	return nil
}

// internal adds the variables of letters to our own people.
func (v view) internal(w wording, vars any) error {
	switch a := vars.(type) {
	case offboarding.CallTask:
		v.set("Owner", personName(a.Owner), "Due", w.moment(a.Due), "Contact", shorten(clean(a.Contact), 100))
	case offboarding.SaveTalk:
		v.set("Owner", personName(a.Owner), "Due", w.moment(a.Due), "Contact", shorten(clean(a.Contact), 100), "ReasonLabel", lower(phrase(a.ReasonLabel)), "Proposal", sentence(a.Proposal))
	case offboarding.InventoryDue:
		v.set("Owner", personName(a.Owner), "ContractNo", contractNo(a.ContractNo), "ClientName", title(a.ClientName), "DueOn", w.day(a.DueOn))
		v["Missing"] = phrases(a.Missing)
	case offboarding.DeadlineAlert:
		v.set("Owner", personName(a.Owner), "What", lower(phrase(a.What)), "DueOn", w.day(a.DueOn), "Percent", "", "Over", "")
		if a.Percent >= 100 {
			v.set("Over", "yes")
		} else if a.Percent > 0 {
			v.set("Percent", fmt.Sprintf("%d%s%%", a.Percent, in(w.lang, nbsp, "")))
		}
		v["Missing"] = phrases(a.Missing)
	case offboarding.ApprovalRequest:
		v.set("Owner", personName(a.Owner), "What", lower(phrase(a.What)), "Due", w.moment(a.Due))
		v["Points"] = phrases(a.Points)
	case offboarding.CoolingOffChecklist:
		v.set("Owner", personName(a.Owner), "Until", w.moment(a.Until))
	case offboarding.ReviewDue:
		v.set("Owner", personName(a.Owner), "DueOn", w.day(a.DueOn))
	case offboarding.LookIntoSignal:
		v.set("Owner", personName(a.Owner), "Employee", personName(a.Employee), "Period", phrase(a.Period), "DueOn", w.day(a.DueOn))
	case offboarding.OtherTask:
		v.set("Owner", personName(a.Owner), "Due", w.moment(a.Due))
		v["Text"] = paragraphs(a.Text)
	default:
		return fmt.Errorf("variables of an unknown form: %T", vars)
	}
	return nil
}

func (v view) set(pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		v[pairs[i]] = pairs[i+1]
	}
}

func (v view) cancellation(w wording, a offboarding.CancellationLetter) {
	from := cmp.Or(v["ClientCompany"].(string), v["ClientName"].(string))
	no := contractNo(a.ContractNo)
	if no == "" {
		no = v["Contract"].(string)
	}
	v.set("ContractNo", no, "Clause", phrase(a.Clause), "ReceivedOn", w.day(a.ReceivedOn), "EffectiveOn", w.fullDay(a.EffectiveOn), "Address", phrase(a.Address))
	v["From"], v["NoticeDays"], v["Agreed"] = from, a.NoticeDays, a.Agreed
}

func (v view) settlement(w wording, a offboarding.SettlementLetter) {
	lines := make([]line, 0, len(a.Lines))
	for _, l := range a.Lines {
		lines = append(lines, line{phrase(l.What), phrase(l.Basis), w.money(l.Amount)})
	}
	v["Lines"], v["Final"] = lines, a.Final
	v["WeOwe"], v["Nothing"] = a.Total.AmountMinor < 0, a.Total.AmountMinor == 0
	v.set("Total", w.money(positive(a.Total)), "DueOn", w.day(a.DueOn))
}

// matters says each open matter in one line: what, until when, who does it.
func (w wording) matters(all []offboarding.OpenMatter) []string {
	var out []string
	for _, m := range all {
		s := phrase(m.What)
		if s == "" {
			continue
		}
		if by := w.day(m.By); by != "" {
			s += in(w.lang, " — до ", " – by ") + by
		}
		if who := phrase(m.Who); who != "" {
			s += in(w.lang, ", делает ", ", done by ") + who
		}
		out = append(out, s)
	}
	return out
}

func (w wording) alternatives(all []offboarding.LetterAlternative) []string {
	var out []string
	for _, a := range all {
		s := phrase(a.Name)
		if s == "" {
			continue
		}
		if what := phrase(a.WhatFor); what != "" {
			s += in(w.lang, " — ", " – ") + lower(what)
		}
		if contact := phrase(a.Contact); contact != "" {
			s += ": " + contact
		}
		out = append(out, s)
	}
	return out
}

// providers are the names of those whom a letter recommends.
func providers(all []offboarding.LetterAlternative) []string {
	var out []string
	for _, a := range all {
		if name := phrase(a.Name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

func (w wording) amount(m *offboarding.Money) string {
	if m == nil || m.AmountMinor == 0 {
		return ""
	}
	return w.money(positive(*m))
}

func positive(m offboarding.Money) offboarding.Money {
	m.AmountMinor = max(m.AmountMinor, -m.AmountMinor)
	return m
}

// channels names the channels that a client agreed to, in one phrase.
func channels(lang offboarding.Lang, codes []string) string {
	var out []string
	for _, ch := range survey.Channels() {
		if slices.Contains(codes, ch.Code) {
			out = append(out, lower(ch.Label(string(lang))))
		}
	}
	return strings.Join(out, ", ")
}

// maxPhrase bounds what a variable may bring into a letter, in characters.
const maxPhrase = 400

// phrase makes a part of a sentence of a value: one line without a full stop.
func phrase(s string) string {
	return strings.TrimRight(shorten(clean(s), maxPhrase), ". ")
}

func phrases(all []string) []string {
	var out []string
	for _, s := range all {
		if s = phrase(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// sentence makes a whole sentence of a value.
func sentence(s string) string {
	s = upper(shorten(clean(s), maxPhrase))
	if s == "" || strings.ContainsRune(".!?…", lastRune(s)) {
		return s
	}
	return s + "."
}

// paragraphs splits a text of several paragraphs, each on one line.
func paragraphs(s string) []string {
	var out []string
	for p := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if p = shorten(clean(p), 2000); p != "" {
			out = append(out, p)
		}
	}
	return out
}

func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return strings.TrimSpace(string(r[:n-1])) + "…"
	}
	return s
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// Sample returns a letter with made-up values: everything that may be known, or
// only what always is. Previews show it, and every text is tried with both.
func Sample(template string, lang offboarding.Lang, whole bool) offboarding.LetterData {
	at := func(day int) string { return time.Date(2026, 12, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) }
	s := samples{lang, whole}
	d := offboarding.LetterData{
		Template: template, Lang: lang, Location: time.FixedZone("", 3*60*60), Now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
		Case: &offboarding.Case{
			No: 128, Dates: offboarding.Dates{ReceivedAt: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), EffectiveOn: at(24)},
			Client:   offboarding.Client{Name: s.or("Анна Сергеевна", "Anna Berg"), Email: "client@example.com", Phone: s.or("+7 900 000-45-67", "+44 20 0000 4567")},
			Company:  offboarding.Named{Name: s.or("ООО «Вектор»", "Vector Ltd")},
			Contract: offboarding.Contract{Number: s.or("15-К", "15-K")},
			CRM:      offboarding.CRMLink{URL: s.or("https://crm.example.com/deals/17", "https://crm.example.com/deals/17")},
		},
		Account:         &offboarding.Account{Name: s.or("Бухгалтерия «Баланс»", "Balance Accounting"), Lang: lang},
		Person:          offboarding.Responsible{Name: s.or("Мария Котова", "Mary Stone"), Email: s.or("care@example.com", "care@example.com")},
		CallBy:          time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC),
		SurveyURL:       "https://door.example.com/s/sample",
		DeclineURL:      "https://door.example.com/s/sample?decline=1",
		StayURL:         "https://door.example.com/l/sample?choice=stay",
		ProceedURL:      "https://door.example.com/l/sample?choice=proceed",
		ComebackURL:     "https://door.example.com/l/sample?choice=comeback",
		ContestURL:      "https://door.example.com/l/sample?choice=contest",
		HandoverURL:     "https://door.example.com/h/sample",
		PreferencesURL:  "https://door.example.com/u/sample",
		ChatURL:         s.or("https://t.me/door_bot?start=sample", "https://t.me/door_bot?start=sample"),
		SurveyExpiresAt: time.Date(2026, 12, 23, 9, 0, 0, 0, time.UTC),
		Vars:            s.vars(template, at),
	}
	if template != offboarding.I03 && template != offboarding.I08 { // these are about no case
		d.Case.ID = sampleCase
	}
	for _, g := range survey.Groups() {
		d.Answers = append(d.Answers, offboarding.AnswerLink{Code: g.Code, Label: g.Label(string(lang)), URL: d.SurveyURL + "?reason=" + g.Code})
	}
	return d
}

var sampleCase = uuid.MustParse("01928c5e-7d2a-7c3e-9d55-0f6d2c1b7a10")

// sampleViews are the views that every text must be able to stand.
func sampleViews(template string, lang offboarding.Lang) ([]view, error) {
	var out []view
	for _, whole := range []bool{true, false} {
		v, err := viewOf(Sample(template, lang, whole))
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

type samples struct {
	lang  offboarding.Lang
	whole bool
}

// must is a value that is always known.
func (s samples) must(ru, en string) string { return in(s.lang, ru, en) }

// or is a value that may be unknown.
func (s samples) or(ru, en string) string {
	if !s.whole {
		return ""
	}
	return in(s.lang, ru, en)
}

func (s samples) list(ru, en []string) []string {
	if s.lang == offboarding.EN {
		return en
	}
	return ru
}

func (s samples) vars(template string, at func(day int) string) any {
	rub := func(kopecks int64) offboarding.Money { return offboarding.Money{AmountMinor: kopecks, Currency: "RUB"} }
	maybe := func(m offboarding.Money) *offboarding.Money {
		if !s.whole {
			return nil
		}
		return &m
	}
	due := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	owner := s.or("Мария Котова", "Mary Stone")
	switch template {
	case offboarding.T02:
		return offboarding.LapseCheckIn{LastContactOn: s.or("2026-09-03", "2026-09-03")}
	case offboarding.T04:
		return offboarding.Apology{
			Fault: s.must("сдали отчёт за октябрь на три дня позже срока", "we filed the October report three days late"), RemedyOn: s.or(at(1), at(1)),
			Remedy: s.must("сами подаём уточнённый отчёт и оплачиваем штраф", "we are filing the corrected report ourselves and paying the fine"), Compensation: maybe(rub(500000)),
		}
	case offboarding.T05:
		return offboarding.Stayed{AgreedTerms: s.or("звонок раз в две недели, отвечает Мария Котова", "a call every two weeks, with Mary Stone"), StartOn: s.or(at(1), at(1))}
	case offboarding.T06:
		return offboarding.CancellationLetter{
			ContractNo: s.or("15-К", "15-K"), Clause: s.or("п. 8.2 договора", "clause 8.2 of the contract"), NoticeDays: 30, ReceivedOn: s.or("2026-11-24", "2026-11-24"),
			EffectiveOn: at(24), Address: s.or("117000, Москва, ул. Примерная, д. 1", "1 Sample Street, London N1 0AA"),
		}
	case offboarding.T07:
		return offboarding.SaveProposal{
			ReasonLabel: s.must("Дорого или сократился бюджет", "Too expensive, or our budget shrank"),
			Proposal: s.must("Оставим за собой отчётность, а первичные документы вы возьмёте себе: выйдет 12 000 ₽ в месяц вместо 20 000 ₽",
				"We keep the reports and you take over the primary documents: £120 a month instead of £200"),
		}
	case offboarding.T08:
		return offboarding.SettlementLetter{
			Lines: []offboarding.SettlementLetterLine{
				{What: s.must("Ведение учёта, ноябрь 2026", "Bookkeeping, November 2026"), Basis: s.must("п. 4.1 договора", "clause 4.1 of the contract"), Amount: rub(2000000)},
				{What: s.must("Возврат предоплаты за декабрь", "Prepayment for December, returned"), Basis: s.must("п. 8.4 договора", "clause 8.4 of the contract"), Amount: rub(-645050)},
			},
			Total: rub(1354950), DueOn: s.or(at(31), at(31)), Final: !s.whole,
		}
	case offboarding.T09:
		h := offboarding.HandoverDelivery{InventoryNo: "128-1", ItemsCount: 42, DueOn: s.or(at(8), at(8))}
		if s.whole {
			h.OpenMatters = []offboarding.OpenMatter{
				{What: s.must("ответ на требование налоговой", "the answer to the tax office"), By: at(4), Who: s.must("Мария Котова", "Mary Stone")},
				{What: s.must("акт сверки с ООО «Пример»", "the reconciliation with Sample Ltd"), By: at(11)},
			}
		}
		return h
	case offboarding.T9C:
		return offboarding.HandoverCode{Code: "482 913"}
	case offboarding.T10:
		return offboarding.DelayNotice{
			Items: s.list([]string{"оригиналы первичных документов за 2025 год"}, []string{"the original primary documents of 2025"}),
			Why:   s.must("архив вернёт коробки только на следующей неделе", "the archive returns the boxes only next week"), NewDate: at(8),
		}
	case offboarding.T11, offboarding.T11R:
		return offboarding.AcceptanceRequest{ActNo: "128-А", By: s.or(at(15), at(15))}
	case offboarding.T12:
		f := offboarding.Farewell{ThanksFor: s.or("три года совместной работы", "three years of working together")}
		if s.whole {
			f.Consents = []string{"email", "phone"}
		}
		return f
	case offboarding.T13:
		return offboarding.SuccessorLetter{
			SuccessorName: s.or("Пётр Иванович", "Peter Lane"), ConsentRef: s.must("письмо от 12 ноября 2026 года", "letter of 12 November 2026"), QuestionsUntil: "2027-02-22",
			Contents: s.list([]string{"база 1С и регистры за три года", "первичные документы, 42 позиции по описи", "учётная политика"},
				[]string{"the accounting database and ledgers of three years", "primary documents, 42 items by inventory", "the accounting policy"}), Package: s.whole,
		}
	case offboarding.T13Q:
		return offboarding.SuccessorQuestion{SuccessorName: s.or("Пётр Иванович", "Peter Lane")}
	case offboarding.T14:
		return offboarding.Birthday{Occasion: map[bool]string{true: offboarding.OccasionBirthday, false: offboarding.OccasionCompanyDay}[s.whole]}
	case offboarding.T15:
		return offboarding.News{
			Topic: s.must("Новые сроки уведомлений с января", "New filing dates from January"),
			Text: s.must("С января уведомление об исчисленных налогах подают до 25-го числа дважды в месяц.\n\nЕсли отчётность теперь ведёт ваш специалист, перешлите ему это письмо.",
				"From January the notice of taxes due is filed twice a month, by the 25th.\n\nIf your own specialist does the reports now, please pass this letter on."),
		}
	case offboarding.T16:
		return offboarding.ReturnOffer{
			WhatChanged: s.must("Появилась небольшая услуга: только отчётность, без первичных документов", "There is a smaller service now: reports only, without primary documents"),
			Terms:       s.must("Для вас это 12 000 ₽ в месяц, без платы за подключение", "For you it would be £120 a month, with no joining fee"),
			ValidNote:   s.or("Условия сохраним до конца марта", "We keep these terms until the end of March"),
		}
	case offboarding.T17:
		w := offboarding.WelcomeBack{FirstStep: s.must("В понедельник Мария пришлёт план на первый месяц", "On Monday Mary will send a plan for the first month")}
		if s.whole {
			w.Restored = s.list([]string{"договор и реквизиты", "опись документов", "контакты"}, []string{"contract and details", "inventory of papers", "contacts"})
		}
		return w
	case offboarding.T18:
		return offboarding.SourceQuestion{Claim: s.must("говорят, что вы теряете документы", "people say that you lose documents")}
	case offboarding.T19:
		return offboarding.WhatChanged{Measure: s.must("Теперь у каждого отчёта два срока: наш внутренний — за пять дней до официального", "Every report now has two dates: our own comes five days before the official one"), Since: "2026-10-01"}
	case offboarding.T20:
		p := offboarding.CompanyParting{
			RefundBasis: s.must("оплата за декабрь, работы по которой мы не начинали", "the payment for December, for which no work has begun"), EffectiveOn: at(24),
			Alternatives: []offboarding.LetterAlternative{{
				Name: s.must("«Пример-Учёт»", "Sample Books"), WhatFor: s.must("Учёт для торговых компаний", "Bookkeeping for retailers"), Contact: "+7 900 000-00-00",
			}},
		}
		if s.whole {
			m := rub(2000000)
			p.Refund, p.RefundOn = &m, at(8)
		}
		return p
	case offboarding.T21:
		return offboarding.RefundNotice{Amount: rub(645050), Basis: s.must("предоплата за декабрь, п. 8.4 договора", "the prepayment for December, clause 8.4 of the contract"), PayOn: at(8)}
	case offboarding.T22:
		return offboarding.OptOutConfirmation{Channel: map[bool]string{true: "phone", false: "messenger"}[s.whole]}
	case offboarding.T23:
		return offboarding.Closing{Outcome: s.must("Мы пересчитали октябрь и вернули разницу, 6 450,50 ₽", "We recalculated October and returned the difference, £64.50")}
	case offboarding.I01:
		return offboarding.CallTask{Owner: owner, Due: due, Contact: s.or("+7 900 000-00-00", "+7 900 000-00-00")}
	case offboarding.I02:
		return offboarding.SaveTalk{Owner: owner, Due: due, Contact: s.or("+7 900 000-00-00", "+7 900 000-00-00"), ReasonLabel: s.or("Дорого или сократился бюджет", "Too expensive, or our budget shrank"), Proposal: s.or("Меньший объём: только отчётность", "A smaller scope: reports only")}
	case offboarding.I03:
		d := offboarding.InventoryDue{Owner: owner, ContractNo: s.or("15-К", "15-K"), ClientName: s.or("ООО «Вектор»", "Vector Ltd"), DueOn: at(31)}
		if s.whole {
			d.Missing = s.list([]string{"учётная политика"}, []string{"accounting policy"})
		}
		return d
	case offboarding.I04:
		d := offboarding.DeadlineAlert{Owner: owner, What: s.must("Передача дел", "Handover"), DueOn: at(8)}
		if s.whole {
			d.Percent, d.Missing = 75, s.list([]string{"регистры за 2025 год", "акт сверки"}, []string{"ledgers of 2025", "reconciliation"})
		}
		return d
	case offboarding.I05:
		a := offboarding.ApprovalRequest{Owner: owner, What: s.must("Итоговый расчёт", "The final settlement"), Due: due}
		if s.whole {
			a.Points = s.list([]string{"сумма больше обычного в 1,7 раза"}, []string{"the total is 1.7 times the usual one"})
		}
		return a
	case offboarding.I06:
		return offboarding.CoolingOffChecklist{Owner: owner, Until: due}
	case offboarding.I07:
		return offboarding.ReviewDue{Owner: owner, DueOn: at(8)}
	case offboarding.I08:
		return offboarding.LookIntoSignal{Owner: owner, Employee: s.must("Иван Примеров", "John Sample"), Period: s.must("III квартал 2026 года", "Q3 2026"), DueOn: at(8)}
	case offboarding.I09:
		return offboarding.OtherTask{Owner: owner, Due: due, Text: s.must("Клиент оспорил строку расчёта. Проверьте основание и ответьте в opendoor: строка остаётся или снимается.",
			"The client contests a line of the account. Check its basis and answer in opendoor: the line stands or is withdrawn.")}
	}
	return nil
}
