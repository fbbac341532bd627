package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"opendoor/documents"
	"opendoor/integrations/bitrix24"
	"opendoor/integrations/generic"
	"opendoor/letters"
	"opendoor/offboarding"
	"opendoor/offboarding/tone"
	"opendoor/store"
	"opendoor/store/files"
	"opendoor/store/journal"
)

var tuesday = time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)

const adminKey = "an-admin-key-of-the-settings"

// office is the HTTP side over a real SQLite file, without workers.
type office struct {
	*testing.T
	server    *Server
	store     *store.Store
	broken    *brokenStore
	keys      *offboarding.Keys
	directory *offboarding.Directory
	clock     time.Time
	crm       *fakeCRM
	desk      *offboarding.Desk
	packer    *offboarding.Packer
	postman   *offboarding.Postman
	keeper    *offboarding.Keeper
	consent   *offboarding.Consent
	byRole    map[Role]string
}

var master = [][]byte{bytes.Repeat([]byte{7}, 32)}

// migrated is a database file with the schema and no rows, made once.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "opendoor")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "opendoor.db")
	s, err := store.Open(context.Background(), store.Options{URL: file, Keys: master})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.Migrate(context.Background()), s.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// press writes real letters; its templates are read once.
var press = sync.OnceValues(func() (*letters.Writer, error) { return letters.New("") })

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, clock: tuesday, crm: &fakeCRM{}, byRole: map[Role]string{}}
	file := filepath.Join(t.TempDir(), "opendoor.db")
	fresh, err := migrated()
	o.must(err)
	o.must(os.WriteFile(file, fresh, 0o600))
	now := func() time.Time { return o.clock }
	o.store, err = store.Open(t.Context(), store.Options{URL: file, Keys: master, Now: now, Wall: now})
	o.must(err)
	t.Cleanup(func() { _ = o.store.Close() })
	o.broken = &brokenStore{Store: o.store}
	o.keys = offboarding.NewKeys(master, bytes.Repeat([]byte{8}, 32))
	log := slog.New(slog.DiscardHandler)
	o.directory = offboarding.NewDirectory(o.store, log)
	bell := silentBell{}
	intake := offboarding.NewIntake(o.broken, noSpool{}, bell, now, log)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		intake.Run(ctx)
		close(done)
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
	connectors := offboarding.Connectors{
		offboarding.AmoCRM:   o.crm,
		offboarding.Bitrix24: proving{o.crm, bitrix24.New(bitrix24.Config{Wall: now, Log: log})},
		offboarding.Generic:  proving{o.crm, generic.New(nil, nil, now)},
	}
	o.desk = offboarding.NewDesk(o.store, o.keys, connectors, now, log)
	o.postman = offboarding.NewPostman(o.store, plainLetters{}, noMailer{}, o.keys, "https://opendoor.example.com", "opendoor@example.com", now, log)
	kept, err := files.OpenFolder(t.TempDir())
	o.must(err)
	t.Cleanup(func() { _ = kept.Close() })
	uploads := offboarding.Uploads{Files: kept, Most: 1 << 20}
	o.packer = offboarding.NewPacker(o.store, uploads, documents.HandoverPapers{}, nil, connectors, now, log)
	grants, err := journal.Open(t.TempDir(), master)
	o.must(err)
	o.keeper = offboarding.NewKeeper(o.store, o.store, grants, now, log)
	o.consent = offboarding.NewConsent(o.store, o.keeper, connectors, o.keys, offboarding.Clock{Now: now, Wall: now, Rate: 1}, log)
	texts, err := press()
	o.must(err)
	o.server, err = New(Config{
		Editor:  offboarding.NewEditor(o.store, texts, now),
		Consent: o.consent, Keeper: o.keeper, WinBack: offboarding.NewWinBack(o.store, o.keys, now, log), Registrar: offboarding.NewRegistrar(o.store, o.keys, now),
		Archive: offboarding.NewArchive(o.store, uploads, now, log),
		Clerk:   offboarding.NewClerk(o.store, uploads, documents.HandoverPapers{}, o.keys, "https://opendoor.example.com", now, log),
		Store:   o.broken, Keys: o.keys, Directory: o.directory, Connectors: connectors, Intake: intake, Desk: o.desk, Bell: bell,
		Clock: offboarding.Clock{Now: now, Wall: now, Rate: 1}, PublicURL: "https://opendoor.example.com", AdminKey: adminKey,
		Metrics: prometheus.NewRegistry(), Version: VersionInfo{Version: "1.0.0", Go: "go1.26", Schema: 1},
		CheckAddress: func(_ offboarding.Provider, s string) error {
			if !strings.HasPrefix(s, "https://") {
				return errors.New("https is needed")
			}
			return nil
		},
		Mapper: generic.New(nil, nil, now),
		Log:    log,
	})
	o.must(err)
	return o
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// key returns an API key of the role for these accounts; none: all.
func (o *office) key(role Role, accounts ...uuid.UUID) string {
	o.Helper()
	secret, k := offboarding.NewAPIKey(string(role), string(role), accounts)
	o.must(offboarding.AddAPIKey(o.Context(), o.store, k, "test"))
	return secret
}

// as returns one key per role for all accounts.
func (o *office) as(role Role) string {
	if o.byRole[role] == "" {
		o.byRole[role] = o.key(role)
	}
	return o.byRole[role]
}

func (o *office) account(p offboarding.Provider, credentials offboarding.Credentials) *offboarding.Account {
	o.Helper()
	a := &offboarding.Account{
		ID: offboarding.NewID(), Provider: p, Name: "Ромашка", BaseURL: "https://example.amocrm.ru", Credentials: credentials, Lang: offboarding.RU,
		TimeZone: "Europe/Moscow", Mode: offboarding.Live, Policy: offboarding.DefaultPolicy(), Status: offboarding.AccountActive, ConnectedAt: tuesday,
	}
	o.must(o.store.AddAccount(o.Context(), a))
	o.must(o.directory.Refresh(o.Context()))
	return a
}

// open opens a case by hand and sends its acknowledgement, so that its links exist.
func (o *office) open(acc *offboarding.Account) *offboarding.Case {
	o.Helper()
	c, err := o.desk.Open(o.Context(), nil, offboarding.NewCaseRequest{
		AccountID: acc.ID, Initiator: offboarding.ByClient, Reason: "позвонила", Contract: offboarding.Contract{Number: offboarding.NewID().String()},
		Client:      offboarding.Client{ID: "1", Name: "Анна Примерова", Email: "client@example.com", Phone: "+70000000000"},
		Responsible: offboarding.Responsible{ID: "5", Name: "Мария Образцова", Email: "manager@example.com"},
	}, "test")
	o.must(err)
	m, err := o.store.MessageByTemplate(o.Context(), c.ID, offboarding.T01)
	o.must(err)
	ef, err := o.store.Claim(o.Context(), m.EffectID, o.clock, time.Minute)
	o.must(err)
	o.must(o.postman.Send(o.Context(), ef, offboarding.MailPayload{MessageID: m.ID}))
	return o.fresh(c)
}

func (o *office) fresh(c *offboarding.Case) *offboarding.Case {
	o.Helper()
	c, err := o.store.Case(o.Context(), nil, c.ID)
	o.must(err)
	return c
}

// request is one call; header lines are "Name: value".
type request struct {
	method, path, key, body string
	headers                 []string
}

func (o *office) do(r request) *httptest.ResponseRecorder {
	o.Helper()
	req := httptest.NewRequestWithContext(o.Context(), r.method, "http://opendoor.example.com"+r.path, strings.NewReader(r.body))
	if r.key != "" {
		req.Header.Set("Authorization", "Bearer "+r.key)
	}
	for _, h := range r.headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	o.server.Handler().ServeHTTP(w, req)
	return w
}

// call is a JSON request by an admin that must be answered with the status; it
// returns the answer.
func (o *office) call(status int, method, path, body string, headers ...string) map[string]any {
	o.Helper()
	return o.callAs(adminKey, status, method, path, body, headers...)
}

func (o *office) callAs(key string, status int, method, path, body string, headers ...string) map[string]any {
	o.Helper()
	w := o.do(request{method, path, key, body, headers})
	if w.Code != status {
		o.Fatalf("%s %s: %d, want %d: %s", method, path, w.Code, status, w.Body)
	}
	return o.json(w)
}

func (o *office) json(w *httptest.ResponseRecorder) map[string]any {
	o.Helper()
	out := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			o.Fatalf("no JSON: %v: %s", err, w.Body)
		}
	}
	return out
}

// fields lists the names in errors[] of a problem.
func fields(problem map[string]any) (out []string) {
	list, _ := problem["errors"].([]any)
	for _, e := range list {
		out = append(out, e.(map[string]any)["field"].(string))
	}
	return out
}

// brokenStore is the store that fails on demand.
type brokenStore struct {
	offboarding.Store
	mu       sync.Mutex
	readOnly bool
}

func (s *brokenStore) breakDown(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readOnly = yes
}

func (s *brokenStore) down() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readOnly {
		return offboarding.ErrUnavailable
	}
	return nil
}

func (s *brokenStore) Writable(ctx context.Context) error {
	if err := s.down(); err != nil {
		return err
	}
	return s.Store.Writable(ctx)
}

func (s *brokenStore) AddDeliveries(ctx context.Context, batch []*offboarding.Delivery, again time.Duration) error {
	if err := s.down(); err != nil {
		return err
	}
	return s.Store.AddDeliveries(ctx, batch, again)
}

type noSpool struct{}

func (noSpool) Append(context.Context, []*offboarding.Delivery) error {
	return errors.New("the disk is full")
}
func (noSpool) Drain(context.Context, func([]*offboarding.Delivery) error) error { return nil }
func (noSpool) Len() int                                                         { return 0 }

type silentBell struct{}

func (silentBell) Ring() {}

type noMailer struct{}

func (noMailer) Send(ctx context.Context, _ *offboarding.Envelope, fence offboarding.FenceFunc) error {
	return fence(ctx)
}

type plainLetters struct{}

func (plainLetters) Write(d offboarding.LetterData) (*offboarding.WrittenLetter, error) {
	w := &offboarding.WrittenLetter{Subject: d.Template, Text: "text", HTML: "<p>text</p>", Parts: []offboarding.LetterPart{{Text: "text"}}}
	k, _ := offboarding.LetterKindOf(d.Template)
	for _, id := range tone.Required(k.Kind) {
		w.Parts = append(w.Parts, offboarding.LetterPart{Element: id, Text: id})
	}
	return w, nil
}

func (plainLetters) Summary(*offboarding.Case, *offboarding.Account) string  { return "summary" }
func (plainLetters) TaskDone(*offboarding.Case, *offboarding.Account) string { return "done" }
func (plainLetters) Remark(offboarding.RemarkPayload, *offboarding.Case, *offboarding.Account) string {
	return "remark"
}
func (plainLetters) Task(string, *offboarding.Case, *offboarding.Account) string { return "task" }

// fakeCRM answers what administrators ask.
type fakeCRM struct {
	offboarding.Connector
	fail error
	deal *offboarding.Deal
}

func (*fakeCRM) Prove(*offboarding.Account, *offboarding.Delivery) error { return nil }

func (f *fakeCRM) Deal(context.Context, *offboarding.Account, string) (*offboarding.Deal, error) {
	if f.deal == nil {
		return nil, offboarding.ErrGone
	}
	return f.deal, f.fail
}

func (f *fakeCRM) Check(context.Context, *offboarding.Account) []offboarding.CheckItem {
	return []offboarding.CheckItem{{Name: "token", OK: f.fail == nil, Detail: "valid"}}
}

func (f *fakeCRM) Setup(_ context.Context, _ *offboarding.Account, hookURL string) (*offboarding.SetupReport, error) {
	return &offboarding.SetupReport{
		Fields:    []offboarding.SetupField{{Code: offboarding.FieldState, RemoteID: "1", Name: "Уход: состояние", Created: true}},
		Hook:      offboarding.SetupHook{URL: hookURL, State: "subscribed", Created: true},
		CardSetup: json.RawMessage(`{}`),
	}, f.fail
}

func (f *fakeCRM) Pipelines(context.Context, *offboarding.Account) ([]offboarding.Pipeline, error) {
	return []offboarding.Pipeline{{ID: "8", Name: "Обслуживание", Stages: []offboarding.Stage{{ID: "143", Name: "Закрыто", Outcome: offboarding.OutcomeLost}}}}, f.fail
}

func (f *fakeCRM) Rights(context.Context, *offboarding.Account) ([]offboarding.Right, error) {
	return []offboarding.Right{{Name: "administrator", OK: true, Detail: "makes fields"}}, f.fail
}

func (f *fakeCRM) Subscribe(ctx context.Context, acc *offboarding.Account, hookURL string) (*offboarding.SetupReport, error) {
	r, err := f.Setup(ctx, acc, hookURL)
	return &offboarding.SetupReport{Hook: r.Hook}, err
}

func (f *fakeCRM) Unsubscribe(_ context.Context, _ *offboarding.Account, hookURL string) (offboarding.SetupHook, error) {
	return offboarding.SetupHook{URL: hookURL, State: offboarding.HookUnsubscribed}, f.fail
}

func (f *fakeCRM) RemoveFields(context.Context, *offboarding.Account) ([]string, error) {
	return []string{offboarding.FieldState}, f.fail
}

func (f *fakeCRM) Caught(_ context.Context, _ *offboarding.Account, stages []offboarding.StageRef, since time.Time) (out offboarding.Caught, _ error) {
	for i, s := range stages {
		for n := range 7 {
			out.Deals = append(out.Deals, offboarding.CaughtDeal{ID: strconv.Itoa(10*i + n), Title: "Договор", Stage: s, At: since.Add(time.Hour)})
		}
	}
	return out, f.fail
}

// proving proves bodies like the real connector and else is the fake one.
type proving struct {
	*fakeCRM
	real interface {
		Prove(acc *offboarding.Account, d *offboarding.Delivery) error
	}
}

func (p proving) Prove(acc *offboarding.Account, d *offboarding.Delivery) error {
	return p.real.Prove(acc, d)
}

var isJSON = "Content-Type: application/json"

const isForm = "Content-Type: application/x-www-form-urlencoded"

const get, post, patch, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
