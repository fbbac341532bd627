package offboarding

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
)

// AdminMailPayload is the payload of EffectAdminMail.
type AdminMailPayload struct {
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// Between two mails to the administrator passes at least this much: what is
// found meanwhile goes into the next.
const adminMailEvery = 10 * time.Minute

// settingAdminMailAt is when the last mail to the administrator was ordered.
const settingAdminMailAt = "admin_mail_at"

// Tell orders one mail about everything that is new, over all accounts: when
// the house is on fire, one letter is enough.
func (w *Watchman) Tell(ctx context.Context) error {
	if w.mailTo == "" {
		return nil
	}
	now := w.now()
	return w.store.InTx(ctx, func(tx Store) error {
		last, err := tx.Setting(ctx, settingAdminMailAt)
		if err != nil && !IsKind(err, KindNotFound) {
			return err
		}
		if at, err := time.Parse(time.RFC3339, last); err == nil && now.Before(at.Add(adminMailEvery)) && !at.After(now) {
			return nil
		}
		open, err := tx.OpenProblems(ctx, nil)
		if err != nil {
			return err
		}
		told := slices.DeleteFunc(open, func(p *Problem) bool { return !p.tell(now) })
		if len(told) == 0 {
			return nil
		}
		return w.order(ctx, tx, told, now)
	})
}

func (w *Watchman) order(ctx context.Context, tx Store, told []*Problem, now time.Time) error {
	accounts := map[uuid.UUID]*Account{}
	for _, p := range told {
		if accounts[p.AccountID] == nil {
			acc, err := tx.Account(ctx, p.AccountID)
			if err != nil {
				return err
			}
			accounts[p.AccountID] = acc
		}
		p.MailedAt, p.ToldStage = now, p.Stage
		if err := tx.SaveProblem(ctx, p); err != nil {
			return err
		}
	}
	first := accounts[told[0].AccountID]
	payload := adminMail(told, accounts, w.publicURL)
	payload.To = w.mailTo
	// The key holds the first problem and when it was told: two processes that
	// look at once write one row.
	ef := NewEffect(first.ID, nil, EffectAdminMail, fmt.Sprintf("admin_mail:%s:%d", told[0].ID, now.UnixMicro()), now, payload)
	if err := tx.AddEffects(ctx, []Effect{ef}); err != nil {
		return err
	}
	if err := tx.SetSetting(ctx, settingAdminMailAt, now.UTC().Format(time.RFC3339)); err != nil {
		return err
	}
	return tx.Record(ctx, Audit{Stream: "system", Actor: ActorSystem, Kind: "admin_mail.ordered", Summary: fmt.Sprintf("the administrator is written to about problems: %d", len(told))})
}

// adminMail writes the letter in the language of its first account.
func adminMail(told []*Problem, accounts map[uuid.UUID]*Account, publicURL string) AdminMailPayload {
	slices.SortStableFunc(told, func(a, b *Problem) int {
		return strings.Compare(accounts[a.AccountID].Name, accounts[b.AccountID].Name)
	})
	lead := accounts[told[0].AccountID]
	names := make([]string, 0, len(accounts))
	for _, acc := range accounts {
		names = append(names, acc.Name)
	}
	slices.Sort(names)
	subject := lead.say("opendoor: нужно внимание — ", "opendoor: attention needed — ") + strings.Join(names[:min(len(names), 3)], ", ")
	if len(names) > 3 {
		subject += lead.say(" и другие", " and others")
	}
	var b strings.Builder
	b.WriteString(lead.say("Здравствуйте!\n\nПодключениям нужна ваша помощь.\n", "Hello,\n\nSome connections need your help.\n"))
	account := uuid.Nil
	for _, p := range told {
		acc := accounts[p.AccountID]
		if p.AccountID != account {
			account = p.AccountID
			fmt.Fprintf(&b, "\n%s (%s)\n", acc.Name, acc.Provider)
		}
		fmt.Fprintf(&b, "— %s\n", p.Text)
		if p.Advice != "" {
			fmt.Fprintf(&b, "  %s %s\n", lead.say("Что сделать:", "What to do:"), p.Advice)
		}
		fmt.Fprintf(&b, "  %s %s\n", lead.say("Замечено:", "Since:"), acc.showTime(p.Since))
	}
	b.WriteString(lead.say(
		"\nКлиентов это письмо не касается: им ничего не отправлено. О том же мы напомним не раньше чем через день, а когда всё наладится — замолчим сами.\nСостояние подключений: opendoor doctor или ",
		"\nNo client has received anything because of this. We remind of the same after a day at the earliest, and fall silent by ourselves once it is mended.\nState of the connections: opendoor doctor, or "))
	b.WriteString(publicURL + "/api/v1/accounts\n")
	return AdminMailPayload{Subject: oneLine(subject), Text: b.String()}
}

// oneLine makes a header of text: names of accounts are typed by people.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// Send sends a mail to the administrator. It is about the house, so neither an
// account's shadow mode nor the switch that stops letters to clients holds it.
func (w *Watchman) Send(ctx context.Context, ef *Effect, p AdminMailPayload) error {
	m := &Message{
		ID: ef.ID, AccountID: ef.AccountID, EffectID: ef.ID, Class: ClassService, Channel: ChannelEmail, To: p.To, From: w.mailFrom,
		Subject: p.Subject, Text: p.Text, HeaderID: ef.ID.String() + "@" + senderDomain(w.mailFrom),
	}
	err := w.mailer.Send(ctx, &Envelope{Message: m, EffectID: ef.ID}, func(ctx context.Context) error {
		return w.store.Fence(ctx, ef, FenceConditions{House: true})
	})
	if err != nil {
		return err // a lost answer is tried again under the same Message-ID
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return w.store.Finish(ctx, ef, EffectSent, "", m.HeaderID)
}
