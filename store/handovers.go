package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

type handoverRow struct {
	CaseID    uuid.UUID
	AccountID uuid.UUID
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int
	DueOn     string
	Doc       document
}

func (handoverRow) TableName() string { return "handovers" }

// Handover returns the handover of a case.
func (s *Store) Handover(ctx context.Context, caseID uuid.UUID) (*offboarding.Handover, error) {
	var h offboarding.Handover
	err := s.read(ctx, "read handover", func(db *gorm.DB) error {
		var r handoverRow
		if err := db.Where("case_id = ?", caseID).Take(&r).Error; err != nil {
			return err
		}
		if err := r.Doc.decode(&h); err != nil {
			return err
		}
		h.CaseID, h.AccountID, h.Version, h.CreatedAt, h.UpdatedAt = r.CaseID, r.AccountID, r.Version, stamp(r.CreatedAt), stamp(r.UpdatedAt)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &h, nil
}

// SaveHandover adds one whose version is zero, else writes WHERE version = h.Version.
func (s *Store) SaveHandover(ctx context.Context, h *offboarding.Handover) error {
	doc, err := encode(h)
	if err != nil {
		return s.done("save handover", err)
	}
	r := handoverRow{
		CaseID: h.CaseID, AccountID: h.AccountID, CreatedAt: s.created(h.CreatedAt), UpdatedAt: stamp(s.now()), Version: h.Version + 1, DueOn: h.DueOn, Doc: doc,
	}
	err = s.write(ctx, "save handover", func(db *gorm.DB) error {
		if h.Version == 0 {
			return changed(db.Clauses(clause.OnConflict{DoNothing: true}).Create(&r), offboarding.ErrStale)
		}
		return changed(db.Model(&handoverRow{}).Where("case_id = ? AND version = ?", h.CaseID, h.Version).
			Select("updated_at", "version", "due_on", "doc").UpdateColumns(&r), offboarding.ErrStale)
	})
	if err == nil {
		h.Version, h.CreatedAt, h.UpdatedAt = r.Version, r.CreatedAt, r.UpdatedAt
	}
	return err
}

type itemRow struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	ListID    uuid.UUID
	UpdatedAt time.Time
	Version   int
	Pos       int
	Mandatory bool
	Status    offboarding.ItemStatus
	Doc       document
}

func (itemRow) TableName() string { return "items" }

func (s *Store) toItemRow(it *offboarding.Item, version int) (*itemRow, error) {
	doc, err := encode(it)
	return &itemRow{
		ID: it.ID, AccountID: it.AccountID, ListID: it.ListID, UpdatedAt: stamp(s.now()), Version: version, Pos: it.Pos,
		Mandatory: it.Mandatory, Status: it.Status, Doc: doc,
	}, err
}

func toItem(r *itemRow) (*offboarding.Item, error) {
	var it offboarding.Item
	if err := r.Doc.decode(&it); err != nil {
		return nil, err
	}
	it.ID, it.AccountID, it.ListID, it.Pos, it.Mandatory, it.Status = r.ID, r.AccountID, r.ListID, r.Pos, r.Mandatory, r.Status
	it.UpdatedAt, it.Version = stamp(r.UpdatedAt), r.Version
	return &it, nil
}

// Items lists a list's items in their order.
func (s *Store) Items(ctx context.Context, listID uuid.UUID) (out []*offboarding.Item, err error) {
	err = s.read(ctx, "list items", func(db *gorm.DB) error {
		var rows []itemRow
		if err := db.Where("list_id = ?", listID).Order("pos, id").Find(&rows).Error; err != nil {
			return err
		}
		out, err = each(rows, toItem)
		return err
	})
	return out, err
}

// SomeItems returns those of a list's items that are named and there.
func (s *Store) SomeItems(ctx context.Context, listID uuid.UUID, ids []uuid.UUID) (out []*offboarding.Item, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = s.read(ctx, "read items", func(db *gorm.DB) error {
		var rows []itemRow
		if err := db.Where("list_id = ? AND id IN ?", listID, ids).Order("pos, id").Find(&rows).Error; err != nil {
			return err
		}
		out, err = each(rows, toItem)
		return err
	})
	return out, err
}

// handed finds an item of a list that is handed over, by its form; the words are
// those of the index.
const handed = `EXISTS (SELECT 1 FROM items WHERE list_id = @list AND coalesce(doc ->> 'ownership', '') <> 'internal' AND coalesce(doc ->> 'form', '') `

// ListShape tells what a list is like without reading its items: what it costs
// does not follow their number, but for counting them in an index.
func (s *Store) ListShape(ctx context.Context, listID uuid.UUID) (shape offboarding.ListShape, err error) {
	err = s.read(ctx, "look at a list", func(db *gorm.DB) error {
		return db.Raw(`SELECT (SELECT count(*) FROM items WHERE list_id = @list) AS length, (SELECT coalesce(max(pos), 0) FROM items WHERE list_id = @list) AS last_pos,
			`+handed+`= 'original') AS originals, `+handed+`< 'original') OR `+handed+`> 'original') AS copies`,
			map[string]any{"list": listID}).Scan(&shape).Error
	})
	return shape, err
}

// AddItems stores new items.
func (s *Store) AddItems(ctx context.Context, items []*offboarding.Item) error {
	rows := make([]*itemRow, 0, len(items))
	for _, it := range items {
		r, err := s.toItemRow(it, 1)
		if err != nil {
			return s.done("add items", err)
		}
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return nil
	}
	err := s.write(ctx, "add items", func(db *gorm.DB) error { return db.CreateInBatches(rows, 200).Error })
	for i, it := range items {
		if err == nil {
			it.Version, it.UpdatedAt = 1, rows[i].UpdatedAt
		}
	}
	return err
}

// SaveItem writes WHERE version = it.Version and raises it.
func (s *Store) SaveItem(ctx context.Context, it *offboarding.Item) error {
	r, err := s.toItemRow(it, it.Version+1)
	if err != nil {
		return s.done("save item", err)
	}
	err = s.write(ctx, "save item", func(db *gorm.DB) error {
		return changed(db.Model(&itemRow{}).Where("id = ? AND version = ?", it.ID, it.Version).
			Select("updated_at", "version", "pos", "mandatory", "status", "doc").UpdateColumns(r), offboarding.ErrStale)
	})
	if err == nil {
		it.Version, it.UpdatedAt = r.Version, r.UpdatedAt
	}
	return err
}

// DropItem deletes an item WHERE version = it.Version.
func (s *Store) DropItem(ctx context.Context, it *offboarding.Item) error {
	return s.write(ctx, "drop item", func(db *gorm.DB) error {
		return changed(db.Where("id = ? AND version = ?", it.ID, it.Version).Delete(&itemRow{}), offboarding.ErrStale)
	})
}

type buildRow struct {
	CaseID    uuid.UUID
	AccountID uuid.UUID
	UpdatedAt time.Time
	Done      int64
	Total     int64
	Contents  string
	State     offboarding.BuildState
	Error     string
	File      document
}

func (buildRow) TableName() string { return "builds" }

// Build returns the latest build of a case's package.
func (s *Store) Build(ctx context.Context, caseID uuid.UUID) (*offboarding.Build, error) {
	var r buildRow
	b := &offboarding.Build{}
	err := s.read(ctx, "read build", func(db *gorm.DB) error {
		if err := db.Where("case_id = ?", caseID).Take(&r).Error; err != nil {
			return err
		}
		return r.File.decode(&b.File)
	})
	if err != nil {
		return nil, err
	}
	b.CaseID, b.AccountID, b.UpdatedAt, b.Done, b.Total = r.CaseID, r.AccountID, stamp(r.UpdatedAt), r.Done, r.Total
	b.Contents, b.State, b.Error = r.Contents, r.State, r.Error
	return b, nil
}

// SaveBuild writes the one build of the case.
func (s *Store) SaveBuild(ctx context.Context, b *offboarding.Build) error {
	r := buildRow{
		CaseID: b.CaseID, AccountID: b.AccountID, UpdatedAt: stamp(s.now()), Done: b.Done, Total: b.Total, Contents: b.Contents,
		State: b.State, Error: plain(b.Error),
	}
	if b.File != nil {
		var err error
		if r.File, err = encode(b.File); err != nil {
			return s.done("save build", err)
		}
	}
	return s.write(ctx, "save build", func(db *gorm.DB) error {
		return db.Clauses(clause.OnConflict{Columns: columns("case_id"), UpdateAll: true}).Create(&r).Error
	})
}

type checklistRow struct {
	ServiceType string
	UpdatedAt   time.Time
	Version     int
	Doc         document
}

func (checklistRow) TableName() string { return "checklists" }

type checklistDoc struct {
	Name  string                      `json:"name"`
	Items []offboarding.ChecklistItem `json:"items"`
}

func toChecklist(r *checklistRow) (*offboarding.Checklist, error) {
	var d checklistDoc
	err := r.Doc.decode(&d)
	return &offboarding.Checklist{ServiceType: r.ServiceType, Name: d.Name, Items: d.Items, Own: true, Version: r.Version, UpdatedAt: stamp(r.UpdatedAt)}, err
}

// Checklist returns a checklist that was changed here.
func (s *Store) Checklist(ctx context.Context, serviceType string) (l *offboarding.Checklist, err error) {
	err = s.read(ctx, "read checklist", func(db *gorm.DB) error {
		var r checklistRow
		if err := db.Where("service_type = ?", plain(serviceType)).Take(&r).Error; err != nil {
			return err
		}
		l, err = toChecklist(&r)
		return err
	})
	return l, err
}

// Checklists lists the checklists that were changed here.
func (s *Store) Checklists(ctx context.Context) (out []*offboarding.Checklist, err error) {
	err = s.read(ctx, "list checklists", func(db *gorm.DB) error {
		var rows []checklistRow
		if err := db.Order("service_type").Find(&rows).Error; err != nil {
			return err
		}
		out, err = each(rows, toChecklist)
		return err
	})
	return out, err
}

// SaveChecklist stores a checklist whose version is zero, else writes WHERE version = l.Version.
func (s *Store) SaveChecklist(ctx context.Context, l *offboarding.Checklist) error {
	doc, err := encode(checklistDoc{Name: l.Name, Items: l.Items})
	if err != nil {
		return s.done("save checklist", err)
	}
	r := checklistRow{ServiceType: l.ServiceType, UpdatedAt: stamp(s.now()), Version: l.Version + 1, Doc: doc}
	err = s.write(ctx, "save checklist", func(db *gorm.DB) error {
		if l.Version == 0 {
			return changed(db.Clauses(clause.OnConflict{DoNothing: true}).Create(&r), offboarding.ErrStale)
		}
		return changed(db.Model(&checklistRow{}).Where("service_type = ? AND version = ?", l.ServiceType, l.Version).
			Select("updated_at", "version", "doc").UpdateColumns(&r), offboarding.ErrStale)
	})
	if err == nil {
		l.Version, l.UpdatedAt = r.Version, r.UpdatedAt
	}
	return err
}

type fileRow struct {
	ID          uuid.UUID
	AccountID   uuid.UUID
	OwnerID     uuid.UUID
	CreatedAt   time.Time
	Size        int64
	Purpose     offboarding.FilePurpose
	SHA256      string `gorm:"column:sha256"`
	Name        string
	ContentType string
}

func (fileRow) TableName() string { return "files" }

// AddFile stores what is known of a file.
func (s *Store) AddFile(ctx context.Context, f *offboarding.File) error {
	f.CreatedAt = s.created(f.CreatedAt)
	r := fileRow{
		ID: f.ID, AccountID: f.AccountID, OwnerID: f.OwnerID, CreatedAt: f.CreatedAt, Size: f.Size, Purpose: f.Purpose, SHA256: f.SHA256,
		Name: plain(f.Name), ContentType: plain(f.ContentType),
	}
	return s.write(ctx, "add file", func(db *gorm.DB) error { return db.Create(&r).Error })
}

// DropFile deletes the row of a file; its content is swept when no other row names it.
func (s *Store) DropFile(ctx context.Context, id uuid.UUID) error {
	return s.write(ctx, "drop file", func(db *gorm.DB) error {
		return changed(db.Where("id = ?", id).Delete(&fileRow{}), offboarding.ErrNotFound)
	})
}

// FilesHeld tells which of the contents some row names.
func (s *Store) FilesHeld(ctx context.Context, sha256 []string) (map[string]bool, error) {
	held := make(map[string]bool, len(sha256))
	err := s.read(ctx, "ask for files", func(db *gorm.DB) error {
		for len(sha256) > 0 {
			n := min(len(sha256), 500)
			var found []string
			if err := db.Model(&fileRow{}).Distinct("sha256").Where("sha256 IN ?", sha256[:n]).Find(&found).Error; err != nil {
				return err
			}
			for _, name := range found {
				held[name] = true
			}
			sha256 = sha256[n:]
		}
		return nil
	})
	return held, err
}
