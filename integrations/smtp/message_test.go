package smtp

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gomessage "github.com/emersion/go-message/mail"
	"github.com/emersion/go-msgauth/dkim"

	"opendoor/offboarding"
)

func TestARussianLetterArrivesAsItWasWritten(t *testing.T) {
	s := &sink{}
	m := mailer(t, "smtp://"+s.serve(t, nil))
	e := envelope()
	if err := m.Send(t.Context(), e, open); err != nil {
		t.Fatal(err)
	}
	got := s.letters()[0]
	if got.from != "care@example.com" || got.to != "client@example.org" {
		t.Errorf("envelope from %s to %s", got.from, got.to)
	}
	for line := range strings.SplitSeq(string(got.data), "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\n\r") || strings.ContainsFunc(line, func(r rune) bool { return r > 127 }) {
			t.Errorf("a line that mail does not carry: %q", line)
		}
	}
	r, err := gomessage.CreateReader(bytes.NewReader(got.data))
	if err != nil {
		t.Fatal(err)
	}
	if subject, err := r.Header.Subject(); err != nil || subject != e.Message.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	from, err := r.Header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name != "ООО «Ромашка», поддержка" {
		t.Errorf("from %v, %v", from, err)
	}
	to, err := r.Header.AddressList("To")
	if err != nil || len(to) != 1 || to[0].Name != e.Message.ToName {
		t.Errorf("to %v, %v", to, err)
	}
	date, err := r.Header.Date()
	if err != nil || !date.Equal(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("date %v, %v", date, err)
	}
	for header, want := range map[string]string{
		"Message-ID":            "<" + e.Message.HeaderID + ">",
		"X-Opendoor-Intent":     e.EffectID.String(),
		"Auto-Submitted":        "auto-generated",
		"List-Unsubscribe":      "<" + e.UnsubscribeURL + ">",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"User-Agent":            "",
		"X-Mailer":              "",
	} {
		if v := strings.TrimSpace(r.Header.Get(header)); v != want {
			t.Errorf("%s: %q, want %q", header, v, want)
		}
	}
	if kind, _, _ := r.Header.ContentType(); kind != "multipart/alternative" {
		t.Errorf("content type %s", kind)
	}
	for _, want := range []struct{ kind, body string }{{"text/plain", e.Message.Text}, {"text/html", e.Message.HTML}} {
		p, err := r.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := p.Header.(*gomessage.InlineHeader).ContentType()
		body, err := io.ReadAll(p.Body)
		if err != nil || kind != want.kind || strings.ReplaceAll(string(body), "\r\n", "\n") != want.body {
			t.Errorf("%s: %q, %v", kind, body, err)
		}
	}
}

func TestAnAcknowledgementHasNoUnsubscribeAndTextAloneIsAWholeLetter(t *testing.T) {
	e := envelope()
	e.UnsubscribeURL, e.Message.HTML = "", ""
	l, err := write(e, time.Now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(l.data, []byte("List-Unsubscribe")) || bytes.Contains(l.data, []byte("multipart")) {
		t.Errorf("%s", l.data)
	}
}

func TestALetterThatCannotBeAddressedIsRefused(t *testing.T) {
	tests := map[string]struct {
		spoil func(e *offboarding.Envelope)
		to    string // when it is fine after all
	}{
		"a line break in the subject":        {spoil: func(e *offboarding.Envelope) { e.Message.Subject = "Hi\r\nBcc: all@example.com" }},
		"NUL in the name":                    {spoil: func(e *offboarding.Envelope) { e.Message.ToName = "a\x00b" }},
		"a line break in the sender":         {spoil: func(e *offboarding.Envelope) { e.Message.From = "a@example.com\n" }},
		"a line break in the Message-ID":     {spoil: func(e *offboarding.Envelope) { e.Message.HeaderID = "a@b\n.c" }},
		"no Message-ID":                      {spoil: func(e *offboarding.Envelope) { e.Message.HeaderID = "" }},
		"a line break in the unsubscription": {spoil: func(e *offboarding.Envelope) { e.UnsubscribeURL += "\r\n" }},
		"two recipients":                     {spoil: func(e *offboarding.Envelope) { e.Message.To = "a@example.com, b@example.com" }},
		"no recipient":                       {spoil: func(e *offboarding.Envelope) { e.Message.To = "" }},
		"no domain":                          {spoil: func(e *offboarding.Envelope) { e.Message.To = "client" }},
		"a Cyrillic mailbox":                 {spoil: func(e *offboarding.Envelope) { e.Message.To = "клиент@example.com" }},
		"a quoted mailbox":                   {spoil: func(e *offboarding.Envelope) { e.Message.To = `"a> b"@example.com` }},
		"a domain that is none":              {spoil: func(e *offboarding.Envelope) { e.Message.To = "client@exa_mple..com" }},
		"an address for a domain":            {spoil: func(e *offboarding.Envelope) { e.Message.To = "client@[10.0.0.1]" }},
		"a Cyrillic domain":                  {spoil: func(e *offboarding.Envelope) { e.Message.To = "info@Почта.рф" }, to: "info@xn--80a1acny.xn--p1ai"},
		"a name within the address":          {spoil: func(e *offboarding.Envelope) { e.Message.To = "Мария <a+b@example.com>" }, to: "a+b@example.com"},
		"a name that looks like an address":  {spoil: func(e *offboarding.Envelope) { e.Message.ToName = `x" <evil@example.com>, "` }, to: "client@example.org"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := envelope()
			tt.spoil(e)
			l, err := write(e, time.Now(), nil)
			if tt.to == "" {
				if !offboarding.IsKind(err, offboarding.KindInvalid) {
					t.Errorf("got %v", err)
				}
				if err != nil && strings.Contains(err.Error(), "example.com") {
					t.Errorf("the error repeats the address: %v", err)
				}
				return
			}
			if err != nil || l.to != tt.to {
				t.Fatalf("got %+v, %v", l, err)
			}
			r, err := gomessage.CreateReader(bytes.NewReader(l.data))
			if err != nil {
				t.Fatal(err)
			}
			if to, err := r.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != tt.to {
				t.Errorf("To: %v, %v", to, err)
			}
		})
	}
}

func pemOf(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestASignedLetterIsVerifiedAndAnyChangeIsNoticed(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		pem    []byte
		record string
	}{
		"RSA":         {pemOf(t, rsaKey), "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(public)},
		"RSA, PKCS 1": {pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey)}), "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(public)},
		"Ed25519":     {pemOf(t, edKey), "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(edPublic)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			key, err := ParseDKIMKey(tt.pem)
			if err != nil {
				t.Fatal(err)
			}
			s := &sink{}
			m := mailer(t, "smtp://"+s.serve(t, nil), func(c *Config) {
				c.DKIM = &DKIM{Domain: "example.com", Selector: "door", Key: key}
			})
			if err := m.Send(t.Context(), envelope(), open); err != nil {
				t.Fatal(err)
			}
			verify := func(letter string) error {
				v, err := dkim.VerifyWithOptions(strings.NewReader(letter), &dkim.VerifyOptions{LookupTXT: func(domain string) ([]string, error) {
					if domain != "door._domainkey.example.com" {
						return nil, errors.New("no such record")
					}
					return []string{tt.record}, nil
				}})
				if err != nil {
					return err
				}
				if len(v) != 1 {
					return errors.New("not one signature")
				}
				return v[0].Err
			}
			letter := string(s.letters()[0].data)
			if err := verify(letter); err != nil {
				t.Fatal(err)
			}
			for _, header := range signedHeaders {
				if strings.Contains(strings.ToLower(letter), "\r\n"+strings.ToLower(header)+":") {
					i := strings.Index(strings.ToLower(letter), "\r\n"+strings.ToLower(header)+":") + len(header) + 4
					if verify(letter[:i]+"x"+letter[i:]) == nil {
						t.Errorf("a change of %s goes unnoticed", header)
					}
				} else if header != "Reply-To" {
					t.Errorf("the letter has no %s", header)
				}
			}
			if verify("Reply-To: evil@example.net\r\n"+letter) == nil {
				t.Error("a Reply-To that was added goes unnoticed")
			}
		})
	}
	if _, err := ParseDKIMKey([]byte("nonsense")); err == nil {
		t.Error("nonsense was taken for a key")
	}
}

func TestWithoutAServerLettersAreFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	o, err := NewOutbox(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := envelope()
	if err := o.Send(t.Context(), e, shut); !errors.Is(err, errClosed) {
		t.Fatalf("got %v", err)
	}
	names := func() []string {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, e := range entries {
			out = append(out, e.Name())
		}
		return out
	}
	if left := names(); len(left) != 0 {
		t.Fatalf("the closed fence left %v", left)
	}
	for range 2 {
		if err := o.Send(t.Context(), e, func(context.Context) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(); len(got) != 1 || got[0] != e.Message.HeaderID+".eml" {
		t.Errorf("the outbox holds %v", got)
	}
	for _, id := range []string{"../../etc/passwd@x", "..@x", "A@x", "я@x", strings.Repeat("a", 300) + "@x"} {
		if n := fileName(id); strings.ContainsAny(n, "/\\") || strings.HasPrefix(n, ".") || len(n) > 255 || n == strings.ToLower(id)+".eml" {
			t.Errorf("%q is kept as %q", id, n)
		}
	}
}
