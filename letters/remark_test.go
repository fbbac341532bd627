package letters_test

import (
	"strings"
	"testing"
	"time"

	"opendoor/letters"
	"opendoor/offboarding"
)

func TestEventsGetANoteOfTheirOwnInBothLanguages(t *testing.T) {
	w, err := letters.New("")
	if err != nil {
		t.Fatal(err)
	}
	nine := 9
	c := &offboarding.Case{
		No: 17, State: offboarding.StateParted, Reason: offboarding.StatedReason{Code: "price.budget"},
		Tracks:      offboarding.Tracks{Handover: offboarding.HandoverAccepted, Settlement: offboarding.SettlementSettled},
		Answer:      &offboarding.Answer{Reason: "price.budget", NPS: &nine, Detail: "Сократили бюджет", KeepInTouch: []string{"email"}},
		Contract:    offboarding.Contract{Title: "Договор 12/24"},
		Responsible: offboarding.Responsible{Name: "Вера Образцова"},
		Dates:       offboarding.Dates{PartedAt: time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC), ReturnedAt: time.Date(2027, 5, 2, 9, 0, 0, 0, time.UTC)},
	}
	back := *c
	back.State = offboarding.StateReturned
	about := *c
	about.Answer = &offboarding.Answer{Reason: "price.budget", Detail: "Вера Образцова нам нагрубила"}
	late := offboarding.RemarkPayload{What: offboarding.RemarkDelay, Days: 3, Items: []string{"акт", "реестр"}, NewDate: "2026-12-01"}
	for name, test := range map[string]struct {
		p      offboarding.RemarkPayload
		c      *offboarding.Case
		ru, en string // parts, "|" between them; "!" before what must not stand there
	}{
		"answer":     {offboarding.RemarkPayload{What: offboarding.RemarkAnswer}, c, "Ответ на вопрос о причине:|«Сократили бюджет»|Оценка при расставании: 9.|Связь:", "Answer about the reason:|Score at parting: 9.|May keep in touch:"},
		"shielded":   {offboarding.RemarkPayload{What: offboarding.RemarkAnswer}, &about, "доступ у руководителя|!нагрубила|!бюджет", "the manager has access|!нагрубила"},
		"parted":     {offboarding.RemarkPayload{What: offboarding.RemarkParted}, c, "Расстались 3 ноября 2026: передача дел принята, расчёт закрыт. Дверь открыта.", "Parted on 3 November 2026: handover accepted, settlement settled. The door stays open."},
		"returned":   {offboarding.RemarkPayload{What: offboarding.RemarkReturned}, &back, "Клиент вернулся через 180 дн. Условия: Договор 12/24.", "The client came back after 180 d. Terms: Договор 12/24."},
		"late":       {late, c, "Передача дел просрочена на 3 дн.: акт, реестр. Клиент предупреждён, новая дата — 1 декабря 2026.", "The handover is late by 3 days: акт, реестр. The client has been told; the new date is 1 December 2026."},
		"late, bare": {offboarding.RemarkPayload{What: offboarding.RemarkDelay}, c, "просрочена на 1 дн.|!дн..|!новая дата", "late by 1 day.|!new date"},
	} {
		for lang, parts := range map[offboarding.Lang]string{offboarding.RU: test.ru, offboarding.EN: test.en} {
			got := strings.ReplaceAll(w.Remark(test.p, test.c, &offboarding.Account{Lang: lang, TimeZone: "UTC"}), "\u00a0", " ")
			for part := range strings.SplitSeq(parts, "|") {
				wanted := true
				if part[0] == '!' {
					part, wanted = part[1:], false
				}
				if strings.Contains(got, part) != wanted {
					t.Errorf("%s, %s: %q: %q should stand there: %v", name, lang, got, part, wanted)
				}
			}
		}
	}
	if done := w.TaskDone(c, &offboarding.Account{Lang: offboarding.EN}); !strings.Contains(done, "parted") {
		t.Errorf("the task says %q", done)
	}
}
