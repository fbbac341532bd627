package mailbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"opendoor/integrations/smtp"
	"opendoor/offboarding"
)

// start serves a mailbox and returns the addresses of its SMTP and its page.
func start(t *testing.T, cfg Config) (box *Mailbox, smtpAddr, page string) {
	t.Helper()
	box = New(cfg)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = box.ServeSMTP(l) }()
	t.Cleanup(func() { _ = box.Close() })
	web := httptest.NewServer(box.Handler())
	t.Cleanup(web.Close)
	return box, l.Addr().String(), web.URL
}

func send(t *testing.T, addr string, change func(*offboarding.Envelope)) {
	t.Helper()
	u, err := url.Parse("smtp://any:word@" + addr)
	if err != nil {
		t.Fatal(err)
	}
	m, err := smtp.New(smtp.Config{URL: u})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	id := uuid.Must(uuid.NewV7())
	e := &offboarding.Envelope{EffectID: id, Message: &offboarding.Message{
		From: "Забота <care@example.com>", To: "client@example.org", Subject: "Спасибо, что были с нами",
		Text:     "Ответьте здесь: https://door.example.com/s/abc. Спасибо!",
		HTML:     `<html><head><title>x</title></head><body><script>alert(1)</script><a href="https://door.example.com/s/abc?reason=price&amp;x=1">Дорого</a></body></html>`,
		HeaderID: id.String() + "@door.example.com",
	}}
	if change != nil {
		change(e)
	}
	if err := m.Send(t.Context(), e, func(context.Context) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, method, address string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestALetterCanBeReadAsJSON(t *testing.T) {
	_, addr, page := start(t, Config{})
	send(t, addr, nil)
	send(t, addr, func(e *offboarding.Envelope) { e.Message.Subject = "Второе" })

	_, body := get(t, "GET", page+"/api/messages")
	var list []Summary
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list) != 2 {
		t.Fatalf("%s, %v", body, err)
	}
	if list[0].Subject != "Второе" || list[1].Subject != "Спасибо, что были с нами" {
		t.Errorf("not newest first: %+v", list)
	}
	one := list[1]
	if one.From != "Забота <care@example.com>" || !slices.Equal(one.To, []string{"client@example.org"}) ||
		!strings.HasSuffix(one.MessageID, "@door.example.com") || one.ReceivedAt.IsZero() {
		t.Errorf("%+v", one)
	}
	if want := []string{"https://door.example.com/s/abc?reason=price&x=1", "https://door.example.com/s/abc"}; !slices.Equal(one.Links, want) {
		t.Errorf("links %v, want %v", one.Links, want)
	}
	_, body = get(t, "GET", page+"/api/messages/"+one.ID)
	var m Message
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(m.Text, "Ответьте здесь") || !strings.Contains(m.HTML, "Дорого") || len(m.Headers["X-Opendoor-Intent"]) != 1 {
		t.Errorf("%+v", m)
	}
	if res, _ := get(t, "GET", page+"/api/messages/77"); res.StatusCode != http.StatusNotFound {
		t.Errorf("a letter that is not there: %d", res.StatusCode)
	}
	if res, _ := get(t, "DELETE", page+"/api/messages"); res.StatusCode != http.StatusNoContent {
		t.Errorf("delete: %d", res.StatusCode)
	}
	if _, body := get(t, "GET", page+"/api/messages"); strings.TrimSpace(body) != "[]" {
		t.Errorf("after delete: %s", body)
	}
}

func TestALetterIsShownWithoutPowerOverThePage(t *testing.T) {
	_, addr, page := start(t, Config{})
	send(t, addr, func(e *offboarding.Envelope) { e.Message.Subject = "<script>alert(2)</script>" })
	for path, policy := range map[string]string{
		"/":                "script-src 'self'",
		"/messages/1":      "script-src 'self'",
		"/messages/1/html": "sandbox allow-popups allow-popups-to-escape-sandbox",
	} {
		res, body := get(t, "GET", page+path)
		csp := res.Header.Get("Content-Security-Policy")
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(csp, "default-src 'none'") || !strings.Contains(csp, policy) {
			t.Errorf("%s: %d, policy %q", path, res.StatusCode, csp)
		}
		if strings.Contains(body, "<script>alert(2)") || path != "/messages/1/html" && strings.Contains(body, "<script>") {
			t.Errorf("%s runs what the letter says", path)
		}
	}
	if _, body := get(t, "GET", page+"/messages/1/html"); !strings.Contains(body, `<head><base target="_blank">`) {
		t.Errorf("links of the letter open inside the frame: %s", body)
	}
	if _, body := get(t, "GET", page+"/", "Accept-Language", "ru-RU,ru;q=0.9"); !strings.Contains(body, `lang="ru"`) {
		t.Error("a Russian reader is answered in English")
	}
	if res, _ := get(t, "POST", page+"/clear", "Sec-Fetch-Site", "cross-site"); res.StatusCode != http.StatusForbidden {
		t.Errorf("another site may empty the mailbox: %d", res.StatusCode)
	}
	if res, _ := get(t, "GET", page+"/messages/nope"); res.StatusCode != http.StatusNotFound {
		t.Errorf("a letter that is not there: %d", res.StatusCode)
	}
}

func TestAFullMailboxForgetsTheOldest(t *testing.T) {
	box := New(Config{MaxMessages: 3})
	for i := range 5 {
		box.add("a@example.com", []string{"b@example.com"}, fmt.Appendf(nil, "Subject: %d\r\n\r\nx", i))
	}
	list := box.Messages()
	if len(list) != 3 || list[0].Subject != "4" || list[2].Subject != "2" || list[0].ID != "5" {
		t.Errorf("%+v", list)
	}
	box = New(Config{})
	big := append([]byte("Subject: big\r\n\r\n"), bytes.Repeat([]byte("x"), maxKept/2)...)
	for range 3 {
		box.add("a@example.com", nil, big)
	}
	if len(box.Messages()) != 1 {
		t.Errorf("%d letters of half the room each are kept", len(box.Messages()))
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("Subject: =?utf-8?q?a?=\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n"))
	f.Add([]byte("Content-Type: text/html; charset=koi8-r\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!"))
	f.Add([]byte("no header at all"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := read(&letter{raw: raw})
		if _, err := json.Marshal(m); err != nil {
			t.Error(err)
		}
	})
}
