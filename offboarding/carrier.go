package offboarding

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
)

// Carrier puts a delivered package onto the deal's card: its link with the due
// date, and the file itself when the account wants it there.
type Carrier struct {
	store      Store
	up         Uploads
	connectors Connectors
	keys       *Keys
	publicURL  string
	now        func() time.Time
	log        *slog.Logger
}

// NewCarrier returns a carrier. publicURL is the base of every link.
func NewCarrier(store Store, up Uploads, connectors Connectors, keys *Keys, publicURL string, now func() time.Time, log *slog.Logger) *Carrier {
	return &Carrier{store: store, up: up, connectors: connectors, keys: keys, publicURL: strings.TrimRight(publicURL, "/"), now: now, log: log}
}

// CarryPayload is the payload of EffectCarry: which delivery, and to whom its
// link was sent.
type CarryPayload struct {
	Delivery int    `json:"delivery"`
	Email    string `json:"email"`
}

// carry orders the delivered package to be put onto the card.
func (c *Case) carry(h *Handover, email string, now time.Time) []Effect {
	if c.CRM.DealID == "" || c.CRM.Provider == Generic {
		return nil
	}
	ef := NewEffect(c.AccountID, &c.ID, EffectCarry, fmt.Sprintf("carry:%s:%d", c.ID, h.Delivery), now, CarryPayload{h.Delivery, email})
	ef.SerialKey = "carry:" + c.ID.String()
	return []Effect{ef}
}

// Carry does what an effect asks for. The package may have been built anew
// meanwhile; then the newer one is put there.
func (k *Carrier) Carry(ctx context.Context, ef *Effect, p CarryPayload) error {
	c, err := k.store.Case(ctx, nil, *ef.CaseID)
	if err != nil {
		return err
	}
	acc, err := k.store.Account(ctx, c.AccountID)
	if err != nil {
		return err
	}
	switch {
	case c.Mode != Live || acc.Mode != Live:
		return k.store.Finish(ctx, ef, EffectCancelled, "the account is in shadow mode: prepared, not written", "")
	case c.Held:
		return &Postpone{Until: k.now().Add(heldRecheck), Reason: ReasonHeld}
	}
	if why, err := k.store.Setting(ctx, SettingSendingPaused); err == nil {
		return &Postpone{Until: k.now().Add(killRecheck), Reason: "all sending is paused: " + why}
	}
	h, err := k.store.Handover(ctx, c.ID)
	if err != nil {
		return err
	}
	w, err := k.put(ctx, acc, c, h, p, func(ctx context.Context) error { return k.store.Fence(ctx, ef, FenceConditions{}) })
	if IsKind(err, KindGone) {
		return k.store.Finish(ctx, ef, EffectFailed, "the deal is not in the CRM any more", "")
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return k.store.InTx(ctx, func(tx Store) error {
		if w.Changed && !w.At.IsZero() {
			if err := tx.MarkWritten(ctx, []DealWrite{{c.AccountID, c.CRM.DealID, w.At}}); err != nil {
				return err
			}
		}
		return errors.Join(tx.Record(ctx, c.line(ActorSystem, "crm.handover", "the handover's link was written to the CRM", nil)), tx.Finish(ctx, ef, EffectSent, "", w.Ref))
	})
}

func (k *Carrier) put(ctx context.Context, acc *Account, c *Case, h *Handover, p CarryPayload, fence FenceFunc) (Written, error) {
	connector := k.connectors[acc.Provider]
	mark := marker(c, fmt.Sprintf("handover-%d", p.Delivery))
	b, err := k.store.Build(ctx, c.ID)
	if err != nil && !IsKind(err, KindNotFound) {
		return Written{}, err
	}
	var file *ItemFile
	if b != nil {
		file = b.File
	}
	text := k.text(acc, c, h, p, file)
	keeper, can := connector.(FileKeeper)
	if !can || !acc.Policy.HandoverFile || file == nil {
		return connector.PutNote(ctx, acc, c.CRM.DealID, mark, "", text, fence)
	}
	return keeper.PutFile(ctx, acc, c.CRM.DealID, CardFile{
		Marker: mark, Name: file.Name, ContentType: file.ContentType, Size: file.Size, Text: text,
		Open: func(ctx context.Context) (io.ReadCloser, error) { return k.up.open(ctx, file) },
	}, fence)
}

// text tells the manager what the client got: due date, link, checksum. The
// link opens nothing without the code that went to the client.
func (k *Carrier) text(acc *Account, c *Case, h *Handover, p CarryPayload, file *ItemFile) string {
	l := acc.Lang.Or(RU)
	link := k.publicURL + "/h/" + k.keys.LinkToken(PurposeHandover, c.ID, p.Email)
	lines := []string{
		fmt.Sprintf(pick(l, "Передача дел: %s. Срок: %s.", "Handover: %s. Due: %s."), strings.ToLower(handoverLabels[c.Tracks.Handover][l]), ShowDay(h.DueOn, l)),
		pick(l, "Страница клиента (код для входа у него): ", "The client's page (the code is with them): ") + link,
	}
	if file != nil {
		lines = append(lines, file.Name+", SHA-256 "+file.SHA256)
	}
	return strings.Join(lines, "\n")
}

// ShowDay is a day as people of the language write it.
func ShowDay(day string, l Lang) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil || l == EN {
		return day
	}
	return t.Format("02.01.2006")
}
