package outbound

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"opendoor/offboarding"
)

func TestAHostThatKeepsFailingIsLeftAloneForAWhile(t *testing.T) {
	tests := map[string]struct {
		answer *Response
		err    error
		opens  bool
	}{
		"does not answer":                {err: &NetError{Host: "h", Sent: true, Err: context.DeadlineExceeded}, opens: true},
		"answers 502":                    {answer: &Response{Status: 502, Body: []byte("<html>")}, opens: true},
		"answers 503 with a page":        {answer: &Response{Status: 503, Body: []byte("<html>")}, opens: true},
		"explains its limit":             {answer: &Response{Status: 503, Body: []byte(`{"error":"QUERY_LIMIT_EXCEEDED"}`)}},
		"refuses what we ask":            {answer: &Response{Status: 400}},
		"is not called, the limit is up": {err: &offboarding.Postpone{Reason: "limit"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := NewBreakers(slog.New(slog.DiscardHandler))
				calls := 0
				call := func(host string, r *Response, err error) (*Response, error) {
					return b.Do(t.Context(), host, func() (*Response, error) { calls++; return r, err })
				}
				for range failuresToOpen {
					r, err := call("h", tt.answer, tt.err)
					if r != tt.answer || err != tt.err {
						t.Fatalf("the answer was changed: %v, %v", r, err)
					}
				}
				_, err := call("h", tt.answer, tt.err)
				back, opened := errors.AsType[*offboarding.Backoff](err)
				if opened != tt.opens || calls != failuresToOpen+map[bool]int{false: 1}[tt.opens] {
					t.Fatalf("after %d failures: %v, %d calls", failuresToOpen, err, calls)
				}
				if !tt.opens {
					return
				}
				if !back.Refused || time.Until(back.Until) != openFor {
					t.Errorf("got %+v", back)
				}
				if _, err := call("another host", &Response{Status: 200}, nil); err != nil {
					t.Errorf("another host pays for it: %v", err)
				}
				time.Sleep(openFor + time.Millisecond)
				if _, err := call("h", &Response{Status: 200}, nil); err != nil {
					t.Errorf("the host is well again: %v", err)
				}
				if _, err := call("h", tt.answer, tt.err); err != tt.err {
					t.Errorf("one failure after recovery: %v", err)
				}
			})
		})
	}
}

func TestACallerWhoGivesUpDoesNotBlameTheHost(t *testing.T) {
	b := NewBreakers(slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 3 * failuresToOpen {
		_, err := b.Do(ctx, "h", func() (*Response, error) { return nil, &NetError{Host: "h", Err: ctx.Err()} })
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
}
