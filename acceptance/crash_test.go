package acceptance

import (
	"errors"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"opendoor/internal/testkit"
)

const kills = 12

// cancellations are fewer when the program watches for races, which makes its
// database inside the process ten times as slow.
func cancellations() int {
	if raceEnabled {
		return 60
	}
	return 120
}

// cancelWhile cancels all deals, spread over the time in which trouble runs.
func cancelWhile(random *rand.Rand, deals []deal, trouble func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, d := range deals {
			d.crm.cancel(d)
			time.Sleep(time.Duration(10+random.IntN(40)) * time.Millisecond)
		}
	}()
	trouble()
	<-done
}

// clientsOf makes deals, in turn of each CRM.
func clientsOf(n int, crms ...crm) []deal {
	var out []deal
	for i := range n {
		out = append(out, crms[i%len(crms)].client())
	}
	return out
}

// uncertain counts letters whose fate a crash left open.
func (s *story) uncertain() int {
	n := 0
	for _, m := range s.messages {
		if m.State == "uncertain" {
			n++
		}
	}
	return n
}

// survived checks what must hold after any trouble: each deal is told once, and
// as few letters as kills wait for a person.
func (h *house) survived(deals []deal, kills int) {
	h.t.Helper()
	s := h.allTold(deals...)
	n := s.uncertain()
	h.t.Logf("%d partings, %d kills: %d letters are uncertain, hooks were answered %v", len(deals), kills, n, h.front.hookAnswers())
	if n > kills {
		h.t.Errorf("%d letters are uncertain after %d kills", n, kills)
	}
	if len(s.cases) != len(deals) {
		h.t.Errorf("%d cases of %d cancellations", len(s.cases), len(deals))
	}
	h.invariantsHold()
}

func TestNoCrashLosesOrDoublesACancellation(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		random := chance(t)
		h.front.bePatient()
		// A mail server that takes its time makes crashes hit letters on their way.
		h.sink.failWith(func(verb, _ string) error {
			if verb == "DOT" {
				time.Sleep(30 * time.Millisecond)
			}
			return nil
		})
		deals := clientsOf(cancellations(), h.amocrm(), h.bitrix24())
		cancelWhile(rand.New(rand.NewPCG(random.Uint64(), 1)), deals, func() {
			for range kills {
				time.Sleep(time.Duration(100+random.IntN(600)) * time.Millisecond)
				u := h.units[random.IntN(len(h.units))]
				u.kill()
				h.start(u)
				h.ready()
			}
		})
		h.survived(deals, kills)
	})
}

// Redis may forget everything at any moment.
func TestRedisForgetsAndNothingIsLost(t *testing.T) {
	h := split(t, testkit.Postgres(t))
	random := chance(t)
	deals := clientsOf(40, h.amocrm(), h.bitrix24())
	cancelWhile(random, deals, func() {
		for range 4 {
			time.Sleep(250 * time.Millisecond)
			h.redis.FlushAll()
		}
		h.redis.Stop()
		time.Sleep(time.Second)
		h.redis.Start()
	})
	h.survived(deals, 0)
	for code, n := range h.front.hookAnswers() {
		if code != 204 {
			t.Errorf("%d hooks were answered %d while Redis was away", n, code)
		}
	}
}

// The database is away when hooks arrive: they are answered from the spool,
// which outlives a crash, and drained when the database is back.
func TestTheSpoolKeepsHooksWhileTheDatabaseIsAway(t *testing.T) {
	cluster := testkit.PostgresServer(t)
	h := split(t, cluster.URL())
	a, b := h.amocrm(), h.bitrix24()
	deals := clientsOf(16, a, b)
	h.eventually(func() error { return a.sim.Settle(t.Context()) })
	before := h.front.hookAnswers()[204]
	cluster.Stop()
	for _, d := range deals[:8] {
		d.crm.cancel(d)
	}
	h.eventually(func() error { return atLeast(h.front.hookAnswers()[204]-before, 8) })
	h.eventually(func() error { // no hook is under way when they die: each had its answer from the spool
		return errors.Join(a.sim.Settle(t.Context()), b.sim.Settle(t.Context()))
	})
	for _, name := range []string{"api 1", "api 2"} {
		h.unit(name).kill()
	}
	cluster.Start()
	for _, name := range []string{"api 1", "api 2"} {
		h.start(h.unit(name))
	}
	h.ready()
	cluster.Crash() // and once more, without warning
	for _, d := range deals[8:] {
		d.crm.cancel(d)
	}
	h.eventually(func() error { return atLeast(h.front.hookAnswers()[204]-before, 16) })
	cluster.Start()
	h.survived(deals, 0)
	for code, n := range h.front.hookAnswers() {
		if code != 204 {
			t.Errorf("%d hooks were answered %d", n, code)
		}
	}
}

// The network between the program and its database and queue breaks, hangs and
// cuts answers off.
func TestBrokenConnectionsAreMadeAnew(t *testing.T) {
	database, queue := through(t, testkit.Postgres(t)), through(t, testkit.Redis(t).URL)
	h := split(t, database.url, with("OPENDOOR_REDIS_URL="+queue.url))
	random := chance(t)
	h.front.bePatient()
	deals := clientsOf(30, h.amocrm(), h.bitrix24())
	breaks := 0
	cancelWhile(rand.New(rand.NewPCG(random.Uint64(), 1)), deals, func() {
		for range 3 {
			for _, p := range []proxied{database, queue} {
				switch random.IntN(3) {
				case 0:
					p.Refuse()
				case 1:
					p.Hang()
				default:
					p.CutAfter(random.IntN(2000))
				}
				breaks++
				time.Sleep(time.Duration(100+random.IntN(900)) * time.Millisecond)
				p.Pass()
			}
		}
	})
	// A letter is uncertain when the database is lost between the dot and the
	// result: at most as many as hands were at it.
	h.survived(deals, breaks)
}

// proxied is a server's address that leads through a proxy.
type proxied struct {
	*testkit.TCPProxy
	url string
}

func through(t *testing.T, address string) proxied {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	p := testkit.NewTCPProxy(t, u.Host)
	u.Host = p.Addr()
	return proxied{p, u.String()}
}
