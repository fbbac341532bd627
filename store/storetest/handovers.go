package storetest

import (
	"github.com/google/uuid"

	"opendoor/offboarding"
)

func handovers(f *fixture) {
	c := f.addCase("")
	_, err := f.s.Handover(f.ctx, c.ID)
	f.wants(err, offboarding.ErrNotFound)
	h := &offboarding.Handover{
		CaseID: c.ID, AccountID: c.AccountID, DueOn: "2026-12-01", Giver: offboarding.Signatory{Name: "М. Образцова"},
		OpenMatters: []offboarding.Matter{{What: "Ответ", Deadline: "2026-12-05"}},
		Passes:      []*offboarding.Pass{{Role: offboarding.GrantClient, Email: "a@example.com", GivenAt: f.now, ExpiresAt: f.now, Code: &offboarding.Code{Hash: []byte{1}, Until: f.now}}},
		Questions:   []*offboarding.Question{{ID: offboarding.NewID(), Asker: offboarding.GrantClient, Text: "Где?", At: f.now, AnswerBy: f.now}},
	}
	f.ok(f.s.SaveHandover(f.ctx, h))
	second := *h
	second.Version = 0
	f.wants(f.s.SaveHandover(f.ctx, &second), offboarding.ErrStale)
	got := must[*offboarding.Handover](f)(f.s.Handover(f.ctx, c.ID))
	same(f, got, h)
	stale := *got
	got.Place = "г. Москва"
	f.ok(f.s.SaveHandover(f.ctx, got))
	f.wants(f.s.SaveHandover(f.ctx, &stale), offboarding.ErrStale)
}

func items(f *fixture) {
	list := offboarding.NewID()
	file := &offboarding.ItemFile{ID: offboarding.NewID(), Name: "a\x00.pdf", SHA256: "ab", Size: 1 << 40}
	one := &offboarding.Item{ID: offboarding.NewID(), AccountID: f.acc.ID, ListID: list, Pos: 2, Title: "Второй", Mandatory: true, Status: offboarding.ItemExpected, Ownership: offboarding.ClientProperty}
	two := &offboarding.Item{ID: offboarding.NewID(), AccountID: f.acc.ID, ListID: list, Pos: 1, Title: "Первый", Status: offboarding.ItemCollected, Ownership: offboarding.WorkProduct, File: file}
	f.ok(f.s.AddItems(f.ctx, []*offboarding.Item{one, two}))
	f.ok(f.s.AddItems(f.ctx, nil))
	got := must[[]*offboarding.Item](f)(f.s.Items(f.ctx, list))
	file.Name = "a.pdf"
	same(f, got, []*offboarding.Item{two, one})
	same(f, must[[]*offboarding.Item](f)(f.s.SomeItems(f.ctx, list, []uuid.UUID{one.ID, offboarding.NewID()})), []*offboarding.Item{one})
	same(f, must[[]*offboarding.Item](f)(f.s.SomeItems(f.ctx, offboarding.NewID(), []uuid.UUID{one.ID})), nil)
	same(f, must[[]*offboarding.Item](f)(f.s.SomeItems(f.ctx, list, nil)), nil)
	shape := func(id uuid.UUID) offboarding.ListShape {
		return must[offboarding.ListShape](f)(f.s.ListShape(f.ctx, id))
	}
	same(f, shape(list), offboarding.ListShape{Length: 2, LastPos: 2, Copies: true})
	same(f, shape(offboarding.NewID()), offboarding.ListShape{})
	ours := &offboarding.Item{ID: offboarding.NewID(), AccountID: f.acc.ID, ListID: offboarding.NewID(), Pos: 7, Title: "Заметки", Form: offboarding.FormOriginal, Ownership: offboarding.InternalNotes}
	f.ok(f.s.AddItems(f.ctx, []*offboarding.Item{ours}))
	same(f, shape(ours.ListID), offboarding.ListShape{Length: 1, LastPos: 7})
	ours.Ownership = offboarding.ThirdParty
	f.ok(f.s.SaveItem(f.ctx, ours))
	same(f, shape(ours.ListID), offboarding.ListShape{Length: 1, LastPos: 7, Originals: true})
	stale := *got[1]
	got[1].Status, got[1].MissingReason = offboarding.ItemMissing, "в архиве"
	f.ok(f.s.SaveItem(f.ctx, got[1]))
	f.wants(f.s.SaveItem(f.ctx, &stale), offboarding.ErrStale)
	f.wants(f.s.DropItem(f.ctx, &stale), offboarding.ErrStale)
	f.ok(f.s.DropItem(f.ctx, got[1]))
	same(f, must[[]*offboarding.Item](f)(f.s.Items(f.ctx, list)), []*offboarding.Item{two})
}

func buildsAndFiles(f *fixture) {
	c := f.addCase("")
	_, err := f.s.Build(f.ctx, c.ID)
	f.wants(err, offboarding.ErrNotFound)
	b := &offboarding.Build{CaseID: c.ID, AccountID: c.AccountID, Contents: "x", State: offboarding.BuildRunning, Done: 1 << 33, Total: 1 << 34}
	f.ok(f.s.SaveBuild(f.ctx, b))
	b.State, b.File = offboarding.BuildDone, &offboarding.ItemFile{ID: offboarding.NewID(), Name: "p.zip", SHA256: "aa"}
	f.ok(f.s.SaveBuild(f.ctx, b))
	got := must[*offboarding.Build](f)(f.s.Build(f.ctx, c.ID))
	b.UpdatedAt = got.UpdatedAt
	same(f, got, b)
	file := func(sha string) uuid.UUID {
		id := offboarding.NewID()
		f.ok(f.s.AddFile(f.ctx, &offboarding.File{ID: id, AccountID: c.AccountID, OwnerID: c.ID, Purpose: offboarding.FileItem, Name: "x", ContentType: "text/plain", Blob: offboarding.Blob{SHA256: sha, Size: 5}}))
		return id
	}
	first, second := file("aa"), file("aa")
	f.ok(f.s.DropFile(f.ctx, first))
	f.wants(f.s.DropFile(f.ctx, first), offboarding.ErrNotFound)
	same(f, must[map[string]bool](f)(f.s.FilesHeld(f.ctx, []string{"aa", "bb"})), map[string]bool{"aa": true})
	f.ok(f.s.DropFile(f.ctx, second))
	same(f, must[map[string]bool](f)(f.s.FilesHeld(f.ctx, []string{"aa", "bb"})), map[string]bool{})
}

func checklists(f *fixture) {
	_, err := f.s.Checklist(f.ctx, "legal")
	f.wants(err, offboarding.ErrNotFound)
	l := &offboarding.Checklist{ServiceType: "legal", Name: "Юристы", Items: []offboarding.ChecklistItem{{Title: "Доверенности", Mandatory: true}}, Own: true}
	f.ok(f.s.SaveChecklist(f.ctx, l))
	second := *l
	second.Version = 0
	f.wants(f.s.SaveChecklist(f.ctx, &second), offboarding.ErrStale)
	l.Name = "Право"
	f.ok(f.s.SaveChecklist(f.ctx, l))
	same(f, must[*offboarding.Checklist](f)(f.s.Checklist(f.ctx, "legal")), l)
	same(f, must[[]*offboarding.Checklist](f)(f.s.Checklists(f.ctx)), []*offboarding.Checklist{l})
}
