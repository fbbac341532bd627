package outbound

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"
	"unicode"

	"opendoor/offboarding"
)

func russian(s string) bool {
	for _, r := range s {
		if unicode.Is(unicode.Cyrillic, r) {
			return true
		}
	}
	return false
}

func TestWhoReadsRussianReadsWhyInRussian(t *testing.T) {
	var failures []error
	for _, status := range []int{400, 401, 402, 403, 404, 408, 409, 410, 429, 500, 502, 503, 302} {
		for _, body := range []string{"{}", "<html>"} {
			failures = append(failures, Refusal(&Response{Status: status, Header: http.Header{}, Body: []byte(body)}, time.Now()))
		}
	}
	client, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{
		"https:///x", "http://example.com", "https://u:p@example.com", "https://example.com:81", "https://192.0.2.1", "https://example", "https://example.com",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		failures = append(failures, client.Check(u, []string{".example.org"}))
	}
	failures = append(failures, Failure(&NetError{Host: "h", Err: errors.New("x")}, false), Failure(&NetError{Host: "h", Sent: true, Err: errors.New("x")}, false), errors.New("x"))
	for _, err := range failures {
		if got := Reason(offboarding.RU, err, nil); !russian(got) {
			t.Errorf("%v: %q", err, got)
		}
		if got := Reason(offboarding.EN, err, nil); russian(got) || got == "" {
			t.Errorf("%v: %q", err, got)
		}
	}
}

func TestAWordInAReasonIsKept(t *testing.T) {
	own := Reasons{"the portal failed in %s": "ошибка портала в методе %s"}
	if got := Reason(offboarding.RU, offboarding.Unavailable("the portal failed in profile", nil), own); got != "ошибка портала в методе profile" {
		t.Error(got)
	}
	if got := Reason(offboarding.RU, offboarding.Unavailable("something new", nil), own); got != "something new" {
		t.Error(got)
	}
}
