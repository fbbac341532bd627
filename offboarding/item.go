package offboarding

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Form is in what form we hold a thing for the client.
type Form string

// The forms of domain §7.3.
const (
	FormOriginal   Form = "original"
	FormCopy       Form = "copy"
	FormElectronic Form = "electronic"
)

// Ownership says whose a thing is, and so whether it is handed over.
type Ownership string

// The kinds of ownership of domain §7.3.
const (
	ClientProperty Ownership = "client_property" // always handed over, never held back for money
	WorkProduct    Ownership = "work_product"    // our paid result
	InternalNotes  Ownership = "internal"        // not handed over
	ThirdParty     Ownership = "third_party"     // handed over with permission
)

// ItemStatus is where an item of an inventory stands.
type ItemStatus string

// The statuses of domain §7.3.
const (
	ItemExpected  ItemStatus = "expected"
	ItemCollected ItemStatus = "collected"
	ItemMissing   ItemStatus = "missing"
	ItemDelivered ItemStatus = "delivered"
	ItemAccepted  ItemStatus = "accepted"
	ItemRemarked  ItemStatus = "remarked"
)

// Receipt is what the client says about one item.
type Receipt string

// The receipts: «получено», «не хватает», «не открывается», or words of their own.
const (
	ReceiptReceived   Receipt = "received"
	ReceiptMissing    Receipt = "missing"
	ReceiptUnreadable Receipt = "unreadable"
	ReceiptRemark     Receipt = "remark"
)

// Item is one line of an inventory: a thing that we hold for the client.
type Item struct {
	ID        uuid.UUID `json:"-"`
	AccountID uuid.UUID `json:"-"`
	ListID    uuid.UUID `json:"-"` // the case, or the snapshot of a contract
	Pos       int       `json:"-"` // in the order of the list, from 1

	Category     string     `json:"category,omitempty"`
	Title        string     `json:"title"`
	DocNo        string     `json:"doc_no,omitempty"`
	DocDate      string     `json:"doc_date,omitempty"`
	Period       string     `json:"period,omitempty"`
	Form         Form       `json:"form,omitempty"`
	Copies       int        `json:"copies,omitempty"`
	Pages        int        `json:"pages,omitempty"`
	Location     string     `json:"location,omitempty"` // medium or place
	FileRef      string     `json:"file_ref,omitempty"` // where the file is to come from, or came from
	File         *ItemFile  `json:"file,omitempty"`
	Ownership    Ownership  `json:"ownership"`
	Permission   string     `json:"permission,omitempty"` // of the third party, and where it is written
	Mandatory    bool       `json:"-"`
	Confidential bool       `json:"confidential,omitempty"`
	Status       ItemStatus `json:"-"`

	MissingReason string `json:"missing_reason,omitempty"`
	PromisedOn    string `json:"promised_on,omitempty"`
	Owner         string `json:"owner,omitempty"`

	Receipt    Receipt   `json:"receipt,omitempty"`
	Remark     string    `json:"remark,omitempty"`
	RemarkedAt time.Time `json:"remarked_at,omitzero"`
	Disputed   bool      `json:"disputed,omitempty"`
	Answer     string    `json:"answer,omitempty"` // ours to the remark

	FromSnapshot bool      `json:"from_snapshot,omitempty"` // collected in a quarter, not at the exit
	UpdatedAt    time.Time `json:"-"`
	Version      int       `json:"-"`
}

// ItemFile is the file of an item.
type ItemFile struct {
	ID          uuid.UUID `json:"id"`
	Name        string    `json:"name"`
	ContentType string    `json:"content_type"`
	SHA256      string    `json:"sha256"`
	Size        int64     `json:"size"`
}

// There reports whether we have the thing and may hand it over.
func (it *Item) There() bool {
	if it.Ownership == ThirdParty && it.Permission == "" {
		return false
	}
	switch it.Status {
	case ItemCollected, ItemDelivered, ItemAccepted, ItemRemarked:
		return true
	}
	return false
}

// HandedOver reports whether the thing belongs into the client's hands at all.
func (it *Item) HandedOver() bool { return it.Ownership != InternalNotes }

// Explained reports whether a thing that is not there is explained: why, until
// when, and who sees to it.
func (it *Item) Explained() bool {
	return it.MissingReason != "" && it.PromisedOn != "" && it.Owner != ""
}

// Wanting lists what keeps the items from being handed over: mandatory things
// that are neither there nor explained. Nothing else does, and no money ever.
func Wanting(items []*Item) []FieldError {
	var out []FieldError
	for _, it := range items {
		if !it.Mandatory || !it.HandedOver() || it.There() || it.Explained() {
			continue
		}
		var lacks []string
		for _, f := range []struct{ value, name string }{{it.MissingReason, "missing_reason"}, {it.PromisedOn, "promised_on"}, {it.Owner, "owner"}} {
			if f.value == "" {
				lacks = append(lacks, f.name)
			}
		}
		why := "is not there and not explained: " + strings.Join(lacks, ", ") + " missing"
		if it.Ownership == ThirdParty && it.Permission == "" && it.Status != ItemExpected && it.Status != ItemMissing {
			why = "needs the third party's permission, or " + strings.Join(lacks, ", ")
		}
		out = append(out, FieldError{"items." + it.ID.String(), fmt.Sprintf("«%s» %s", it.Title, why)})
	}
	return out
}

// MissingMandatory lists the titles of mandatory things that are not there.
func MissingMandatory(items []*Item) []string {
	var out []string
	for _, it := range items {
		if it.Mandatory && it.HandedOver() && !it.There() {
			out = append(out, it.Title)
		}
	}
	return out
}

// Readiness counts collected mandatory items and all mandatory ones.
func Readiness(items []*Item) (collected, mandatory int) {
	for _, it := range items {
		if it.Mandatory && it.HandedOver() {
			mandatory++
			if it.There() {
				collected++
			}
		}
	}
	return collected, mandatory
}

// moneyWords are how people say that something waits for money, as stems.
var moneyWords = []string{
	"после оплат", "до оплат", "не оплач", "неоплач", "неоплат", "неуплат", "не заплат", "оплатит", "задолженн", "долг", "за долги", "просроченн счет", "погас",
	"after payment", "until paid", "until payment", "unpaid", "not paid", "owes", "debt", "outstanding invoice", "overdue invoice", "arrears",
}

// HeldForMoney reports whether the words say that a thing waits for money.
func HeldForMoney(reason string) bool {
	s := strings.ReplaceAll(strings.ToLower(reason), "ё", "е")
	for _, w := range moneyWords {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// errHostage is the rule of domain §7.3: the client's own is never held back
// for money.
func errHostage(it *Item) error {
	return &Error{
		Kind: KindConflict, Rule: "client_property_not_held_for_money",
		Msg:    "the client's property is handed over whatever is unpaid; give another reason, or hand it over",
		Fields: []FieldError{{"missing_reason", "«" + it.Title + "» is the client's property"}},
	}
}

const (
	itemTextMost  = 1000
	itemsMost     = 5000 // of one list
	itemCountMost = 1_000_000
)

// check refuses an item that cannot be kept like this.
func (it *Item) check() error {
	var wrong []FieldError
	say := func(bad bool, field, msg string) {
		if bad {
			wrong = append(wrong, FieldError{field, msg})
		}
	}
	it.Title = strings.TrimSpace(it.Title)
	say(it.Title == "", "title", "what the thing is called")
	for field, value := range map[string]string{
		"category": it.Category, "title": it.Title, "doc_no": it.DocNo, "period": it.Period, "location": it.Location, "permission": it.Permission,
		"missing_reason": it.MissingReason, "owner": it.Owner, "file_ref": it.FileRef, "remark": it.Remark, "answer": it.Answer,
	} {
		say(utf8.RuneCountInString(value) > itemTextMost, field, "at most 1000 characters")
	}
	for field, day := range map[string]string{"doc_date": it.DocDate, "promised_on": it.PromisedOn} {
		_, err := time.Parse(time.DateOnly, day)
		say(day != "" && err != nil, field, "a day, YYYY-MM-DD")
	}
	switch it.Form {
	case "", FormOriginal, FormCopy, FormElectronic:
	default:
		say(true, "form", "original, copy or electronic")
	}
	switch it.Ownership {
	case "":
		it.Ownership = ClientProperty
	case ClientProperty, WorkProduct, InternalNotes, ThirdParty:
	default:
		say(true, "ownership", "client_property, work_product, internal or third_party")
	}
	switch it.Status {
	case "":
		it.Status = ItemExpected
	case ItemExpected, ItemCollected, ItemMissing, ItemDelivered, ItemAccepted, ItemRemarked:
	default:
		say(true, "status", "expected, collected or missing")
	}
	say(it.Copies < 0 || it.Copies > itemCountMost, "copies", "0 to 1000000")
	say(it.Pages < 0 || it.Pages > itemCountMost, "pages", "0 to 1000000")
	if it.FileRef != "" && it.File == nil {
		u, err := url.Parse(it.FileRef)
		_, crm := inCRM(it.FileRef)
		say(!crm && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == ""), "file_ref", "the address of a file, https://…, or crm: and the file's id in the CRM")
	}
	if len(wrong) > 0 {
		return Invalid("the item cannot be kept like this", wrong...)
	}
	if it.Ownership == ClientProperty && !it.There() && HeldForMoney(it.MissingReason) {
		return errHostage(it)
	}
	return nil
}

// ItemPatch is what a person changes of an item; nil parts stay.
type ItemPatch struct {
	Category, Title, DocNo, DocDate, Period, Location, FileRef, Permission *string
	Form                                                                   *Form
	Copies, Pages                                                          *int
	Ownership                                                              *Ownership
	Mandatory, Confidential, Disputed                                      *bool
	Status                                                                 *ItemStatus
	MissingReason, PromisedOn, Owner, Answer                               *string
}

// apply changes the item. What the client said about it, and what has been
// delivered, is not a person's to set.
func (p ItemPatch) apply(it *Item) error {
	set(&it.Category, p.Category)
	set(&it.Title, p.Title)
	set(&it.DocNo, p.DocNo)
	set(&it.DocDate, p.DocDate)
	set(&it.Period, p.Period)
	set(&it.Location, p.Location)
	set(&it.FileRef, p.FileRef)
	set(&it.Permission, p.Permission)
	set(&it.Form, p.Form)
	set(&it.Copies, p.Copies)
	set(&it.Pages, p.Pages)
	set(&it.Ownership, p.Ownership)
	set(&it.Mandatory, p.Mandatory)
	set(&it.Confidential, p.Confidential)
	set(&it.Disputed, p.Disputed)
	set(&it.MissingReason, p.MissingReason)
	set(&it.PromisedOn, p.PromisedOn)
	set(&it.Owner, p.Owner)
	set(&it.Answer, p.Answer)
	if p.Status != nil && *p.Status != it.Status {
		switch *p.Status {
		case ItemDelivered, ItemAccepted, ItemRemarked:
			return Rule("status_follows_delivery", "an item becomes delivered, accepted or remarked by delivery and by the client's own word")
		}
		it.Status = *p.Status
	}
	return it.check()
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// key tells things of lists apart, so that a list made from another holds each
// once.
func (it *Item) key() string {
	return strings.ToLower(strings.Join([]string{it.Category, it.Title, it.DocNo, it.Period}, "\x00"))
}

// NewItem makes an item of what a person wrote.
func NewItem(p ItemPatch) (*Item, error) {
	it := &Item{}
	status := ItemExpected
	if p.Status != nil {
		status = *p.Status
	}
	p.Status = nil
	it.Status = status
	return it, p.apply(it)
}
