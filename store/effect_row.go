package store

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

type effectRow struct {
	ID         uuid.UUID
	AccountID  uuid.UUID
	CaseID     *uuid.UUID
	EventID    *uuid.UUID
	DueAt      time.Time
	GiveUpAt   time.Time
	CreatedAt  time.Time
	UpdatedAt  time.Time
	LeaseUntil *time.Time
	RungAt     *time.Time
	Gen        int
	Token      int
	Attempts   int
	Crashes    int
	Kind       offboarding.EffectKind
	State      offboarding.EffectState
	SendKey    string
	SerialKey  string
	LastError  string
	Reason     string
	Result     string
	Payload    document
}

func (effectRow) TableName() string { return "effects" }

func (s *Store) toEffectRow(e *offboarding.Effect) (effectRow, error) {
	payload, err := rawDocument(e.Payload)
	if err != nil {
		return effectRow{}, err
	}
	if payload == nil {
		payload = document("null")
	}
	r := effectRow{
		ID: e.ID, AccountID: e.AccountID, CaseID: e.CaseID, DueAt: stamp(e.DueAt), GiveUpAt: stamp(e.GiveUpAt),
		CreatedAt: s.created(e.CreatedAt), UpdatedAt: stamp(s.now()), Gen: e.Gen, Token: e.Token, Attempts: e.Attempts,
		Crashes: e.Crashes, Kind: e.Kind, State: e.State, SendKey: plain(e.SendKey), SerialKey: plain(e.SerialKey),
		LastError: plain(e.LastError), Reason: plain(e.Reason), Result: plain(e.Result), Payload: payload,
	}
	if e.Kind == offboarding.EffectInterpret {
		var p offboarding.InterpretPayload
		if err := json.Unmarshal(payload, &p); err != nil {
			return effectRow{}, err
		}
		if p.EventID != uuid.Nil {
			r.EventID = &p.EventID
		}
	}
	return r, nil
}

func toEffect(r *effectRow) (*offboarding.Effect, error) {
	return &offboarding.Effect{
		ID: r.ID, AccountID: r.AccountID, CaseID: r.CaseID, Kind: r.Kind, SendKey: r.SendKey, SerialKey: r.SerialKey,
		State: r.State, DueAt: stamp(r.DueAt), GiveUpAt: stamp(r.GiveUpAt), Payload: r.Payload.raw(), Gen: r.Gen,
		Token: r.Token, Attempts: r.Attempts, Crashes: r.Crashes, LastError: r.LastError, Reason: r.Reason, Result: r.Result,
		CreatedAt: stamp(r.CreatedAt), UpdatedAt: stamp(r.UpdatedAt),
	}, nil
}

// kinds lists every kind of effect. The database knows a kind's queue and
// priority only through it.
var kinds = []offboarding.EffectKind{
	offboarding.EffectInterpret, offboarding.EffectMail, offboarding.EffectCard, offboarding.EffectNote, offboarding.EffectRemark,
	offboarding.EffectTask, offboarding.EffectResult, offboarding.EffectTimer,
	offboarding.EffectAdminMail,
	offboarding.EffectPackage, offboarding.EffectFetch, offboarding.EffectCarry,
}

// kindsWhere lists the kinds that holds agrees to, quoted for an IN (…).
func kindsWhere(holds func(offboarding.EffectKind) bool) string {
	var out []string
	for _, k := range kinds {
		if holds(k) {
			out = append(out, "'"+string(k)+"'")
		}
	}
	return strings.Join(out, ", ")
}

// lane names what shares an account's room: a queue, and in the queue crm what
// is read and what is written each for itself.
func lane(k offboarding.EffectKind) string {
	switch {
	case k.WritesBack():
		return "writing"
	case k.Queue() == offboarding.QueueCRM:
		return "reading"
	}
	return string(k.Queue())
}

// Parts of statements that follow from the domain's own rules.
var (
	crmKinds        = kindsWhere(func(k offboarding.EffectKind) bool { return k.Queue() == offboarding.QueueCRM })
	looksFirstKinds = kindsWhere(offboarding.EffectKind.LooksFirst)
	stayingKinds    = kindsWhere(func(k offboarding.EffectKind) bool { return !k.Leaves() })
	kindTable       = func() string { // rows of (kind, lane, priority)
		rows := make([]string, 0, len(kinds))
		for _, k := range kinds {
			rows = append(rows, "('"+string(k)+"', '"+lane(k)+"', "+string(rune('0'+k.Priority()))+")")
		}
		return strings.Join(rows, ", ")
	}()
	onceTemplates = func() string {
		var out []string
		for _, k := range offboarding.LetterKinds {
			if !k.Repeats {
				out = append(out, "'"+k.Code+"'")
			}
		}
		return strings.Join(out, ", ")
	}()
	resendableTemplates = func() string {
		var out []string
		for _, k := range offboarding.LetterKinds {
			if k.Resendable {
				out = append(out, "'"+k.Code+"'")
			}
		}
		return strings.Join(out, ", ")
	}()
)
