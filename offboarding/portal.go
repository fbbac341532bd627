package offboarding

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// This file is what the client and the successor may do in the portal.

// Times of the portal.
const (
	codeLife        = 30 * time.Minute
	firstCodeLife   = 14 * 24 * time.Hour // the one that goes with the delivery
	codeGap         = time.Minute         // between two codes
	codesPerDay     = 10
	codeTries       = 5
	sessionLife     = 30 * 24 * time.Hour
	sessionsMost    = 10
	questionsMost   = 300
	answerWithin    = 2 // business days (domain §7.5)
	questionWindow  = 60
	portalTextMost  = 4000
	acceptanceWaits = 5 // business days until the reminder
)

// Guest is somebody who opened a portal link.
type Guest struct {
	Folder  *Folder
	Pass    *Pass
	Known   bool // has given the code in this browser
	Expired bool
}

// Welcome finds what a portal token leads to; session is what the browser
// remembers. Unknown, foreign and revoked tokens are all ErrNotFound.
func (k *Clerk) Welcome(ctx context.Context, token, session string) (*Guest, error) {
	if !k.keys.ProveLink(PurposeHandover, token) {
		return nil, ErrNotFound
	}
	l, err := k.store.LinkByHash(ctx, HashToken(token))
	if err != nil {
		return nil, err
	}
	if l.Purpose != PurposeHandover {
		return nil, ErrNotFound
	}
	f, err := k.show(ctx, nil, l.CaseID, k.whole)
	if err != nil {
		return nil, err
	}
	g := f.Handover.grant(l.Recipient)
	if g == nil || !g.RevokedAt.IsZero() {
		return nil, ErrNotFound
	}
	if s := f.Handover.Successor; g.Role == GrantSuccessor && (s == nil || !s.WithdrawnAt.IsZero()) {
		return nil, ErrNotFound
	}
	now := k.now()
	return &Guest{Folder: f, Pass: g, Known: g.knows(session, now), Expired: !now.Before(g.ExpiresAt)}, nil
}

func (g *Pass) knows(session string, now time.Time) bool {
	if session == "" {
		return false
	}
	hash, known := HashToken(session), 0
	for _, s := range g.Sessions {
		if now.Before(s.Until) {
			known |= subtle.ConstantTimeCompare(s.Hash, hash)
		}
	}
	return known == 1
}

// open makes or renews the grant of an address, with a code.
func (k *Clerk) open(ctx context.Context, tx Store, f *Folder, r DeliverRequest) (*Opening, error) {
	now := k.now()
	g := f.Handover.grant(r.Email)
	if g == nil {
		g = &Pass{Role: r.To, Email: r.Email}
		f.Handover.Passes = append(f.Handover.Passes, g)
	}
	g.Role, g.GivenAt, g.ExpiresAt, g.RevokedAt = r.To, now.UTC(), now.Add(handoverLinkLife).UTC(), time.Time{}
	g.Name = f.Case.Client.Name
	if r.To == GrantSuccessor {
		g.Name = f.Handover.Successor.Name
	}
	token := k.keys.LinkToken(PurposeHandover, f.Case.ID, r.Email)
	err := tx.AddLink(ctx, &Link{
		ID: NewID(), AccountID: f.Case.AccountID, CaseID: f.Case.ID, Purpose: PurposeHandover, Recipient: r.Email,
		TokenHash: HashToken(token), ExpiresAt: g.ExpiresAt,
	})
	if err != nil {
		return nil, err
	}
	code, err := k.newCode(f, g, firstCodeLife, false)
	if err != nil {
		return nil, err
	}
	return &Opening{Link: k.publicURL + "/h/" + token, Code: code, ExpiresAt: g.ExpiresAt, Pass: g}, nil
}

// newCode gives the grant a fresh code of six digits.
func (k *Clerk) newCode(f *Folder, g *Pass, life time.Duration, forSign bool) (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	code, now := fmt.Sprintf("%06d", n.Int64()), k.now()
	g.Code = &Code{Hash: k.keys.CodeHash(f.Case.ID, g.Email, code), Until: now.Add(life).UTC(), ForSign: forSign}
	g.Codes = append(slices.DeleteFunc(g.Codes, func(t time.Time) bool { return t.Before(now.Add(-24 * time.Hour)) }), now.UTC())
	return code, nil
}

// tell sends link and code by two letters.
func (k *Clerk) tell(ctx context.Context, tx Store, f *Folder, r DeliverRequest, d *Opening) error {
	now, c, h := k.now(), f.Case, f.Handover
	to := &Recipient{Name: d.Pass.Name, Email: r.Email}
	occasion := fmt.Sprintf("%d", h.Delivery)
	l := Letter{Template: T09, Due: now, Occasion: occasion, To: to, AtOnce: true, Vars: HandoverDelivery{
		InventoryNo: fmt.Sprint(c.No), ItemsCount: len(handedOver(f.Items)), DueOn: h.DueOn, OpenMatters: h.matters(),
	}}
	if r.To == GrantSuccessor {
		h.SuccessorAt = now.UTC()
		if err := tx.AddEffects(ctx, c.successorTimer(f.Account, h)); err != nil {
			return err
		}
		l = Letter{Template: T13, Due: now, Occasion: occasion, To: to, Vars: SuccessorLetter{
			SuccessorName: h.Successor.Name, ConsentRef: consentRef(h.Successor, c.Lang(f.Account), f.Account.Location()),
			Contents: titlesFor(h.Successor, f.Items), QuestionsUntil: AddDays(Day(now, f.Account.Location()), questionWindow), Package: true,
		}}
	}
	letters := []ordered{c.order(f.Account, l), c.order(f.Account, Letter{Template: T9C, Due: now, Occasion: occasion, To: to, Vars: HandoverCode{Code: d.Code}})}
	return post(ctx, tx, letters...)
}

func (h *Handover) matters() []OpenMatter {
	out := make([]OpenMatter, 0, len(h.OpenMatters))
	for _, m := range h.OpenMatters {
		out = append(out, OpenMatter{What: m.What, By: m.Deadline, Who: m.Who})
	}
	return out
}

func plainAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

func titlesFor(n *Newcomer, items []*Item) []string {
	var out []string
	for _, it := range items {
		if n.Allows(it) && it.There() {
			out = append(out, it.Title)
		}
	}
	const most = 30
	if len(out) > most {
		out = out[:most]
	}
	return out
}

func consentRef(n *Newcomer, lang Lang, loc *time.Location) string {
	day := n.ConsentAt.In(loc).Format("02.01.2006")
	if lang == EN {
		return "the consent of " + day
	}
	return "согласие от " + day
}

// guestChange changes a handover on behalf of a guest.
func (k *Clerk) guestChange(ctx context.Context, g *Guest, fn func(tx Store, f *Folder, grant *Pass) error) error {
	return k.guestChangeIn(ctx, g, k.folder, fn)
}

// guestChangeIn is guestChange of as much as filling reads.
func (k *Clerk) guestChangeIn(ctx context.Context, g *Guest, filling filling, fn func(tx Store, f *Folder, grant *Pass) error) error {
	_, err := k.changeIn(ctx, nil, g.Folder.Case.ID, filling, func(tx Store, f *Folder) error {
		grant := f.Handover.grant(g.Pass.Email)
		if grant == nil || !grant.RevokedAt.IsZero() {
			return ErrNotFound
		}
		return fn(tx, f, grant)
	})
	return err
}

// SendCode sends another code to the guest's own address.
func (k *Clerk) SendCode(ctx context.Context, g *Guest, forSign bool) error {
	return k.guestChange(ctx, g, func(tx Store, f *Folder, grant *Pass) error {
		now := k.now()
		recent := slices.DeleteFunc(slices.Clone(grant.Codes), func(t time.Time) bool { return t.Before(now.Add(-24 * time.Hour)) })
		if n := len(recent); n >= codesPerDay || n > 0 && !forSign && now.Before(recent[n-1].Add(codeGap)) {
			return Rule("codes_too_often", "a code was sent a moment ago")
		}
		code, err := k.newCode(f, grant, codeLife, forSign)
		if err != nil {
			return err
		}
		l := f.Case.order(f.Account, Letter{
			Template: T9C, Due: now, Occasion: fmt.Sprintf("code-%d", now.UnixNano()), To: &Recipient{grant.Name, grant.Email}, AtOnce: true, Vars: HandoverCode{Code: code},
		})
		if err := post(ctx, tx, l); err != nil {
			return err
		}
		return tx.Record(ctx, f.Case.line(guestActor(grant), "handover.code_sent", "a code was sent to the "+string(grant.Role), nil))
	})
}

func guestActor(g *Pass) Actor {
	if g.Role == GrantSuccessor {
		return ActorSuccessor
	}
	return ActorClient
}

// ActorSuccessor is who took over, in the portal.
const ActorSuccessor Actor = "successor"

// ErrCode says that a code is wrong, old or tried too often.
var ErrCode = Rule("code_wrong", "the code is wrong or too old")

// prove checks a code and counts the try. A good code is used up.
func (k *Clerk) prove(f *Folder, g *Pass, code string, forSign bool) bool {
	code = strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, code)
	c := g.Code
	if c == nil || c.ForSign != forSign || c.Tries >= codeTries || !k.now().Before(c.Until) {
		return false
	}
	c.Tries++
	if subtle.ConstantTimeCompare(c.Hash, k.keys.CodeHash(f.Case.ID, g.Email, code)) != 1 {
		return false
	}
	g.Code = nil
	return true
}

// Enter takes the code and returns what the browser is to remember. A wrong
// code is ErrCode; the try counts all the same.
func (k *Clerk) Enter(ctx context.Context, g *Guest, code string) (string, error) {
	session, good := rand.Text(), false
	err := k.guestChange(ctx, g, func(tx Store, f *Folder, grant *Pass) error {
		now := k.now()
		if good = k.prove(f, grant, code, false); !good {
			return tx.Record(ctx, f.Case.line(guestActor(grant), "handover.code_refused", "a wrong code was given", nil))
		}
		grant.Sessions = append(slices.DeleteFunc(grant.Sessions, func(s Session) bool { return !now.Before(s.Until) }), Session{HashToken(session), now.Add(sessionLife).UTC()})
		if len(grant.Sessions) > sessionsMost {
			grant.Sessions = grant.Sessions[len(grant.Sessions)-sessionsMost:]
		}
		if grant.OpenedAt.IsZero() {
			grant.OpenedAt = now.UTC()
		}
		return tx.Record(ctx, f.Case.line(guestActor(grant), "handover.opened", "the "+string(grant.Role)+" opened the handover", nil))
	})
	if err == nil && !good {
		err = ErrCode
	}
	return session, err
}

// Sees reports whether the guest may see the item.
func (g *Guest) Sees(it *Item) bool {
	if g.Pass.Role == GrantSuccessor {
		return g.Folder.Handover.Successor.Allows(it)
	}
	return it.HandedOver()
}

// ShowsAccount reports whether the guest is the client and the final account
// has been sent to them.
func (g *Guest) ShowsAccount() bool {
	switch g.Folder.Case.Tracks.Settlement {
	case SettlementSent, SettlementAgreed, SettlementDisputed, SettlementSettled:
		return g.Pass.Role == GrantClient
	}
	return false
}

// Items lists what the guest may see.
func (g *Guest) Items() []*Item {
	return slices.DeleteFunc(slices.Clone(g.Folder.Items), func(it *Item) bool { return !g.Sees(it) })
}

// File returns the file of an item that the guest may have.
func (g *Guest) File(itemID uuid.UUID) (*Item, error) {
	it, err := g.Folder.item(itemID)
	if err != nil || !g.Sees(it) || it.File == nil || !it.There() {
		return nil, ErrNotFound
	}
	return it, nil
}

// Downloaded notes that the guest began to download something.
func (k *Clerk) Downloaded(ctx context.Context, g *Guest, what string) error {
	return k.store.Record(ctx, g.Folder.Case.line(guestActor(g.Pass), "handover.downloaded", "the "+string(g.Pass.Role)+" downloads "+what, nil))
}

// Acknowledge records what the client says about one item. Only a person says
// so; what is disputed stops nothing else.
func (k *Clerk) Acknowledge(ctx context.Context, g *Guest, itemID uuid.UUID, r Receipt, remark string) error {
	remark = cutText(remark)
	switch r {
	case ReceiptReceived, ReceiptMissing, ReceiptUnreadable, ReceiptRemark:
	default:
		return Invalid("unknown receipt", FieldError{"receipt", "received, missing, unreadable or remark"})
	}
	if r == ReceiptRemark && remark == "" {
		return Invalid("a remark has words", FieldError{"remark", "what is wrong"})
	}
	return k.guestChangeIn(ctx, g, k.some([]uuid.UUID{itemID}), func(tx Store, f *Folder, grant *Pass) error {
		if grant.Role != GrantClient {
			return Rule("only_the_client_accepts", "only the client accepts; a successor may ask")
		}
		it, err := f.item(itemID)
		if err != nil || !it.HandedOver() {
			return ErrNotFound
		}
		if f.Handover.Acceptance != nil {
			return Rule("already_signed", "the act is signed already; write to us if something has turned up")
		}
		it.Receipt, it.Remark, it.RemarkedAt = r, remark, k.now().UTC()
		f.Case.hears(f.Account, remark)
		switch {
		case r == ReceiptReceived && it.There():
			it.Status = ItemAccepted
		case it.There():
			it.Status = ItemRemarked
		}
		if err := tx.SaveItem(ctx, it); err != nil {
			return err
		}
		if r != ReceiptReceived {
			if err := tx.AddEffects(ctx, f.Case.ask(fmt.Sprintf("handover-remark-%s-%d", it.ID, k.now().Unix()), k.now(), f.Account.Calendar().Add(k.now(), answerWithin, f.Account.Location()),
				remarkTask(f, it))); err != nil {
				return err
			}
		}
		return tx.Record(ctx, f.Case.line(ActorClient, "handover.receipt", "item "+fmt.Sprint(it.Pos)+": "+string(r), nil))
	})
}

func cutText(s string) string {
	s = strings.TrimSpace(strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > portalTextMost {
		s = string(r[:portalTextMost])
	}
	return s
}

// ask orders a task for a person with words of its own.
func (c *Case) ask(what string, now, due time.Time, text string) []Effect {
	return c.orderTask(TaskPayload{What: what, Due: due.UTC(), Text: text}, now)
}

func remarkTask(f *Folder, it *Item) string {
	if f.Account.Lang.Or(RU) == EN {
		return fmt.Sprintf("A remark about the handover: «%s». Answer within two business days.", it.Title)
	}
	return fmt.Sprintf("Замечание к передаче дел: «%s». Ответьте в течение двух рабочих дней.", it.Title)
}

// Ask puts a question. The answer is promised within two business days.
func (k *Clerk) Ask(ctx context.Context, g *Guest, itemID *uuid.UUID, text string) error {
	text = cutText(text)
	if text == "" {
		return Invalid("a question has words", FieldError{"text", "what you would like to know"})
	}
	return k.guestChange(ctx, g, func(tx Store, f *Folder, grant *Pass) error {
		h, now := f.Handover, k.now()
		if !(&Guest{Folder: f, Pass: grant}).MayAsk(now) {
			return errWindowOver
		}
		if len(h.Questions) >= questionsMost {
			return Rule("too_many_questions", "there are very many questions already; please call us")
		}
		if itemID != nil {
			it, err := f.item(*itemID)
			if err != nil || !(&Guest{Folder: f, Pass: grant}).Sees(it) {
				return ErrNotFound
			}
		}
		by := f.Account.Calendar().Add(now, answerWithin, f.Account.Location()).UTC()
		q := &Question{ID: NewID(), ItemID: itemID, Asker: grant.Role, Text: text, At: now.UTC(), AnswerBy: by}
		h.Questions = append(h.Questions, q)
		f.Case.hears(f.Account, text)
		follow := append(f.Case.ask("handover-question-"+q.ID.String(), now, by, questionTask(f, q)), f.Case.answerTimer(q))
		if err := tx.AddEffects(ctx, follow); err != nil {
			return err
		}
		return tx.Record(ctx, f.Case.line(guestActor(grant), "handover.question", "the "+string(grant.Role)+" asks a question", map[string]string{"answer_by": by.Format(time.RFC3339)}))
	})
}

func questionTask(f *Folder, q *Question) string {
	text := []rune(q.Text)
	if f.Case.Shielded() { // the task hangs on a card that the responsible may open
		return pick(f.Account.Lang.Or(RU), "Вопрос о передаче дел. Прочитайте его в opendoor и ответьте в течение двух рабочих дней.",
			"A question about the handover. Read it in opendoor and answer within two business days.")
	}
	if len(text) > 300 {
		text = append(text[:300], '…')
	}
	if f.Account.Lang.Or(RU) == EN {
		return "A question about the handover: “" + string(text) + "”. Answer in opendoor within two business days."
	}
	return "Вопрос о передаче дел: «" + string(text) + "». Ответьте в opendoor в течение двух рабочих дней."
}

// AnswerQuestion answers a question of the portal.
func (k *Clerk) AnswerQuestion(ctx context.Context, scope []uuid.UUID, caseID, questionID uuid.UUID, answer string, by Actor) (*Folder, error) {
	answer = cutText(answer)
	if answer == "" {
		return nil, Invalid("an answer has words", FieldError{"answer", "what is answered"})
	}
	return k.change(ctx, scope, caseID, func(tx Store, f *Folder) error {
		for _, q := range f.Handover.Questions {
			if q.ID == questionID {
				q.Answer, q.AnsweredAt, q.AnsweredBy = answer, k.now().UTC(), by
				if err := answered(ctx, tx, f.Case, q.ID); err != nil {
					return err
				}
				if err := tx.AddEffects(ctx, f.Case.taskDone(k.now(), "handover-question-"+q.ID.String())); err != nil {
					return err
				}
				return tx.Record(ctx, f.Case.line(by, "handover.question_answered", "a question of the portal was answered", nil))
			}
		}
		return ErrNotFound
	})
}

// Questions lists the thread that the guest may see: a successor's own, and
// the client's own.
func (g *Guest) Questions() []*Question {
	return slices.DeleteFunc(slices.Clone(g.Folder.Handover.Questions), func(q *Question) bool { return q.Asker != g.Pass.Role })
}

// MoreTime asks a person to let an expired link live longer.
func (k *Clerk) MoreTime(ctx context.Context, g *Guest) error {
	return k.guestChange(ctx, g, func(tx Store, f *Folder, grant *Pass) error {
		now := k.now()
		if now.Before(f.Handover.MoreTimeAt.Add(24 * time.Hour)) {
			return nil // asked already
		}
		f.Handover.MoreTimeAt = now.UTC()
		text := "Клиент просит продлить доступ к передаче дел: выдайте новую ссылку."
		if f.Account.Lang.Or(RU) == EN {
			text = "The client asks for more time with the handover: open the link again."
		}
		if err := tx.AddEffects(ctx, f.Case.ask(fmt.Sprintf("handover-more-time-%d", now.Unix()), now, callBy(f.Account, now), text)); err != nil {
			return err
		}
		return tx.Record(ctx, f.Case.line(guestActor(grant), "handover.more_time", "the "+string(grant.Role)+" asks for more time", nil))
	})
}

// Revoke closes the portal to an address at once.
func (k *Clerk) Revoke(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, email string, by Actor) error {
	_, err := k.change(ctx, scope, caseID, func(tx Store, f *Folder) error {
		g := f.Handover.grant(email)
		if g == nil {
			return ErrNotFound
		}
		g.RevokedAt, g.Sessions, g.Code = k.now().UTC(), nil, nil
		return tx.Record(ctx, f.Case.line(by, "handover.revoked", "the "+string(g.Role)+"'s link was revoked", nil))
	})
	return err
}

// Consent records that the client agrees to a successor. by is the client in
// the portal, or a person who holds the paper.
func (k *Clerk) Consent(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, n Newcomer, by Actor) (*Folder, error) {
	var wrong []FieldError
	if !plainAddress(n.Email) {
		wrong = append(wrong, FieldError{"email", "one plain e-mail address"})
	}
	if strings.TrimSpace(n.Wording) == "" {
		wrong = append(wrong, FieldError{"wording", "what the client agreed to"})
	}
	if strings.TrimSpace(n.Source) == "" {
		wrong = append(wrong, FieldError{"source", "portal, letter, call, …"})
	}
	if !n.All && len(n.Items) == 0 {
		wrong = append(wrong, FieldError{"items", "what the successor may have, or all"})
	}
	for _, s := range []string{n.Name, n.Company, n.Phone, n.Source} {
		if len([]rune(s)) > 200 {
			wrong = append(wrong, FieldError{"name", "at most 200 characters each"})
			break
		}
	}
	if len(wrong) > 0 {
		return nil, Invalid("the consent cannot be recorded like this", wrong...)
	}
	return k.change(ctx, scope, caseID, func(tx Store, f *Folder) error {
		for _, id := range n.Items {
			if it, err := f.item(id); err != nil || !it.HandedOver() {
				return Invalid("an item is not on the inventory", FieldError{"items", id.String()})
			}
		}
		if g := f.Handover.grant(n.Email); g != nil && g.Role == GrantClient && g.RevokedAt.IsZero() {
			return Rule("address_has_another_role", "this address is the client's own")
		}
		if s := f.Handover.Successor; s != nil && !strings.EqualFold(s.Email, n.Email) { // another successor: the former one sees nothing any more
			f.Handover.closeTo(GrantSuccessor, k.now())
		}
		given := n
		given.ConsentAt, given.ConsentBy = k.now().UTC(), by
		f.Handover.Successor = &given
		f.Handover.due(f.Account, f.Case, shapeOf(f.Items))
		return tx.Record(ctx, f.Case.line(by, "handover.successor_consent", "the client agrees to a successor", map[string]string{"source": n.Source}))
	})
}

// WithdrawConsent takes the consent back: the successor sees nothing from now on.
func (k *Clerk) WithdrawConsent(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, by Actor) (*Folder, error) {
	return k.change(ctx, scope, caseID, func(tx Store, f *Folder) error {
		s := f.Handover.Successor
		if s == nil || !s.WithdrawnAt.IsZero() {
			return Rule("successor_consent_missing", "there is no consent to withdraw")
		}
		s.WithdrawnAt = k.now().UTC()
		f.Handover.closeTo(GrantSuccessor, k.now())
		return tx.Record(ctx, f.Case.line(by, "handover.successor_withdrawn", "the client takes the consent back", nil))
	})
}

func (h *Handover) closeTo(role GrantRole, now time.Time) {
	for _, g := range h.Passes {
		if g.Role == role && g.RevokedAt.IsZero() {
			g.RevokedAt, g.Sessions, g.Code = now.UTC(), nil, nil
		}
	}
}
