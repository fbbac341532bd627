package letters

import (
	"strings"
	"testing"
	"time"

	"opendoor/offboarding"
	"opendoor/offboarding/tone"
)

func leaving() *offboarding.Case {
	seven := 7
	return &offboarding.Case{
		No: 128, State: offboarding.StateLeaving, Initiator: offboarding.ByClient,
		Reason:         offboarding.StatedReason{Code: "agreement.deadline", Source: "survey"},
		ServiceRelated: offboarding.ServiceYes,
		Client:         offboarding.Client{Name: "Анна Сергеевна", Email: "client@example.com", Phone: "+7 900 000-45-67"},
		Company:        offboarding.Named{Name: "ООО «Вектор»"},
		Contract:       offboarding.Contract{Number: "15-К"},
		Responsible:    offboarding.Responsible{Name: "Мария Котова"},
		Tracks:         offboarding.Tracks{Handover: offboarding.HandoverCollecting, Settlement: offboarding.SettlementDraft, Survey: offboarding.SurveyAnswered},
		Dates: offboarding.Dates{
			EffectiveOn: "2026-12-24",
			CallBy:      time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC),
		},
		Answer: &offboarding.Answer{
			Reason: "agreement", NPS: &seven, Detail: "Обещали к пятнице,\nсдали через месяц",
			Liked: "Вежливые", KeepInTouch: []string{"phone", "email"},
		},
		Note: "сказали по телефону, что нашли других",
	}
}

func account(lang offboarding.Lang) *offboarding.Account {
	return &offboarding.Account{Lang: lang, TimeZone: "Europe/Moscow"}
}

func spaced(s string) string { return strings.ReplaceAll(s, nbsp, " ") }

func TestSummarySaysWhatIsKnown(t *testing.T) {
	tests := map[string]struct {
		lang   offboarding.Lang
		change func(*offboarding.Case)
		want   string
	}{
		"leaving, in Russian": {
			offboarding.RU, func(*offboarding.Case) {},
			`Уход клиента № 128. Состояние: уходит. Инициатор: клиент. Причина: вышло не так, как договаривались / сорваны сроки. ` +
				`С качеством работы: связано. Дата прекращения: 24 декабря 2026. Передача дел: собирается. Расчёт: черновик. ` +
				`Следующий шаг: передать дела и закрыть расчёт — Мария Котова, до 24 декабря 2026.
Ответ на вопрос о причине: вышло не так, как договаривались. «Обещали к пятнице, сдали через месяц» Что было хорошо: «Вежливые» Оценка при расставании: 7. Связь: письмом, по телефону.`,
		},
		"leaving, in English": {
			offboarding.EN, func(*offboarding.Case) {},
			`Client leaving, No. 128. State: leaving. Initiator: the client. Reason: things did not go as agreed / deadlines were missed. ` +
				`About the quality of our work: yes. Last day: 24 December 2026. Handover: being collected. Settlement: draft. ` +
				`Next step: hand over and settle the account — Мария Котова, by 24 December 2026.
Answer about the reason: things did not go as agreed. “Обещали к пятнице, сдали через месяц” What was good: “Вежливые” Score at parting: 7. May keep in touch: by e-mail, by phone.`,
		},
		"just opened, nothing known": {offboarding.RU, func(c *offboarding.Case) {
			*c = offboarding.Case{
				No: 3, State: offboarding.StateListening, Initiator: offboarding.ByClient,
				Dates: offboarding.Dates{CallBy: c.Dates.CallBy},
			}
		}, `Уход клиента № 3. Состояние: слушаем. Инициатор: клиент. Следующий шаг: поговорить с клиентом, до 18:00 вторника, 24 ноября.`},
		"only the CRM names a reason": {offboarding.RU, func(c *offboarding.Case) {
			*c = offboarding.Case{No: 3, State: offboarding.StateListening, CRM: offboarding.CRMLink{LossReason: "Дорого"}}
		}, `Уход клиента № 3. Состояние: слушаем. Причина: Дорого. Следующий шаг: поговорить с клиентом.`},
		"returned": {offboarding.RU, func(c *offboarding.Case) {
			*c = offboarding.Case{No: 3, State: offboarding.StateReturned, Dates: offboarding.Dates{
				PartedAt: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), ReturnedAt: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC),
			}}
		}, `Уход клиента № 3. Состояние: вернулся. Клиент вернулся через 180 дн.`},
		"would rather not answer": {offboarding.RU, func(c *offboarding.Case) {
			*c = offboarding.Case{
				No: 3, State: offboarding.StateParted, Tracks: offboarding.Tracks{Survey: offboarding.SurveyDeclined},
				Dates: offboarding.Dates{PartedAt: time.Date(2026, 6, 1, 22, 0, 0, 0, time.UTC)},
			}
		}, "Уход клиента № 3. Состояние: расстались. Расстались 2 июня 2026.\nКлиент предпочёл не отвечать на вопрос о причине."},
	}
	w := writer(t)
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c := leaving()
			tc.change(c)
			if got := spaced(w.Summary(c, account(tc.lang))); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

// TestConflictShield is domain §11: a client must be able to complain without
// the subject reading it first.
func TestConflictShield(t *testing.T) {
	tests := map[string]func(*offboarding.Case){
		"the reason is a person":   func(c *offboarding.Case) { c.Reason.Code, c.Answer.Reason = "people.rude", "people" },
		"only the answer said so":  func(c *offboarding.Case) { c.Reason.Code, c.Answer.Reason = "other.text", "people" },
		"the cause is a destroyer": func(c *offboarding.Case) { c.Cause = "destroyer" },
		"the text names the responsible": func(c *offboarding.Case) {
			c.Answer.Detail = "После звонка Котовой работать не хочется"
		},
		"the comment names them": func(c *offboarding.Case) {
			c.Answer.Comment = "Марии передайте: сдали через месяц"
		},
	}
	w := writer(t)
	for name, change := range tests {
		for _, lang := range both {
			t.Run(name+" "+string(lang), func(t *testing.T) {
				c := leaving()
				change(c)
				acc := account(lang)
				all := w.Summary(c, acc)
				for _, what := range []string{TaskCall, TaskAnswered, TaskUndeliverable, TaskBlocked} {
					all += "\n" + w.Task(what, c, acc)
				}
				all = spaced(all)
				for _, secret := range []string{c.Answer.Detail, c.Answer.Comment, "через месяц", "Котовой", "сотрудник", "someone on the team", "грубость", "rudeness", "нашли других"} {
					if secret != "" && strings.Contains(all, secret) {
						t.Errorf("%q is told:\n%s", secret, all)
					}
				}
				if !strings.Contains(all, in(lang, "записана, доступ у руководителя", "on record, the manager has access")) {
					t.Errorf("nobody is told that there is a reason:\n%s", all)
				}
			})
		}
	}
}

// A task goes to its person in a letter, and every letter is judged.
func TestNoTaskIsStoppedByTheToneGuard(t *testing.T) {
	for name, text := range lifeTasks {
		for _, lang := range both {
			said := word(lifeTasks, name, lang)
			for _, intent := range []string{"", "final"} {
				if name == "save_talk" && intent == "final" {
					continue // such a talk is never asked for
				}
				if r := tone.Check(tone.Letter{Text: said, Lang: string(lang), Intent: intent}); r.Verdict == tone.Block {
					t.Errorf("%s in %s: %+v in %q", name, lang, r.Findings, text)
				}
			}
		}
	}
}

func TestTasksSayWhatToDo(t *testing.T) {
	tests := map[string]struct {
		what   string
		lang   offboarding.Lang
		change func(*offboarding.Case)
		want   []string
		not    []string
	}{
		"call, in Russian": {
			TaskCall, offboarding.RU, nil,
			[]string{"Позвоните клиенту до 18:00 вторника, 24 ноября.", "уход № 128, Анна Сергеевна, +7 900 000-45-67, ООО «Вектор», договор № 15-К", "сорваны сроки", "нашли других"},
			nil,
		},
		"call, in English": {
			TaskCall, offboarding.EN, nil,
			[]string{"Call the client by 18:00 on Tuesday, 24 November.", "leaving No. 128", "contract No. 15-К"},
			[]string{"Позвоните"},
		},
		"call without a phone": {
			TaskCall, offboarding.RU, func(c *offboarding.Case) { c.Client.Phone = "" },
			[]string{"Напишите клиенту до 18:00 вторника"},
			[]string{"Позвоните"},
		},
		"call with nothing known": {
			TaskCall, offboarding.RU, func(c *offboarding.Case) { *c = offboarding.Case{No: 4} },
			[]string{"Позвоните клиенту в течение одного рабочего дня.", "Клиент: уход № 4."},
			[]string{"Причина", "«»", ", ,", ": ."},
		},
		"a final decision is not argued with": {
			TaskAnswered, offboarding.RU, func(c *offboarding.Case) { c.Intent = offboarding.IntentFinal },
			[]string{"решение окончательное, не отговаривайте"},
			nil,
		},
		"answered: agreement": {
			TaskAnswered, offboarding.RU, nil,
			[]string{"Клиент ответил о причине ухода: вышло не так, как договаривались / сорваны сроки.", "извинитесь один раз"},
			nil,
		},
		"answered: no known reason": {
			TaskAnswered, offboarding.EN, func(c *offboarding.Case) { c.Reason.Code = "other" },
			[]string{"another reason", "read the whole answer"},
			nil,
		},
		"no address at all": {
			TaskUndeliverable, offboarding.RU, func(c *offboarding.Case) { c.Client.Email = "" },
			[]string{"нет адреса почты", "по телефону +7 900 000-45-67"},
			nil,
		},
		"the letter came back": {
			TaskUndeliverable, offboarding.EN, nil,
			[]string{"did not reach client@example.com", "Ask by phone"},
			nil,
		},
		"neither address nor phone": {
			TaskUndeliverable, offboarding.RU, func(c *offboarding.Case) { c.Client.Email, c.Client.Phone = "", "" },
			[]string{"Телефона тоже нет"},
			[]string{"Спросите"},
		},
		"blocked":                   {TaskBlocked, offboarding.RU, nil, []string{"проверку тона", "№ 128"}, nil},
		"a task of a later version": {"something", offboarding.EN, nil, []string{"a person is needed", "No. 128"}, nil},
	}
	w := writer(t)
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c := leaving()
			if tc.change != nil {
				tc.change(c)
			}
			got := spaced(w.Task(tc.what, c, account(tc.lang)))
			for _, s := range tc.want {
				if !strings.Contains(got, s) {
					t.Errorf("%q is not in:\n%s", s, got)
				}
			}
			for _, s := range append(tc.not, "!", "  ", "%!") {
				if strings.Contains(got, s) {
					t.Errorf("%q is in:\n%s", s, got)
				}
			}
		})
	}
}

// Who spoke badly of us is for the restricted record alone (domain §4.1, §11).
func TestWordsThatMayNameASourceAreNotQuoted(t *testing.T) {
	for name, change := range map[string]func(*offboarding.Case){
		"the reason is what was heard": func(c *offboarding.Case) {
			c.Reason.Code, c.Answer.Reason, c.Answer.Detail = "reputation", "reputation", "Директор «Лютика»: теряете документы"
		},
		"the words say so": func(c *offboarding.Case) {
			c.Answer.Comment = "Мне сказали в «Лютике», что вы теряете документы"
		},
		"a source is named": func(c *offboarding.Case) {
			c.Answer.HeardFrom, c.Answer.Detail = "Лютик", "«Лютик» говорит разное"
		},
	} {
		for _, lang := range both {
			c := leaving()
			change(c)
			w := writer(t)
			said := spaced(w.Summary(c, account(lang)) + w.Remark(offboarding.RemarkPayload{What: offboarding.RemarkAnswer}, c, account(lang)))
			if strings.Contains(said, "Лютик") || strings.Contains(said, "документы") {
				t.Errorf("%s, %s: %s", name, lang, said)
			}
			if !strings.Contains(said, in(lang, "в opendoor", "in opendoor")) {
				t.Errorf("%s, %s: nobody is told where to read on: %s", name, lang, said)
			}
		}
	}
}

func TestALongAnswerIsCutNotLost(t *testing.T) {
	c := leaving()
	c.Answer.Detail = strings.Repeat("слово ", 400)
	got := writer(t).Summary(c, account(offboarding.RU))
	if n := len([]rune(got)); n > 1200 || !strings.Contains(got, "…»") {
		t.Errorf("the note has %d characters", n)
	}
}
