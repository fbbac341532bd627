package amocrm

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"opendoor/offboarding"
)

type expectation struct {
	AccountID       json.Number      `json:"account_id"`
	Subdomain       string           `json:"subdomain"`
	DigitalPipeline bool             `json:"digital_pipeline"`
	Reject          string           `json:"reject"`
	Events          []map[string]any `json:"events"`
}

// said spells the record with the keys of expected.json.
func (r *record) said() map[string]any {
	m := map[string]any{
		"entity": r.Entity, "action": r.Action, "kind": string(r.Kind), "id": nil, "uid": r.UID, "message_id": r.UID,
		"type": r.Type, "tags": r.Tags, "name": nil, "text": r.Text, "completed": r.Completed,
		"lost_transition": r.lostTransition(), "won_transition": r.movedInto(stageWon),
		"element_id": r.ElementID, "element_type": r.ElementType, "note_id": r.NoteID, "note_type": r.NoteType,
		"lead_id": r.LeadID, "contact_id": r.ContactID, "emails": r.Emails, "phones": r.Phones,
		"lead_ids": r.LeadIDs, "linked_leads": r.LeadIDs,
		"reopened":  r.stageMoved() && *r.OldStatusID == stageLost && *r.StatusID != stageLost,
		"reconcile": !r.stageMoved() && r.StatusID != nil && *r.StatusID == stageLost && (r.Action == "update" || r.Action == "add"),
		"duplicate": true, // said by the file's name; the inbox's business
	}
	if r.ID != 0 {
		m["id"] = r.ID
	}
	if r.Name != nil {
		m["name"] = *r.Name
	}
	for key, p := range map[string]*int64{
		"status_id": r.StatusID, "old_status_id": r.OldStatusID, "pipeline_id": r.PipelineID, "old_pipeline_id": r.OldPipelineID,
		"responsible_user_id": r.ResponsibleID, "old_responsible_user_id": r.OldResponsibleID, "modified_user_id": r.ModifiedBy,
	} {
		m[key] = nil
		if p != nil {
			m[key] = *p
		}
	}
	return m
}

// TestEveryKnownBodyIsReadAsExpected holds the captured and documented bodies
// against expected.json. Keys that are absent there are not asserted.
func TestEveryKnownBodyIsReadAsExpected(t *testing.T) {
	raw, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]struct {
		Expect expectation `json:"expect"`
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	if err := dec.Decode(&all); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for name, want := range all {
		if !strings.HasPrefix(name, "webhooks/") {
			continue
		}
		tried++
		form, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimPrefix(name, "webhooks/"), func(t *testing.T) { compare(t, form, want.Expect) })
	}
	if tried < 30 {
		t.Errorf("only %d bodies were tried", tried)
	}
}

func compare(t *testing.T, form []byte, want expectation) {
	b, _, malformed := read(&offboarding.Delivery{Body: form})
	if (malformed != "") != (len(form) == 0) {
		t.Fatalf("malformed: %q", malformed)
	}
	if b.AccountID != string(want.AccountID) || want.Subdomain != "" && b.Subdomain != want.Subdomain {
		t.Errorf("account %q, subdomain %q", b.AccountID, b.Subdomain)
	}
	if want.Reject != "" {
		acc := &offboarding.Account{RemoteID: "32720107"}
		if foreign(acc, b) == "" {
			t.Error("the body of another account was taken")
		}
		return
	}
	if len(b.Records) != len(want.Events) {
		t.Fatalf("%d records, want %d", len(b.Records), len(want.Events))
	}
	for _, event := range want.Events {
		// The order of events is not significant.
		ok := slices.ContainsFunc(b.Records, func(r record) bool { return mismatch(r, event) == "" })
		if !ok {
			for _, r := range b.Records {
				t.Errorf("want %v: %s", event, mismatch(r, event))
			}
		}
	}
	for _, r := range b.Records {
		if r.DigitalPipeline != want.DigitalPipeline {
			t.Errorf("digital pipeline: %v", r.DigitalPipeline)
		}
	}
}

func mismatch(r record, want map[string]any) string {
	said := r.said()
	for key, w := range want {
		got, known := said[key]
		if !known {
			return "key " + key + " is not compared"
		}
		if diff := cmp.Diff(plain(w), plain(got)); diff != "" {
			return key + ": " + diff
		}
	}
	return ""
}

// plain makes JSON numbers and Go's integers comparable.
func plain(v any) any {
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
