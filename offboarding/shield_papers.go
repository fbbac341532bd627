package offboarding

import "slices"

// This file keeps the conflict shield over the papers of a handover. Whoever the
// client may have meant still hands over what is owed, and sees of each item that
// something is wrong with it; what the client wrote about it, and what was answered,
// is read by others first (domain §11).

// ShownTo is the handover as the person may read it: for whom the client may have
// meant, without the client's words and the answers to them.
func (f *Folder) ShownTo(p Person) *Folder {
	if f.Case.MayRead(p) {
		return f
	}
	shown := *f
	shown.Items = make([]*Item, len(f.Items))
	for i, it := range f.Items {
		shown.Items[i] = it.withoutWords(f.Case.Lang(f.Account))
	}
	h := *f.Handover
	h.Questions = slices.Clone(h.Questions)
	for i, q := range h.Questions {
		plain := *q
		plain.Text, plain.Answer = "", ""
		h.Questions[i] = &plain
	}
	if h.EDI != nil {
		plain := *h.EDI
		plain.Comment = ""
		h.EDI = &plain
	}
	shown.Handover = &h
	return &shown
}

// ItemShownTo is an item of the case as the person may read it.
func (c *Case) ItemShownTo(p Person, acc *Account, it *Item) *Item {
	if c.MayRead(p) {
		return it
	}
	return it.withoutWords(c.Lang(acc))
}

// withoutWords says of a remark that there is one: an act that told of none would
// be false.
func (it *Item) withoutWords(l Lang) *Item {
	plain := *it
	if plain.Remark != "" {
		plain.Remark = pick(l, "записано, доступ у руководителя", "on record; the manager has access")
	}
	plain.Answer = ""
	return &plain
}

// Signed is a file that stands beside the act: what was signed bears the client's
// remarks, and nothing can be taken out of it.
func (f *Folder) Signed(kind string, p Person) (*ItemFile, error) {
	if !f.Case.MayRead(p) {
		return nil, Rule("shield_stands", "whoever the client may have meant does not open the signed act: it bears the client's remarks; a manager does")
	}
	for _, s := range f.Handover.SignedPapers() {
		if s.Kind == kind && s.File != nil {
			return s.File, nil
		}
	}
	return nil, ErrNotFound
}
