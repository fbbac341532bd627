package offboarding

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// SignRules is the text that is shown before a simple electronic signature.
func SignRules(l Lang) string {
	return pick(l,
		"Я подписываю акт приёма-передачи простой электронной подписью (ПЭП). Ключ подписи — одноразовый код, отправленный на мой адрес почты; я никому его не передаю. Подпись подтверждает получение перечисленного в акте с учётом моих замечаний и не означает отказа от того, что ещё не передано.",
		"I sign the acceptance act with a simple electronic signature. Its key is the one-time code sent to my e-mail address, which I pass on to nobody. The signature confirms that I received what the act lists, subject to my remarks, and waives nothing that is still to come.")
}

// Sign accepts the handover by a simple electronic signature: the code that was
// sent to the client's own address. A wrong code is ErrCode.
func (k *Clerk) Sign(ctx context.Context, g *Guest, name, code, address string) error {
	if name = cutText(name); name == "" || len([]rune(name)) > 200 {
		return Invalid("a signature has a name", FieldError{"name", "who signs"})
	}
	before, err := k.Show(ctx, nil, g.Folder.Case.ID)
	if err != nil {
		return err
	}
	var act, list bytes.Buffer
	if err := k.Paper(ctx, before, PaperAct, GrantClient, &act); err != nil {
		return err
	}
	if err := k.Paper(ctx, before, PaperInventory, GrantClient, &list); err != nil {
		return err
	}
	d, err := dossier(ctx, k.store, before.Account, before.Case, before.Handover, before.Items, Day(k.now(), before.Account.Location()))
	if err != nil {
		return err
	}
	sent := k.now()
	if own := before.Handover.grant(g.Pass.Email); own != nil && len(own.Codes) > 0 {
		sent = own.Codes[len(own.Codes)-1]
	}
	d.Protocol = &Protocol{
		Name: name, Email: g.Pass.Email, Address: address, At: k.now().UTC(), Location: before.Account.Location(),
		ActHash: hashOf(act.Bytes()), ListHash: hashOf(list.Bytes()), CodeSentAt: sent, Rules: SignRules(d.Lang),
	}
	var signed bytes.Buffer
	if err := k.papers.Write(&signed, PaperAct, d); err != nil {
		return err
	}
	file, err := k.up.take(ctx, fmt.Sprintf("act-%d-signed.pdf", before.Case.No), &signed)
	if err != nil {
		return err
	}
	good := false
	err = k.guestChange(ctx, g, func(tx Store, f *Folder, pass *Pass) error {
		switch {
		case pass.Role != GrantClient:
			return Rule("only_the_client_accepts", "only the client accepts; a successor may ask")
		case f.Handover.Acceptance != nil:
			return Rule("already_signed", "the act is signed already")
		case f.Handover.DeliveredAt.IsZero():
			return Rule("not_delivered", "nothing has been delivered yet")
		case f.Contents != before.Contents || len(f.Items) != len(before.Items):
			return Rule("act_changed", "the act has just changed; please read it again")
		}
		if good = k.prove(f, pass, code, true); !good {
			return tx.Record(ctx, f.Case.line(ActorClient, "handover.code_refused", "a wrong code was given", nil))
		}
		kept := *file
		if err := keepFile(ctx, tx, f.Case.AccountID, f.Case.ID, FileProtocol, &kept); err != nil {
			return err
		}
		a := &Acceptance{
			At: d.Protocol.At, Way: "portal", By: name, Email: pass.Email, Address: address, ActHash: d.Protocol.ActHash, ListHash: d.Protocol.ListHash, Signed: &kept,
		}
		return k.accept(ctx, tx, f, a, ActorClient)
	})
	if err == nil && !good {
		return ErrCode
	}
	return err
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// accept writes down the client's word. What was remarked stays a remark.
func (k *Clerk) accept(ctx context.Context, tx Store, f *Folder, a *Acceptance, by Actor) error {
	for _, it := range f.Items {
		switch {
		case it.Receipt != "" && it.Receipt != ReceiptReceived:
			a.Remarks++
		case it.Status == ItemDelivered:
			it.Status = ItemAccepted
			if err := tx.SaveItem(ctx, it); err != nil {
				return err
			}
		}
	}
	f.Handover.Acceptance = a
	f.Case.Tracks.Handover = HandoverAccepted
	if a.Remarks > 0 || len(MissingMandatory(f.Items)) > 0 {
		f.Case.Tracks.Handover = HandoverAcceptedWithRemarks
	}
	return tx.Record(ctx, f.Case.line(by, "handover.accepted", "the handover was accepted: "+a.Way, map[string]any{"remarks": a.Remarks}))
}
