package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"opendoor/offboarding"
)

// fate is what the worker may conclude from an error.
func fate(err error) string {
	switch {
	case err == nil:
		return "sent"
	case errors.Is(err, offboarding.ErrUncertain):
		return "uncertain"
	case offboarding.IsKind(err, offboarding.KindInvalid):
		return "refused"
	case offboarding.IsKind(err, offboarding.KindUnavailable):
		return "later"
	}
	return err.Error()
}

func TestEveryFailureTellsWhetherTheLetterMayGoAgain(t *testing.T) {
	tests := map[string]struct {
		server script
		want   string
	}{
		"all is well":                            {script{}, "sent"},
		"greeting refuses for good":              {script{"greeting": "554 no service"}, "later"},
		"greeting is cut":                        {script{"greeting": "drop"}, "later"},
		"EHLO and HELO refused":                  {script{"EHLO": "550 go away", "HELO": "550 go away"}, "later"},
		"EHLO unknown, HELO taken, no AUTH then": {script{"EHLO": "502 what"}, "later"},
		"wrong password":                         {script{"AUTH": "535 wrong"}, "later"},
		"our sender is refused for good":         {script{"MAIL": "550 not you"}, "later"},
		"our sender is refused for now":          {script{"MAIL": "451 later"}, "later"},
		"cut at MAIL":                            {script{"MAIL": "drop"}, "later"},
		"no such client":                         {script{"RCPT": "550 5.1.1 <client@example.org> unknown"}, "refused"},
		"greylisted":                             {script{"RCPT": "450 come back"}, "later"},
		"closing":                                {script{"RCPT": "421 closing"}, "later"},
		"relay wants a login":                    {script{"RCPT": "530 5.7.0 authentication required"}, "later"},
		"cut at RCPT":                            {script{"RCPT": "drop"}, "later"},
		"DATA refused for good":                  {script{"DATA": "554 no"}, "refused"},
		"DATA refused for now":                   {script{"DATA": "451 no"}, "later"},
		"cut at DATA":                            {script{"DATA": "drop"}, "later"},
		"content refused for good":               {script{"dot": "554 spam"}, "refused"},
		"content refused for now":                {script{"dot": "452 full"}, "later"},
		"cut before the answer to the dot":       {script{"dot": "drop"}, "uncertain"},
		"nonsense for an answer to the dot":      {script{"dot": "what?"}, "uncertain"},
		"cut after the answer to the dot":        {script{"dot": "250 taken\ndrop"}, "sent"},
		"taken in other words":                   {script{"dot": "251 forwarded"}, "sent"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			address, heard := tt.server.serve(t)
			m := mailer(t, "smtp://user:secretword@"+address)
			err := m.Send(t.Context(), envelope(), open)
			if got := fate(err); got != tt.want {
				t.Errorf("fate %s, want %s: %v", got, tt.want, err)
			}
			if err != nil && (strings.Contains(err.Error(), "client@") || strings.Contains(err.Error(), "secretword")) {
				t.Errorf("the error tells too much: %v", err)
			}
			if tt.want == "later" && tt.server["dot"] == "" && heard("dot") > 0 {
				t.Error("a letter that may go again has left")
			}
		})
	}
}

func TestAFenceThatClosesLeavesNothingAtTheServer(t *testing.T) {
	address, heard := script{}.serve(t)
	m := mailer(t, "smtp://"+address)
	if err := m.Send(t.Context(), envelope(), shut); !errors.Is(err, errClosed) {
		t.Fatalf("got %v", err)
	}
	if heard("DATA") != 1 || heard("dot") != 0 {
		t.Errorf("heard %d DATA and %d dots", heard("DATA"), heard("dot"))
	}
	if err := m.Send(t.Context(), envelope(), open); err != nil || heard("dot") != 1 || heard("EHLO") != 2 {
		t.Errorf("the next letter: %v, %d dots, %d connections", err, heard("dot"), heard("EHLO"))
	}

	s := &sink{}
	m = mailer(t, "smtp://"+s.serve(t, nil))
	_ = m.Send(t.Context(), envelope(), shut)
	if err := m.Send(t.Context(), envelope(), open); err != nil || len(s.letters()) != 1 {
		t.Errorf("%d letters arrived, want 1: %v", len(s.letters()), err)
	}
}

func TestTheFenceIsAskedOnlyOnceTheWholeTextIsThere(t *testing.T) {
	asked := 0
	fence := func(context.Context) error { asked++; return nil }
	for _, server := range []script{{"MAIL": "451 x"}, {"RCPT": "550 x"}, {"DATA": "451 x"}, {"greeting": "drop"}} {
		address, _ := server.serve(t)
		_ = mailer(t, "smtp://"+address).Send(t.Context(), envelope(), fence)
	}
	if asked != 0 {
		t.Errorf("asked %d times for letters that could not leave", asked)
	}
}

func TestACallerWhoGivesUpCutsTheConnection(t *testing.T) {
	for verb, want := range map[string]string{"RCPT": "later", "greeting": "later", "dot": "uncertain"} {
		t.Run(verb, func(t *testing.T) {
			address, heard := script{verb: "hang"}.serve(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan error)
			go func() { done <- mailer(t, "smtp://"+address).Send(ctx, envelope(), open) }()
			for heard(verb) == 0 {
				time.Sleep(time.Millisecond)
			}
			cancel()
			if err := <-done; fate(err) != want {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAThousandLettersGoOverFewConnections(t *testing.T) {
	s := &sink{}
	m := mailer(t, "smtp://"+s.serve(t, nil))
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 50 {
				if err := m.Send(t.Context(), envelope(), open); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, l := range s.letters() {
		seen[string(l.data)] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d different letters arrived", len(seen))
	}
	if most := maxOpen + 1000/maxLetters; s.connections > most {
		t.Errorf("%d connections, want at most %d", s.connections, most)
	}
}

func TestARefusedLetterDoesNotSpoilTheNext(t *testing.T) {
	var well atomic.Bool
	s := &sink{fail: func(verb string) error {
		if verb == "RCPT" && !well.Load() {
			return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
		}
		return nil
	}}
	m := mailer(t, "smtp://"+s.serve(t, nil))
	if err := m.Send(t.Context(), envelope(), open); fate(err) != "refused" {
		t.Fatal(err)
	}
	well.Store(true)
	if err := m.Send(t.Context(), envelope(), open); err != nil {
		t.Fatal(err)
	}
	if s.connections != 1 || len(s.letters()) != 1 {
		t.Errorf("%d connections, %d letters", s.connections, len(s.letters()))
	}
}

func TestAKeptConnectionThatDiedCostsNoLetter(t *testing.T) {
	address, heard := script{"RSET": "drop"}.serve(t)
	m := mailer(t, "smtp://"+address)
	for range 3 {
		if err := m.Send(t.Context(), envelope(), open); err != nil {
			t.Fatal(err)
		}
	}
	if heard("dot") != 3 || heard("EHLO") != 3 || heard("RSET") != 2 {
		t.Errorf("%d letters over %d connections, %d looks", heard("dot"), heard("EHLO"), heard("RSET"))
	}
}

func TestEncryptionIsTakenAsTheAddressSays(t *testing.T) {
	web := httptest.NewTLSServer(nil) // for its certificate alone
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	trusting := func(c *Config) { c.TLS = &tls.Config{RootCAs: roots} }
	strange := func(*Config) {}
	withTLS := func(s *gosmtp.Server) { s.TLSConfig = web.TLS.Clone() }
	insist := func(s *gosmtp.Server) { withTLS(s); s.AllowInsecureAuth = false }
	tests := map[string]struct {
		server func(*gosmtp.Server)
		login  string
		query  string
		trust  func(*Config)
		want   string
	}{
		"offered and trusted":                               {withTLS, "user:word@", "", trusting, "sent"},
		"only with it is the password taken":                {insist, "user:word@", "", trusting, "sent"},
		"offered, the password would be told to a stranger": {withTLS, "user:word@", "", strange, "later"},
		"offered by a stranger, no password":                {withTLS, "", "", strange, "sent"},
		"insisted on, a stranger":                           {withTLS, "", "?tls=require", strange, "later"},
		"insisted on and trusted":                           {withTLS, "", "?tls=require", trusting, "sent"},
		"insisted on, not offered":                          {nil, "", "?tls=require", trusting, "later"},
		"not wanted":                                        {withTLS, "user:word@", "?tls=none", strange, "sent"},
		"wrong password":                                    {withTLS, "user:other@", "", trusting, "later"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &sink{}
			if tt.login != "" {
				s.user, s.password = "user", "word"
			}
			m := mailer(t, "smtp://"+tt.login+s.serve(t, tt.server)+tt.query, tt.trust)
			err := m.Send(t.Context(), envelope(), open)
			if fate(err) != tt.want {
				t.Errorf("got %v", err)
			}
			if checked := m.Check(t.Context()); (checked == nil) != (tt.want == "sent") {
				t.Errorf("Check = %v", checked)
			}
		})
	}
}

func TestAnAddressThatIsNoMailServerIsRefused(t *testing.T) {
	for _, a := range []string{"http://mail.example.com", "smtp://", "smtps://mail.example.com?tls=none", "smtp://mail.example.com?tls=maybe"} {
		u, err := url.Parse(a)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(Config{URL: u}); err == nil {
			t.Errorf("%s was taken", a)
		}
	}
	if _, err := New(Config{}); err == nil {
		t.Error("no address was taken")
	}
}
