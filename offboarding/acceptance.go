package offboarding

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/google/uuid"
)

// This file takes acceptances that are signed outside of the portal: on paper,
// by a signature in a file of its own, or through an operator of electronic
// documents (EDI, ЭДО).

// The ways of accepting.
const (
	ByPortal    = "portal"    // a simple electronic signature, ПЭП
	ByPaper     = "paper"     // by hand, and scanned
	BySignature = "signature" // a detached signature; it is kept, and not judged by us
	ByEDI       = "edi"
)

// AcceptOnPaper records that the client signed by hand, or by another way that
// a person has seen.
func (k *Clerk) AcceptOnPaper(ctx context.Context, f *Folder, who, way string, by Actor) (*Folder, error) {
	if who = strings.TrimSpace(who); who == "" || way != ByPaper && way != ByEDI {
		return nil, Invalid("the acceptance cannot be recorded like this", FieldError{"by", "who signed"}, FieldError{"way", "paper or edi"})
	}
	return k.change(ctx, []uuid.UUID{f.Case.AccountID}, f.Case.ID, func(tx Store, f *Folder) error {
		if err := f.mayAccept(); err != nil {
			return err
		}
		return k.accept(ctx, tx, f, &Acceptance{At: k.now().UTC(), Way: way, By: who}, by)
	})
}

// mayAccept refuses an acceptance that is there already, or of nothing.
func (f *Folder) mayAccept() error {
	if f.Handover.Acceptance != nil {
		return Rule("already_signed", "the act is signed already")
	}
	if f.Handover.DeliveredAt.IsZero() {
		return Rule("not_delivered", "nothing has been delivered yet")
	}
	return nil
}

const signatureMost = 1 << 20 // bytes of a detached signature; with its certificates it has some kilobytes

// signatureNames are the extensions of detached signatures.
var signatureNames = map[string]bool{".sig": true, ".sgn": true, ".p7s": true}

// SignedFile is the act, signed outside of the portal, as somebody uploads it.
type SignedFile struct {
	Name string // of the file
	By   string // who signed
	Body io.Reader
}

// TakeSigned takes a scan of the signed act, or a detached signature of it, and
// records the acceptance. A second file of the same kind replaces the first.
func (k *Clerk) TakeSigned(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, s SignedFile, by Actor) (*Folder, error) {
	before, err := k.Show(ctx, scope, caseID)
	if err != nil {
		return nil, err
	}
	way, err := before.signedWay(&s)
	if err != nil {
		return nil, err
	}
	file, act, err := k.signedFile(ctx, before, way, s)
	if err != nil {
		return nil, err
	}
	return k.change(ctx, scope, caseID, func(tx Store, f *Folder) error {
		return k.takeSigned(ctx, tx, f, before, way, s.By, file, act, by)
	})
}

// TakeSignedFrom is TakeSigned by the client in the portal.
func (k *Clerk) TakeSignedFrom(ctx context.Context, g *Guest, s SignedFile) error {
	if g.Pass.Role != GrantClient {
		return Rule("only_the_client_accepts", "only the client accepts; a successor may ask")
	}
	_, err := k.TakeSigned(ctx, []uuid.UUID{g.Folder.Case.AccountID}, g.Folder.Case.ID, s, ActorClient)
	return err
}

// signedWay says what kind of file this is, and refuses one that would change
// an acceptance of another kind.
func (f *Folder) signedWay(s *SignedFile) (string, error) {
	s.By = strings.TrimSpace(s.By)
	if s.By == "" || len([]rune(s.By)) > 200 {
		return "", Invalid("a signature has a name", FieldError{"by", "who signed"})
	}
	way := ByPaper
	if signatureNames[strings.ToLower(path.Ext(s.Name))] {
		way = BySignature
		s.Body = &capped{s.Body, signatureMost}
	}
	if a := f.Handover.Acceptance; a != nil && a.Way == way {
		return way, nil
	}
	return way, f.mayAccept()
}

// signedFile stores the file and, beside a detached signature, the act that it
// is of.
func (k *Clerk) signedFile(ctx context.Context, f *Folder, way string, s SignedFile) (file, act *ItemFile, err error) {
	if file, err = k.up.take(ctx, s.Name, s.Body); err != nil {
		return nil, nil, err
	}
	if file.Size == 0 {
		return nil, nil, Invalid("the file is empty", FieldError{"file", "the signed act, or its signature"})
	}
	if way == ByPaper {
		switch file.ContentType {
		case "application/pdf", "image/jpeg", "image/png":
			return file, nil, nil
		}
		return nil, nil, Invalid("this is no scan", FieldError{"file", "PDF, JPEG or PNG; or a detached signature named .sig, .sgn or .p7s"})
	}
	var b bytes.Buffer
	if err := k.Paper(ctx, f, PaperAct, GrantClient, &b); err != nil {
		return nil, nil, err
	}
	act, err = k.up.take(ctx, fmt.Sprintf("act-%d.pdf", f.Case.No), &b)
	return file, act, err
}

func (k *Clerk) takeSigned(ctx context.Context, tx Store, f, before *Folder, way, who string, file, act *ItemFile, by Actor) error {
	h := f.Handover
	again := h.Acceptance != nil && h.Acceptance.Way == way
	if !again {
		if err := f.mayAccept(); err != nil {
			return err
		}
		if f.Contents != before.Contents {
			return Rule("act_changed", "the act has just changed; please read it again")
		}
	}
	old, came, purpose := &h.Scan, &h.ScanCame, FileActScan
	if way == BySignature {
		old, came, purpose = &h.Detached, &h.DetachedCame, FileSignature
	}
	if err := dropFile(ctx, tx, *old); err != nil {
		return err
	}
	kept := *file
	if err := keepFile(ctx, tx, f.Case.AccountID, f.Case.ID, purpose, &kept); err != nil {
		return err
	}
	*old, *came = &kept, &Provenance{by, k.now().UTC()}
	if act != nil && !again {
		one := *act
		if err := keepFile(ctx, tx, f.Case.AccountID, f.Case.ID, FileProtocol, &one); err != nil {
			return err
		}
		h.Act = &one
	}
	if err := tx.Record(ctx, f.Case.line(by, "handover.signed_file", "a signed act was uploaded: "+way, map[string]string{"sha256": kept.SHA256})); err != nil || again {
		return err
	}
	a := &Acceptance{At: k.now().UTC(), Way: way, By: who}
	if h.Act != nil {
		a.ActHash = h.Act.SHA256
	}
	return k.accept(ctx, tx, f, a, by)
}

// The statuses of an act at an EDI operator.
const (
	EDISent      = "sent"
	EDIDelivered = "delivered"
	EDISigned    = "signed"
	EDIRefused   = "refused"
)

// ReportEDI takes what an EDI operator says about the act. Signed is an
// acceptance, refused asks a person to call.
func (k *Clerk) ReportEDI(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, s EDIState, who string, by Actor) (*Folder, error) {
	var wrong []FieldError
	switch s.Status {
	case EDISent, EDIDelivered, EDISigned, EDIRefused:
	default:
		wrong = append(wrong, FieldError{"status", "sent, delivered, signed or refused"})
	}
	for field, text := range map[string]string{"operator": s.Operator, "document_id": s.DocumentID} {
		if strings.TrimSpace(text) == "" || len([]rune(text)) > 200 {
			wrong = append(wrong, FieldError{field, "1 to 200 characters"})
		}
	}
	if len([]rune(s.Comment)) > portalTextMost || len([]rune(who)) > 200 {
		wrong = append(wrong, FieldError{"comment", "at most 4000 characters, by at most 200"})
	}
	if len(wrong) > 0 {
		return nil, Invalid("the operator's word cannot be taken", wrong...)
	}
	return k.change(ctx, scope, caseID, func(tx Store, f *Folder) error {
		h, now := f.Handover, k.now()
		if old := h.EDI; old != nil && old.Status == EDISigned && s.Status != EDISigned && old.DocumentID == s.DocumentID {
			return nil // a word that was overtaken
		}
		s.At = now.UTC()
		h.EDI = &s
		if err := tx.Record(ctx, f.Case.line(by, "handover.edi", "the EDI operator says: "+s.Status, map[string]string{"document_id": s.DocumentID})); err != nil {
			return err
		}
		switch s.Status {
		case EDISigned:
			if h.Acceptance != nil {
				return nil
			}
			if err := f.mayAccept(); err != nil {
				return err
			}
			return k.accept(ctx, tx, f, &Acceptance{At: now.UTC(), Way: ByEDI, By: strings.TrimSpace(who)}, by)
		case EDIRefused:
			text := pick(f.Account.Lang.Or(RU), "Клиент отклонил акт в ЭДО: позвоните и узнайте, что не так. Остальную передачу это не задерживает.",
				"The client refused the act at the EDI operator: call and ask what is wrong. Nothing else of the handover waits for it.")
			return tx.AddEffects(ctx, f.Case.ask(fmt.Sprintf("handover-edi-%d", now.Unix()), now, callBy(f.Account, now), text))
		}
		return nil
	})
}

// ResultActReady tells a generic account that an act waits to be signed; an EDI
// operator's program fetches it and answers with its status.
const ResultActReady = "handover.act_ready"

// actReady orders the event, once for each delivery.
func (c *Case) actReady(h *Handover, now time.Time) []Effect {
	out := c.resultEffect(ResultActReady, now)
	for i := range out {
		out[i].SendKey += fmt.Sprintf(":%d", h.Delivery)
	}
	return out
}
