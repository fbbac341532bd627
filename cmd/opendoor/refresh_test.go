package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"opendoor/integrations/amocrm"
	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/integrations/outbound"
	"opendoor/internal/testkit"
	"opendoor/offboarding"
	"opendoor/store"
	"opendoor/store/journal"
)

// The proof of issue 3: four processes renew the access to the same accounts
// while they are killed with -9. A refresh token is never presented twice
// unless its first presenter was killed before the answer stood on disk, which
// is the one case in which the vendor lets the old token count (reference §3.3);
// what the CRM sees is compared with the journal at that very moment.

const (
	refreshers      = 4
	refreshAccounts = 3
	usualRefreshes  = 120 // of make test; make refreshes does 1,000
	refreshPatience = 5 * time.Minute
	helperEnv       = "OPENDOOR_REFRESH_HELPER" // DATA_DIR|DATABASE_URL: this process is one of the four
	countEnv        = "OPENDOOR_TEST_REFRESHES"
)

var refreshKey = [][]byte{bytes.Repeat([]byte{9}, 32)}

func TestMain(m *testing.M) {
	if place := os.Getenv(helperEnv); place != "" {
		dir, url, _ := strings.Cut(place, "|")
		fmt.Fprintln(os.Stderr, refreshForEver(dir, url))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// fatalJournal kills its process now and then between the answer's record on
// disk and the commit.
type fatalJournal struct{ *journal.Journal }

func (j fatalJournal) Append(id uuid.UUID, g offboarding.Grant) error {
	if err := j.Journal.Append(id, g); err != nil {
		return err
	}
	if rand.N(12) == 0 {
		p, err := os.FindProcess(os.Getpid())
		if err == nil {
			_ = p.Kill()
		}
		select {} // never comes back
	}
	return nil
}

// refreshOffice is what renews access, as house.go wires it.
func refreshOffice(ctx context.Context, dir, url string, fatal bool) (*store.Store, *offboarding.Keeper, *amocrm.Connector, error) {
	s, err := store.Open(ctx, store.Options{URL: url, DataDir: dir, Keys: refreshKey})
	if err != nil {
		return nil, nil, nil, err
	}
	files, err := journal.Open(filepath.Join(dir, "grants"), refreshKey)
	if err != nil {
		return nil, nil, nil, err
	}
	var j offboarding.GrantJournal = files
	if fatal {
		j = fatalJournal{files}
	}
	log := slog.New(slog.DiscardHandler)
	agent := "refresh-test/" + strconv.Itoa(os.Getpid())
	client, err := outbound.New(outbound.Config{AllowPrivate: []string{"127.0.0.0/8"}, UserAgent: agent})
	if err != nil {
		return nil, nil, nil, err
	}
	keeper := offboarding.NewKeeper(s, s, j, time.Now, log)
	con := amocrm.New(amocrm.Config{
		HTTP: client, Limiter: outbound.NewLimiter(nil, log), Breakers: outbound.NewBreakers(log), Grants: keeper,
		Now: time.Now, Wall: time.Now, Log: log, UserAgent: agent,
	})
	return s, keeper, con, nil
}

// refreshForEver is a process that calls the CRM until it is killed.
func refreshForEver(dir, url string) error {
	ctx := context.Background()
	s, keeper, con, err := refreshOffice(ctx, dir, url, true)
	if err != nil {
		return err
	}
	if err := keeper.Recover(ctx); err != nil {
		return err
	}
	accounts, err := s.AllAccounts(ctx)
	if err != nil {
		return err
	}
	for {
		acc, err := s.Account(ctx, accounts[rand.N(len(accounts))].ID)
		if err != nil {
			continue
		}
		if _, err := con.RemoteID(ctx, acc); offboarding.IsKind(err, offboarding.KindUnauthorized) && acc.Status == offboarding.AccountReauthNeeded {
			return fmt.Errorf("account %s is lost: %w", acc.ID, err)
		}
	}
}

// tokenLedger notes who presents which refresh token to the CRMs, and what the
// answer was.
type tokenLedger struct {
	journal *journal.Journal

	mu        sync.Mutex
	presented map[string][]int    // token → pids, in order
	answers   map[string][]string // token → the tokens that were given for it
	known     []string            // tokens that were presented although their answer was on disk
	granted   int
}

// before is the CRM of an account with the ledger before it.
func (l *tokenLedger) before(id uuid.UUID, crm http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/oauth2/access_token" {
			crm.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // its process was killed while it spoke
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		l.look(id, body)
		crm.ServeHTTP(rec, r)
		l.note(body, r.UserAgent(), rec)
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

func refreshToken(body []byte) string {
	var in struct {
		Refresh string `json:"refresh_token"`
	}
	_ = json.Unmarshal(body, &in) // a code is no refresh token
	return in.Refresh
}

// look notes a token whose answer stood in the journal when it was presented
// again: whoever presents it holds the account's lock, so nobody writes there.
func (l *tokenLedger) look(id uuid.UUID, body []byte) {
	last, err := l.journal.Last(id)
	l.mu.Lock()
	defer l.mu.Unlock()
	token := refreshToken(body)
	if answers := l.answers[token]; err == nil && slices.Contains(answers, last.RefreshToken) {
		l.known = append(l.known, token)
	}
}

func (l *tokenLedger) note(body []byte, agent string, answer *httptest.ResponseRecorder) {
	token := refreshToken(body)
	if token == "" {
		return
	}
	_, name, _ := strings.Cut(agent, "/")
	pid, _ := strconv.Atoi(name)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.presented[token] = append(l.presented[token], pid)
	if answer.Code == http.StatusOK {
		l.granted++
		l.answers[token] = append(l.answers[token], refreshToken(answer.Body.Bytes()))
	}
}

func (l *tokenLedger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.granted
}

func TestRefreshTokensSurviveProcessesThatAreKilled(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { refreshUnderFire(t, "") })
	t.Run("postgres", func(t *testing.T) { refreshUnderFire(t, testkit.Postgres(t)) })
}

func refreshUnderFire(t *testing.T, url string) {
	wanted := usualRefreshes
	if n, err := strconv.Atoi(os.Getenv(countEnv)); err == nil && n > 0 {
		wanted = n
	}
	ctx := t.Context()
	dir := t.TempDir()
	s, keeper, con, err := refreshOffice(ctx, dir, url, false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	files, err := journal.Open(filepath.Join(dir, "grants"), refreshKey)
	if err != nil {
		t.Fatal(err)
	}
	ledger := &tokenLedger{journal: files, presented: map[string][]int{}, answers: map[string][]string{}}
	var sims []*amocrmsim.Sim
	var accounts []uuid.UUID
	for i := range refreshAccounts {
		sim := amocrmsim.New(amocrmsim.Config{AccountID: int64(1000 + i)})
		t.Cleanup(sim.Close)
		id := offboarding.NewID()
		srv := httptest.NewServer(ledger.before(id, sim))
		t.Cleanup(srv.Close)
		info := sim.Info()
		acc := &offboarding.Account{
			ID: id, Provider: offboarding.AmoCRM, Name: "Ромашка", BaseURL: srv.URL, Lang: offboarding.RU, TimeZone: "UTC", Mode: offboarding.Shadow,
			Policy: offboarding.DefaultPolicy(), Status: offboarding.AccountActive, RemoteID: strconv.FormatInt(info.AccountID, 10),
			Credentials: offboarding.Credentials{"client_id": info.ClientID, "client_secret": info.ClientSecret, "redirect_uri": info.RedirectURI},
		}
		acc.Policy.RequestsPerSec = 100_000
		if err := s.AddAccount(ctx, acc); err != nil {
			t.Fatal(err)
		}
		e, err := con.Exchange(ctx, acc, offboarding.ConsentCode{Code: sim.IssueCode()})
		if err != nil {
			t.Fatal(err)
		}
		if err := keeper.Take(ctx, acc.ID, e.Grant, offboarding.ActorSystem, "test"); err != nil {
			t.Fatal(err)
		}
		sims, accounts = append(sims, sim), append(accounts, acc.ID)
	}

	fire := &firing{t: t, place: dir + "|" + url, killed: map[int]bool{}}
	defer fire.cease()
	deadline := time.Now().Add(refreshPatience)
	lastKill := time.Now()
	for ledger.count() < wanted {
		if time.Now().After(deadline) {
			t.Fatalf("%d refreshes of %d within %v", ledger.count(), wanted, refreshPatience)
		}
		fire.fill()
		for _, sim := range sims {
			sim.ExpireAccessTokens(false)
		}
		// In the first half processes die only between answer and commit.
		if ledger.count() > wanted/2 && time.Since(lastKill) > 200*time.Millisecond {
			fire.killOne()
			lastKill = time.Now()
		}
		time.Sleep(2 * time.Millisecond)
	}
	fire.cease()

	if len(ledger.known) > 0 {
		t.Errorf("%d refresh tokens were presented although their answers stood in the journal", len(ledger.known))
	}
	excused := 0
	for _, pids := range ledger.presented {
		for _, pid := range pids[:len(pids)-1] {
			if !fire.killed[pid] {
				t.Errorf("a refresh token was presented twice, by %v; killed in flight: %v", pids, fire.killed)
			}
			excused++
		}
	}
	if err := keeper.Recover(ctx); err != nil {
		t.Fatal(err)
	}
	for _, id := range accounts {
		acc, err := s.Account(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := con.RemoteID(ctx, acc); err != nil {
			t.Errorf("account %s is lost: %v", id, err)
		}
	}
	t.Logf("%d refreshes, %d processes died between answer and commit, %d were killed at random, %d tokens shown again because of that",
		ledger.count(), fire.died, len(fire.killed), excused)
	if fire.died == 0 {
		t.Error("no process died between answer and commit: the test has shown nothing")
	}
}

// firing keeps the four processes running and kills them.
type firing struct {
	t       *testing.T
	place   string
	running []*refresher
	killed  map[int]bool // by us, at any moment
	died    int          // by themselves, between answer and commit
}

type refresher struct {
	cmd   *exec.Cmd
	said  bytes.Buffer
	ended chan struct{}
}

func (f *firing) fill() {
	alive := f.running[:0]
	for _, r := range f.running {
		select {
		case <-r.ended:
			if text := r.said.String(); text != "" {
				f.t.Errorf("a process ended: %s", text)
			}
			f.died++
		default:
			alive = append(alive, r)
		}
	}
	f.running = alive
	for len(f.running) < refreshers {
		r := &refresher{cmd: exec.Command(os.Args[0]), ended: make(chan struct{})}
		r.cmd.Env = append(os.Environ(), helperEnv+"="+f.place)
		r.cmd.Stderr = &r.said
		if err := r.cmd.Start(); err != nil {
			f.t.Fatal(err)
		}
		go func() { _ = r.cmd.Wait(); close(r.ended) }()
		f.running = append(f.running, r)
	}
}

func (f *firing) killOne() {
	i := rand.N(len(f.running))
	r := f.running[i]
	select {
	case <-r.ended: // it died by itself meanwhile, which excuses nothing
		f.died++
		f.running = append(f.running[:i], f.running[i+1:]...)
		return
	default:
	}
	f.running = append(f.running[:i], f.running[i+1:]...)
	f.killed[r.cmd.Process.Pid] = true
	_ = r.cmd.Process.Kill()
	<-r.ended
}

func (f *firing) cease() {
	for len(f.running) > 0 {
		f.killOne()
	}
}
