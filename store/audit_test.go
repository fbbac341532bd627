package store

import (
	"testing"
	"time"

	"opendoor/offboarding"
)

func TestTheHashOfAnAuditLineCoversAllOfIt(t *testing.T) {
	id, other := offboarding.NewID(), offboarding.NewID()
	line := func(change func(*auditRow)) string {
		r := auditRow{
			ID: id, Stream: "system", Seq: 1, At: time.Unix(1, 0), Actor: "system", Kind: "a", Summary: "b",
			AccountID: &id, CaseID: &id, MessageID: &id, Data: document(`{}`), PrevHash: []byte{1},
		}
		change(&r)
		return string(r.chained())
	}
	whole := line(func(*auditRow) {})
	for name, change := range map[string]func(*auditRow){
		"id":          func(r *auditRow) { r.ID = other },
		"stream":      func(r *auditRow) { r.Stream = "case:1" },
		"number":      func(r *auditRow) { r.Seq = 2 },
		"time":        func(r *auditRow) { r.At = time.Unix(1, 1000) },
		"actor":       func(r *auditRow) { r.Actor = "client" },
		"kind":        func(r *auditRow) { r.Kind, r.Summary = "ab", "" },
		"summary":     func(r *auditRow) { r.Summary = "c" },
		"account":     func(r *auditRow) { r.AccountID = &other },
		"case":        func(r *auditRow) { r.CaseID = nil },
		"message":     func(r *auditRow) { r.MessageID = nil },
		"data":        func(r *auditRow) { r.Data = nil },
		"line before": func(r *auditRow) { r.PrevHash = []byte{2} },
	} {
		if line(change) == whole {
			t.Errorf("the %s can be changed unnoticed", name)
		}
	}
}
