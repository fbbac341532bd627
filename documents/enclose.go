package documents

import (
	"bytes"
	"context"
	"log/slog"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// Enclosing is a Mailer that puts the paper that belongs to a letter into it:
// the filled cancellation letter into T06, the account into T08. A paper that
// cannot be drawn keeps no letter back.
type Enclosing struct {
	offboarding.Mailer
	Store Rows
	Log   *slog.Logger
}

// Rows is what papers are drawn from.
type Rows interface {
	Case(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*offboarding.Case, error)
	Account(ctx context.Context, id uuid.UUID) (*offboarding.Account, error)
	SettlementOf(ctx context.Context, caseID uuid.UUID) (*offboarding.Settlement, error)
}

var _ offboarding.Mailer = Enclosing{}

// Send sends the letter with its paper.
func (e Enclosing) Send(ctx context.Context, m *offboarding.Envelope, fence offboarding.FenceFunc) error {
	if name := enclosed[m.Message.Template]; name != "" {
		pdf, err := e.paper(ctx, m.Message)
		if err != nil {
			e.Log.WarnContext(ctx, "the letter goes without its paper", "message_id", m.Message.ID, "err", err)
		} else {
			with := *m
			with.Attachments = append(with.Attachments, offboarding.Attachment{Name: name, Type: "application/pdf", Data: pdf})
			m = &with
		}
	}
	return e.Mailer.Send(ctx, m, fence)
}

var enclosed = map[string]string{offboarding.T06: "cancellation-letter.pdf", offboarding.T08: "settlement.pdf"}

func (e Enclosing) paper(ctx context.Context, m *offboarding.Message) ([]byte, error) {
	c, err := e.Store.Case(ctx, nil, m.CaseID)
	if err != nil {
		return nil, err
	}
	acc, err := e.Store.Account(ctx, m.AccountID)
	if err != nil {
		return nil, err
	}
	p := Cancellation(c, acc)
	if m.Template == offboarding.T08 {
		s, err := e.Store.SettlementOf(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		p = Settlement(&offboarding.SettlementView{Settlement: s, Case: c, Account: acc})
	}
	var b bytes.Buffer
	if err := p.WritePDF(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
