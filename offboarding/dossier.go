package offboarding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Dossier is everything that the papers of a handover are written from. The
// same dossier gives the same papers, byte for byte.
type Dossier struct {
	Lang     Lang
	Brand    Brand
	Case     *Case
	Handover *Handover
	Items    []*Item // what is handed over, or should be
	Day      string  // the date of the papers
	// Withheld are titles of items that this reader is not shown, counted only.
	Withheld int
	Protocol *Protocol // the sheet of an electronic signature; nil: not signed so
	// Account is the final account as it stands; nil: there is none.
	Account *SettlementView
}

// Protocol is what is written down about a simple electronic signature.
type Protocol struct {
	Name, Email, Address string // who signed, at which network address
	At                   time.Time
	Location             *time.Location
	ActHash, ListHash    string
	CodeSentAt           time.Time
	Rules                string // the text that was agreed to
}

// Brand is how a company's papers look.
type Brand struct {
	Name       string   `json:"name,omitempty"`
	Requisites []string `json:"requisites,omitempty"`
	Logo       []byte   `json:"logo,omitempty"` // PNG or JPEG
}

// PaperKind names a paper of the handover.
type PaperKind string

// The papers.
const (
	PaperCover     PaperKind = "cover"
	PaperInventory PaperKind = "inventory"      // PDF
	PaperTable     PaperKind = "inventory_xlsx" // the inventory as a workbook
	PaperAct       PaperKind = "act"
	PaperMatters   PaperKind = "matters"
	PaperContacts  PaperKind = "contacts"
	PaperAccess    PaperKind = "access"
	PaperAccount   PaperKind = "settlement"
)

// Papers writes the papers of a handover and packs them.
type Papers interface {
	Write(w io.Writer, kind PaperKind, d *Dossier) error
	// Bag writes the whole package: one BagIt bag in a zip. open gives contents by
	// hash; progress is told how many bytes are packed of how many.
	Bag(ctx context.Context, w io.Writer, d *Dossier, open func(sha256 string) (io.ReadCloser, error), progress func(done, total int64)) error
}

// handedOver are the items that belong into the client's hands.
func handedOver(items []*Item) []*Item {
	return slices.DeleteFunc(slices.Clone(items), func(it *Item) bool { return !it.HandedOver() })
}

// ForSuccessor is the dossier as the client lets the successor see it.
func (d *Dossier) ForSuccessor() *Dossier {
	s := *d
	s.Items = slices.DeleteFunc(slices.Clone(d.Items), func(it *Item) bool { return !d.Handover.Successor.Allows(it) })
	s.Withheld = len(d.Items) - len(s.Items)
	h := *d.Handover
	h.Access, h.Acceptance = nil, nil
	s.Handover, s.Account = &h, nil
	return &s
}

// forPackage is the dossier without what the client says about it afterwards,
// so that a receipt does not make the package another one.
func (d *Dossier) forPackage() *Dossier {
	p := *d
	p.Items = make([]*Item, len(d.Items))
	for i, it := range d.Items {
		plain := *it
		plain.Receipt, plain.Remark, plain.Answer, plain.Disputed, plain.RemarkedAt = "", "", "", false, time.Time{}
		switch plain.Status {
		case ItemDelivered, ItemAccepted, ItemRemarked:
			plain.Status = ItemCollected
		}
		p.Items[i] = &plain
	}
	h := *d.Handover
	h.Acceptance = nil
	p.Handover = &h
	p.Protocol = nil
	return &p
}

// contents is the hash of everything that a package is made from, but its date.
func (d *Dossier) contents() string {
	type line struct {
		ID                      uuid.UUID
		Pos                     int
		Mandatory, Confidential bool
		There                   bool
		Item                    *Item
	}
	p := d.forPackage()
	lines := make([]line, len(p.Items))
	for i, it := range p.Items {
		lines[i] = line{it.ID, it.Pos, it.Mandatory, it.Confidential, it.There(), it}
	}
	h, c := p.Handover, p.Case
	body, _ := json.Marshal([]any{ // our own structs
		"1", p.Lang, p.Brand, c.No, c.Client.Name, c.Company.Name, c.Contract.Number, c.Contract.Title, c.Dates.EffectiveOn, c.Responsible.Name,
		h.DueOn, h.Place, h.Giver, h.Receiver, h.Contact, h.OpenMatters, h.Contacts, h.Access, lines,
	})
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]) + d.accountHash()
}

// accountHash stands behind the hash of the rest.
func (d *Dossier) accountHash() string {
	if d.Account == nil {
		return ""
	}
	v := d.Account
	body, _ := json.Marshal([]any{v.Lines, v.DueOn, v.SettledOn, v.Case.Tracks.Settlement == SettlementSettled}) // our own structs
	return "+" + hashOf(body)[:16]
}

func withoutAccount(contents string) string {
	base, _, _ := strings.Cut(contents, "+")
	return base
}

// dossier puts together what the papers are written from.
func dossier(ctx context.Context, s Store, acc *Account, c *Case, h *Handover, items []*Item, today string) (*Dossier, error) {
	brand, err := BrandOf(ctx, s, acc)
	if err != nil {
		return nil, err
	}
	d := &Dossier{Lang: c.Lang(acc), Brand: *brand, Case: c, Handover: h, Items: handedOver(items), Day: h.DrawnUpOn}
	if d.Account, err = accountOf(ctx, s, acc, c); err != nil {
		return nil, err
	}
	if h.DrawnUpOn == "" || h.Contents != d.contents() {
		d.Day = today
	}
	return d, nil
}

// accountOf is the final account of a case that has one.
func accountOf(ctx context.Context, s Store, acc *Account, c *Case) (*SettlementView, error) {
	if c.Tracks.Settlement == SettlementNotNeeded || c.Tracks.Settlement == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	v, err := s.SettlementOf(ctx, c.ID)
	if IsKind(err, KindNotFound) || err == nil && len(v.Lines) == 0 {
		return nil, nil //nolint:nilnil // nobody has begun it
	}
	if err != nil {
		return nil, err
	}
	return &SettlementView{Settlement: v, Case: c, Account: acc}, nil
}

const settingBrand = "brand:" // and the account's id

// BrandOf returns how the account's papers look; without a brand of its own
// they carry the account's name.
func BrandOf(ctx context.Context, s Store, acc *Account) (*Brand, error) {
	raw, err := s.Setting(ctx, settingBrand+acc.ID.String())
	if IsKind(err, KindNotFound) {
		return &Brand{Name: acc.Name}, nil
	}
	if err != nil {
		return nil, err
	}
	var b Brand
	if err := json.Unmarshal([]byte(raw), &b); err != nil {
		return nil, err
	}
	return &b, nil
}

const (
	logoMost      = 256 << 10
	requisiteMost = 12
)

// PutBrand changes how the account's papers look.
func PutBrand(ctx context.Context, s Store, acc *Account, b *Brand, by Actor) error {
	var wrong []FieldError
	if b.Name == "" || len([]rune(b.Name)) > 200 {
		wrong = append(wrong, FieldError{"name", "1 to 200 characters"})
	}
	if len(b.Requisites) > requisiteMost {
		wrong = append(wrong, FieldError{"requisites", "at most 12 lines"})
	}
	for _, line := range b.Requisites {
		if len([]rune(line)) > 200 {
			wrong = append(wrong, FieldError{"requisites", "at most 200 characters a line"})
			break
		}
	}
	if kind := sniff(b.Logo); len(b.Logo) > 0 && kind != "image/png" && kind != "image/jpeg" || len(b.Logo) > logoMost {
		wrong = append(wrong, FieldError{"logo", "a PNG or JPEG of at most 256 KiB"})
	}
	if len(wrong) > 0 {
		return Invalid("the brand cannot be kept like this", wrong...)
	}
	raw, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return s.InTx(ctx, func(tx Store) error {
		if err := tx.SetSetting(ctx, settingBrand+acc.ID.String(), string(raw)); err != nil {
			return err
		}
		return tx.Record(ctx, Audit{Stream: "account:" + acc.ID.String(), Actor: by, Kind: "brand.changed", Summary: "the brand of papers was changed", AccountID: &acc.ID})
	})
}
