package api

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// ItemBody is one line of an inventory.
type ItemBody struct {
	ID            uuid.UUID  `json:"id"`
	Pos           int        `json:"pos" example:"1"`
	Category      string     `json:"category,omitempty" example:"Налоги"`
	Title         string     `json:"title" example:"Учётная политика"`
	DocNo         string     `json:"doc_no,omitempty" example:"5-П"`
	DocDate       string     `json:"doc_date,omitempty" example:"2026-01-31"`
	Period        string     `json:"period,omitempty" example:"2026"`
	Form          string     `json:"form,omitempty" example:"electronic" enums:"original,copy,electronic"`
	Copies        int        `json:"copies,omitempty" example:"1"`
	Pages         int        `json:"pages,omitempty" example:"14"`
	Location      string     `json:"location,omitempty" example:"папка 3"`
	FileRef       string     `json:"file_ref,omitempty" example:"https://files.example.com/policy.pdf"`
	SHA256        string     `json:"sha256,omitempty"`
	File          *FileBody  `json:"file,omitempty"`
	Ownership     string     `json:"ownership" example:"client_property" enums:"client_property,work_product,internal,third_party"`
	Permission    string     `json:"permission,omitempty"`
	Mandatory     bool       `json:"mandatory" example:"true"`
	Confidential  bool       `json:"confidential" example:"false"`
	Status        string     `json:"status" example:"collected" enums:"expected,collected,missing,delivered,accepted,remarked"`
	MissingReason string     `json:"missing_reason,omitempty" example:"в архиве"`
	PromisedOn    string     `json:"promised_on,omitempty" example:"2026-12-20"`
	Owner         string     `json:"owner,omitempty" example:"Мария Образцова"`
	Receipt       string     `json:"receipt,omitempty" example:"received" enums:"received,missing,unreadable,remark"`
	Remark        string     `json:"remark,omitempty"`
	RemarkedAt    *time.Time `json:"remarked_at,omitempty"`
	Disputed      bool       `json:"disputed" example:"false"`
	Answer        string     `json:"answer,omitempty"`
	FromSnapshot  bool       `json:"from_snapshot" example:"false"`
	UpdatedAt     time.Time  `json:"updated_at"`
	Version       int        `json:"version" example:"1"`
} //	@name	HandoverItem

// FileBody is a kept file.
type FileBody struct {
	Name        string `json:"name" example:"Учётная политика.pdf"`
	ContentType string `json:"content_type" example:"application/pdf"`
	SHA256      string `json:"sha256"`
	Size        int64  `json:"size" example:"48213"`
} //	@name	File

func fileBody(f *offboarding.ItemFile) *FileBody {
	if f == nil {
		return nil
	}
	return &FileBody{f.Name, f.ContentType, f.SHA256, f.Size}
}

func itemBody(it *offboarding.Item) ItemBody {
	b := ItemBody{
		ID: it.ID, Pos: it.Pos, Category: it.Category, Title: it.Title, DocNo: it.DocNo, DocDate: it.DocDate, Period: it.Period, Form: string(it.Form),
		Copies: it.Copies, Pages: it.Pages, Location: it.Location, FileRef: it.FileRef, File: fileBody(it.File), Ownership: string(it.Ownership),
		Permission: it.Permission, Mandatory: it.Mandatory, Confidential: it.Confidential, Status: string(it.Status), MissingReason: it.MissingReason,
		PromisedOn: it.PromisedOn, Owner: it.Owner, Receipt: string(it.Receipt), Remark: it.Remark, RemarkedAt: optional(it.RemarkedAt), Disputed: it.Disputed,
		Answer: it.Answer, FromSnapshot: it.FromSnapshot, UpdatedAt: it.UpdatedAt, Version: it.Version,
	}
	if it.File != nil {
		b.SHA256 = it.File.SHA256
	}
	return b
}

// itemFor is the item as somebody of the role sees it.
func itemFor(it *offboarding.Item, role Role) ItemBody {
	b := itemBody(it)
	if role == RoleViewer {
		b.Owner, b.Remark, b.Answer, b.Permission = "", "", "", ""
	}
	return b
}

// ItemRequest is an item as a person writes it; parts that are left out stay.
type ItemRequest struct {
	Category      *string `json:"category,omitempty" example:"Налоги"`
	Title         *string `json:"title,omitempty" example:"Учётная политика"`
	DocNo         *string `json:"doc_no,omitempty" example:"5-П"`
	DocDate       *string `json:"doc_date,omitempty" example:"2026-01-31"`
	Period        *string `json:"period,omitempty" example:"2026"`
	Form          *string `json:"form,omitempty" example:"electronic" enums:"original,copy,electronic"`
	Copies        *int    `json:"copies,omitempty" example:"1"`
	Pages         *int    `json:"pages,omitempty" example:"14"`
	Location      *string `json:"location,omitempty" example:"папка 3"`
	Medium        *string `json:"medium,omitempty" example:"флеш-накопитель"` // the same as location
	FileRef       *string `json:"file_ref,omitempty" example:"https://files.example.com/policy.pdf"`
	Ownership     *string `json:"ownership,omitempty" example:"client_property" enums:"client_property,work_product,internal,third_party"`
	Permission    *string `json:"permission,omitempty"`
	Mandatory     *bool   `json:"mandatory,omitempty" example:"true"`
	Confidential  *bool   `json:"confidential,omitempty" example:"false"`
	Status        *string `json:"status,omitempty" example:"collected" enums:"expected,collected,missing"`
	MissingReason *string `json:"missing_reason,omitempty" example:"в архиве"`
	PromisedOn    *string `json:"promised_on,omitempty" example:"2026-12-20"`
	Owner         *string `json:"owner,omitempty" example:"Мария Образцова"`
	Disputed      *bool   `json:"disputed,omitempty" example:"false"`
	Answer        *string `json:"answer,omitempty"`
} //	@name	HandoverItemRequest

func as[T ~string](s *string) *T {
	if s == nil {
		return nil
	}
	v := T(*s)
	return &v
}

func (r ItemRequest) patch() offboarding.ItemPatch {
	p := offboarding.ItemPatch{
		Category: r.Category, Title: r.Title, DocNo: r.DocNo, DocDate: r.DocDate, Period: r.Period, Location: r.Location, FileRef: r.FileRef, Permission: r.Permission,
		Form: as[offboarding.Form](r.Form), Copies: r.Copies, Pages: r.Pages, Ownership: as[offboarding.Ownership](r.Ownership), Mandatory: r.Mandatory,
		Confidential: r.Confidential, Disputed: r.Disputed, Status: as[offboarding.ItemStatus](r.Status), MissingReason: r.MissingReason, PromisedOn: r.PromisedOn,
		Owner: r.Owner, Answer: r.Answer,
	}
	if p.Location == nil {
		p.Location = r.Medium
	}
	return p
}

// ItemsRequest changes several items alike.
type ItemsRequest struct {
	IDs []uuid.UUID `json:"ids"`
	Set ItemRequest `json:"set"`
} //	@name	HandoverItemsRequest

// SignatoryBody is who signs for a side.
type SignatoryBody struct {
	Name     string `json:"name,omitempty" example:"М. И. Образцова"`
	Position string `json:"position,omitempty" example:"директор"`
	Basis    string `json:"basis,omitempty" example:"Устава"`
} //	@name	Signatory

// ContactBody is a person to ask.
type ContactBody struct {
	Name  string `json:"name,omitempty" example:"Мария Образцова"`
	Role  string `json:"role,omitempty" example:"бухгалтер"`
	Phone string `json:"phone,omitempty" example:"+70000000000"`
	Email string `json:"email,omitempty" example:"manager@example.com"`
	Hours string `json:"hours,omitempty" example:"пн–пт 10:00–18:00"`
} //	@name	HandoverContact

// MatterBody is something that does not end with the contract.
type MatterBody struct {
	What     string `json:"what" example:"Ответ на требование налоговой"`
	Deadline string `json:"deadline,omitempty" example:"2026-12-05"`
	Who      string `json:"who,omitempty" example:"ООО «Ромашка»"`
	Until    string `json:"until,omitempty" example:"2026-12-01"`
} //	@name	OpenMatter

// AccessBody records a transferred access, without the secret.
type AccessBody struct {
	System      string `json:"system" example:"Банк-клиент"`
	Account     string `json:"account,omitempty" example:"buh"`
	Transferred string `json:"transferred,omitempty" example:"лично директору"`
	On          string `json:"on,omitempty" example:"2026-12-01"`
	Rotated     bool   `json:"rotated" example:"true"`
	Revoked     bool   `json:"revoked" example:"true"`
} //	@name	AccessNote

// HandoverRequest changes what stands in the papers besides the items; parts
// that are left out stay.
type HandoverRequest struct {
	Place       *string        `json:"place,omitempty" example:"г. Москва"`
	Giver       *SignatoryBody `json:"giver,omitempty"`
	Receiver    *SignatoryBody `json:"receiver,omitempty"`
	Contact     *ContactBody   `json:"contact,omitempty"`
	OpenMatters *[]MatterBody  `json:"open_matters,omitempty"`
	Contacts    *[]ContactBody `json:"contacts,omitempty"`
	Access      *[]AccessBody  `json:"access,omitempty"`
} //	@name	HandoverRequest

func (r HandoverRequest) patch() offboarding.HandoverPatch {
	p := offboarding.HandoverPatch{Place: r.Place, Giver: (*offboarding.Signatory)(r.Giver), Receiver: (*offboarding.Signatory)(r.Receiver), Contact: (*offboarding.Contact)(r.Contact)}
	p.OpenMatters = each(r.OpenMatters, func(m MatterBody) offboarding.Matter { return offboarding.Matter(m) })
	p.Contacts = each(r.Contacts, func(m ContactBody) offboarding.Contact { return offboarding.Contact(m) })
	p.Access = each(r.Access, func(m AccessBody) offboarding.AccessNote { return offboarding.AccessNote(m) })
	return p
}

func each[A, B any](in *[]A, to func(A) B) *[]B {
	if in == nil {
		return nil
	}
	out := make([]B, len(*in))
	for i, v := range *in {
		out[i] = to(v)
	}
	return &out
}

// BuildBody says how far the package is.
type BuildBody struct {
	State    string    `json:"state" example:"running" enums:"none,queued,running,done,failed"`
	Done     int64     `json:"done_bytes" example:"1048576"`
	Total    int64     `json:"total_bytes" example:"4194304"`
	Progress int       `json:"progress" example:"25"` // percent
	Outdated bool      `json:"outdated" example:"false"`
	Error    string    `json:"error,omitempty"`
	File     *FileBody `json:"file,omitempty"`
} //	@name	HandoverBuild

func buildBody(f *offboarding.Folder) BuildBody {
	b := f.Build
	out := BuildBody{State: string(b.State), Done: b.Done, Total: b.Total, Outdated: f.Outdated(), Error: b.Error}
	switch {
	case b.State == offboarding.BuildDone:
		out.Progress, out.File = 100, fileBody(b.File)
	case b.Total > 0:
		out.Progress = int(b.Done * 100 / b.Total)
	}
	return out
}

// LinkBody is a portal link that was given.
type LinkBody struct {
	Role      string     `json:"role" example:"client" enums:"client,successor"`
	Email     string     `json:"email" example:"client@example.com"`
	GivenAt   time.Time  `json:"given_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	OpenedAt  *time.Time `json:"opened_at,omitempty"`
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
} //	@name	HandoverLink

// QuestionBody is a question of the portal.
type QuestionBody struct {
	ID         uuid.UUID  `json:"id"`
	ItemID     *uuid.UUID `json:"item_id,omitempty"`
	Asker      string     `json:"asker" example:"client" enums:"client,successor"`
	Text       string     `json:"text" example:"Где договор за 2024 год?"`
	At         time.Time  `json:"at"`
	AnswerBy   time.Time  `json:"answer_by"`
	Answer     string     `json:"answer,omitempty"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
} //	@name	HandoverQuestion

// SuccessorBody is who takes over, with the client's consent.
type SuccessorBody struct {
	Name         string      `json:"name,omitempty" example:"Пётр Образцов"`
	Company      string      `json:"company,omitempty" example:"ООО «Новый учёт»"`
	Email        string      `json:"email" example:"successor@example.com"`
	Phone        string      `json:"phone,omitempty"`
	Source       string      `json:"source" example:"letter"`
	Wording      string      `json:"wording" example:"Разрешаю передать документы новому бухгалтеру"`
	All          bool        `json:"all" example:"true"`
	Items        []uuid.UUID `json:"items,omitempty"`
	Confidential bool        `json:"confidential" example:"false"`
} //	@name	SuccessorConsent

// SuccessorResponse is a recorded consent.
type SuccessorResponse struct {
	SuccessorBody
	ConsentAt   time.Time  `json:"consent_at"`
	ConsentBy   string     `json:"consent_by" example:"client"`
	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty"`
} //	@name	Successor

// AcceptanceBody is the client's word that the handover is done.
type AcceptanceBody struct {
	At      time.Time `json:"at"`
	Way     string    `json:"way" example:"portal" enums:"portal,paper,signature,edi"`
	By      string    `json:"by,omitempty" example:"А. П. Примерова"`
	Remarks int       `json:"remarks" example:"0"`
	ActHash string    `json:"act_sha256,omitempty"`
	Files   []string  `json:"files"` // of act/…: protocol, scan, signature, document

	Kept []SignedFileBody `json:"kept"` // the same, with what each is
} //	@name	Acceptance

// SignedFileBody is a file that stands beside the act.
type SignedFileBody struct {
	Kind       string     `json:"kind" example:"signature" enums:"protocol,scan,signature,document"`
	Name       string     `json:"name" example:"act-1.pdf.sig"`
	Size       int64      `json:"size" example:"3211"`
	SHA256     string     `json:"sha256"`
	What       string     `json:"what" example:"Отсоединённая электронная подпись акта; хранится в том виде, в котором загружена, подлинность мы не проверяли"`
	UploadedBy string     `json:"uploaded_by,omitempty" example:"client"`
	UploadedAt *time.Time `json:"uploaded_at,omitempty"`
} //	@name	SignedFile

// TakenBody is the snapshot from which a handover took its list.
type TakenBody struct {
	ID      uuid.UUID `json:"id"`
	Quarter string    `json:"quarter" example:"2026Q3"`
	TakenOn string    `json:"taken_on" example:"2026-10-01"`
} //	@name	HandoverSnapshot

// DeltaBody counts what the snapshot did not hold: only that is collected at
// the exit.
type DeltaBody struct {
	Collected int `json:"collected" example:"2"`
	Open      int `json:"open" example:"1"`
} //	@name	HandoverDelta

// HandoverResponse is the handover of a case.
type HandoverResponse struct {
	CaseID      uuid.UUID          `json:"case_id"`
	Status      string             `json:"status" example:"collecting" enums:"not_needed,collecting,ready,delivered,accepted,accepted_with_remarks,disputed"`
	Overdue     bool               `json:"overdue" example:"false"`
	DueOn       string             `json:"due_on,omitempty" example:"2026-12-20"`
	DueFrom     string             `json:"due_from,omitempty" example:"contract"`
	ToldUntil   string             `json:"told_until,omitempty" example:"2026-12-28"` // the last new date that the client was told in a delay notice
	Readiness   float64            `json:"readiness" example:"0.75"`                  // collected mandatory items / mandatory items
	Collected   int                `json:"mandatory_collected" example:"9"`
	Mandatory   int                `json:"mandatory_total" example:"12"`
	Snapshot    *TakenBody         `json:"snapshot,omitempty"` // the quarterly inventory that the list began with
	Delta       DeltaBody          `json:"delta"`
	Items       []ItemBody         `json:"items"`
	Wanting     []ProblemField     `json:"wanting"` // what keeps the package from being built
	Build       BuildBody          `json:"build"`
	Place       string             `json:"place,omitempty"`
	Giver       *SignatoryBody     `json:"giver,omitempty"`
	Receiver    *SignatoryBody     `json:"receiver,omitempty"`
	Contact     *ContactBody       `json:"contact,omitempty"`
	OpenMatters []MatterBody       `json:"open_matters"`
	Contacts    []ContactBody      `json:"contacts"`
	Access      []AccessBody       `json:"access"`
	Links       []LinkBody         `json:"links"`
	Successor   *SuccessorResponse `json:"successor,omitempty"`
	Questions   []QuestionBody     `json:"questions"`
	DeliveredAt *time.Time         `json:"delivered_at,omitempty"`
	Acceptance  *AcceptanceBody    `json:"acceptance,omitempty"`
	EDI         *EDIBody           `json:"edi,omitempty"`
	SuccessorUp *int               `json:"successor_nps,omitempty" example:"9"`
	Version     int                `json:"version" example:"3"`
} //	@name	Handover

func handoverResponse(f *offboarding.Folder, role Role, today string) HandoverResponse {
	h := f.Handover
	collected, mandatory := offboarding.Readiness(f.Items)
	r := HandoverResponse{
		CaseID: f.Case.ID, Status: string(f.Case.Tracks.Handover), Overdue: h.Overdue(f.Case, today), DueOn: h.DueOn, DueFrom: h.DueFrom, ToldUntil: f.Case.Promised(h),
		Readiness: 1, Collected: collected, Mandatory: mandatory, Items: []ItemBody{}, Wanting: []ProblemField{}, Build: buildBody(f),
		OpenMatters: []MatterBody{}, Contacts: []ContactBody{}, Access: []AccessBody{}, Links: []LinkBody{}, Questions: []QuestionBody{},
		DeliveredAt: optional(h.DeliveredAt), Version: h.Version,
	}
	r.Delta.Collected, r.Delta.Open = offboarding.Delta(f.Items)
	if t := h.Snapshot; t != nil {
		r.Snapshot = &TakenBody{t.ID, t.Quarter, t.On}
	}
	if mandatory > 0 {
		r.Readiness = float64(collected) / float64(mandatory)
	}
	for _, it := range f.Items {
		r.Items = append(r.Items, itemFor(it, role))
	}
	for _, w := range offboarding.Wanting(f.Items) {
		r.Wanting = append(r.Wanting, ProblemField{w.Field, w.Msg})
	}
	for _, m := range h.OpenMatters {
		r.OpenMatters = append(r.OpenMatters, MatterBody(m))
	}
	if a := h.Acceptance; a != nil {
		r.Acceptance = &AcceptanceBody{At: a.At, Way: a.Way, Remarks: a.Remarks, ActHash: a.ActHash, Files: []string{}, Kept: []SignedFileBody{}}
		for _, p := range h.SignedPapers() {
			kept := SignedFileBody{Kind: p.Kind, Name: p.File.Name, Size: p.File.Size, SHA256: p.File.SHA256, What: p.Label(f.Account.Lang)}
			if p.Came != nil {
				kept.UploadedBy, kept.UploadedAt = string(p.Came.From), &p.Came.At
			}
			r.Acceptance.Files, r.Acceptance.Kept = append(r.Acceptance.Files, p.Kind), append(r.Acceptance.Kept, kept)
		}
		slices.Sort(r.Acceptance.Files)
	}
	if e := h.EDI; e != nil {
		r.EDI = &EDIBody{e.Operator, e.DocumentID, e.Status, e.Comment, e.At}
	}
	r.SuccessorUp = h.SuccessorUp
	if role != RoleViewer {
		personal(&r, h)
	}
	return r
}

// personal adds what a viewer is not shown.
func personal(r *HandoverResponse, h *offboarding.Handover) {
	r.Place = h.Place
	r.Giver, r.Receiver, r.Contact = (*SignatoryBody)(&h.Giver), (*SignatoryBody)(&h.Receiver), (*ContactBody)(&h.Contact)
	for _, c := range h.Contacts {
		r.Contacts = append(r.Contacts, ContactBody(c))
	}
	for _, a := range h.Access {
		r.Access = append(r.Access, AccessBody(a))
	}
	for _, g := range h.Passes {
		r.Links = append(r.Links, LinkBody{string(g.Role), g.Email, g.GivenAt, g.ExpiresAt, optional(g.OpenedAt), optional(g.RevokedAt)})
	}
	if n := h.Successor; n != nil {
		r.Successor = &SuccessorResponse{SuccessorBody{n.Name, n.Company, n.Email, n.Phone, n.Source, n.Wording, n.All, n.Items, n.Confidential}, n.ConsentAt, string(n.ConsentBy), optional(n.WithdrawnAt)}
	}
	for _, q := range h.Questions {
		r.Questions = append(r.Questions, QuestionBody{q.ID, q.ItemID, string(q.Asker), q.Text, q.At, q.AnswerBy, q.Answer, optional(q.AnsweredAt)})
	}
	if h.Acceptance != nil {
		r.Acceptance.By = h.Acceptance.By
	}
}
