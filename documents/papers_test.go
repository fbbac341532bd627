package documents

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

func parting(lang offboarding.Lang) (*offboarding.Case, *offboarding.Account) {
	return &offboarding.Case{
		ID: offboarding.NewID(), No: 42, Client: offboarding.Client{Name: "ИП Примерова Анна Петровна", Lang: lang},
		Contract:    offboarding.Contract{Number: "12/24", Clause: "п. 8.2 договора", NoticeDays: 14},
		Dates:       offboarding.Dates{ReceivedAt: time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC), EffectiveOn: "2026-11-17"},
		Responsible: offboarding.Responsible{Name: "Мария Образцова"}, Tracks: offboarding.Tracks{Settlement: offboarding.SettlementSent},
	}, &offboarding.Account{Name: "ООО «Ромашка»", Lang: offboarding.RU, TimeZone: "Europe/Moscow"}
}

func accountOf(c *offboarding.Case, acc *offboarding.Account, minor int64) *offboarding.SettlementView {
	m := offboarding.Money{AmountMinor: minor, Currency: "RUB"}
	return &offboarding.SettlementView{Case: c, Account: acc, Settlement: &offboarding.Settlement{
		DueOn: "2026-11-11", UpdatedAt: c.Dates.ReceivedAt,
		Lines: []offboarding.SettlementLine{{Period: "2026-10", Kind: "Абонемент", Basis: "п. 4.1", Qty: "1.5", Price: m, Amount: m, Justification: "акт № 10"}},
	}}
}

func said(p *Paper) string {
	var b strings.Builder
	b.WriteString(p.Title)
	for _, x := range p.Blocks {
		switch x := x.(type) {
		case Text:
			b.WriteString("\n" + string(x))
		case Note:
			b.WriteString("\n" + string(x))
		case Pairs:
			for _, v := range x {
				b.WriteString("\n" + v[0] + " " + v[1])
			}
		case Table:
			for _, row := range x.Rows {
				b.WriteString("\n" + strings.Join(row, " | "))
			}
		}
	}
	return strings.ReplaceAll(b.String(), "\u00a0", " ")
}

func TestTheCancellationLetterIsFilledAndQuotesOnlyTheContract(t *testing.T) {
	c, acc := parting(offboarding.RU)
	if got := said(Cancellation(c, acc)); !strings.Contains(got, "Сообщаю о расторжении договора № 12/24, последний день — 17 ноября 2026 г.") || !strings.Contains(got, "Основание: п. 8.2 договора.") || strings.Contains(got, "г..") {
		t.Errorf("%s", got)
	}
	if got := Cancellation(c, acc).heading(); got != "Уведомление о расторжении договора № 12/24" {
		t.Errorf("it is called %q", got)
	}
	c.Contract = offboarding.Contract{NoticeDays: 30, Missing: true}
	if got := Cancellation(c, acc).heading(); got != "Уведомление о расторжении договора" {
		t.Errorf("without a number of the contract it is called %q", got)
	}
	if got := said(Cancellation(c, acc)); strings.Contains(got, "30") || strings.Contains(got, "Основание") {
		t.Errorf("a custom is quoted as a rule: %s", got)
	}
	c, acc = parting(offboarding.EN)
	if got := said(Cancellation(c, acc)); !strings.Contains(got, "contract No. 12/24, with the last day of service on 17 November 2026.") {
		t.Errorf("%s", got)
	}
	look(t, "cancellation.pdf", Cancellation(c, acc))
}

func TestTheAccountSaysWhatWhyAndHowMuch(t *testing.T) {
	c, acc := parting(offboarding.RU)
	got := said(Settlement(accountOf(c, acc, 124_050)))
	for _, want := range []string{"Финальный расчёт (проект)", "Абонемент, октябрь 2026.\nакт № 10 | п. 4.1 | 1,5 | 1 240,50 ₽", "одна тысяча двести сорок", "Срок оплаты: 11 ноября 2026 г.", "можно оспорить", "Мария Образцова"} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q: %s", want, got)
		}
	}
	if got := said(Settlement(accountOf(c, acc, -5000))); !strings.Contains(got, "мы возвращаем клиенту: 50 (пятьдесят) рублей") {
		t.Errorf("a refund: %s", got)
	}
	look(t, "settlement.pdf", Settlement(accountOf(c, acc, 124_050)))
}

func look(t *testing.T, name string, p *Paper) {
	t.Helper()
	data := pdf(t, p)
	if dir := os.Getenv("OPENDOOR_LOOK"); dir != "" {
		if err := os.WriteFile(dir+"/"+name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

type rows struct {
	c   *offboarding.Case
	acc *offboarding.Account
	s   *offboarding.Settlement
}

func (r rows) Case(context.Context, []uuid.UUID, uuid.UUID) (*offboarding.Case, error) {
	return r.c, nil
}

func (r rows) Account(context.Context, uuid.UUID) (*offboarding.Account, error) { return r.acc, nil }

func (r rows) SettlementOf(context.Context, uuid.UUID) (*offboarding.Settlement, error) {
	if r.s == nil {
		return nil, errors.New("the database is away")
	}
	return r.s, nil
}

type took struct{ papers []string }

func (m *took) Send(_ context.Context, e *offboarding.Envelope, _ offboarding.FenceFunc) error {
	for _, a := range e.Attachments {
		if !bytes.HasPrefix(a.Data, []byte("%PDF-")) {
			return errors.New("no PDF")
		}
		m.papers = append(m.papers, a.Name)
	}
	return nil
}

func TestALetterTakesItsPaperAlongAndGoesWithoutWhenThereIsNone(t *testing.T) {
	c, acc := parting(offboarding.RU)
	for template, want := range map[string][]string{offboarding.T06: {"cancellation-letter.pdf"}, offboarding.T08: {"settlement.pdf"}, offboarding.T01: nil} {
		m := &took{}
		e := Enclosing{Mailer: m, Store: rows{c, acc, accountOf(c, acc, 1).Settlement}, Log: slog.New(slog.DiscardHandler)}
		if err := e.Send(t.Context(), &offboarding.Envelope{Message: &offboarding.Message{Template: template}}, nil); err != nil || strings.Join(m.papers, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %v, %v", template, m.papers, err)
		}
	}
	m := &took{}
	e := Enclosing{Mailer: m, Store: rows{c: c, acc: acc}, Log: slog.New(slog.DiscardHandler)}
	if err := e.Send(t.Context(), &offboarding.Envelope{Message: &offboarding.Message{Template: offboarding.T08}}, nil); err != nil || len(m.papers) != 0 {
		t.Errorf("a letter was kept back: %v", err)
	}
}
