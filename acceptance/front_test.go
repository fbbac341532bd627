package acceptance

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// front is the reverse proxy before one or several API processes. Its address
// is the public one, which outlives them.
type front struct {
	URL string

	client *http.Client

	mu       sync.Mutex
	backends []string // host:port
	next     int
	patient  bool
	stubborn bool
	statuses map[int]int     // answers to hooks
	times    []time.Duration // of these answers
	waiting  sync.WaitGroup
	ctx      context.Context
}

func newFront(t *testing.T) *front {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	f := &front{
		client: &http.Client{
			Timeout:       30 * time.Second,
			Transport:     &http.Transport{MaxIdleConnsPerHost: 32},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		statuses: map[int]int{}, ctx: ctx,
	}
	srv := httptest.NewServer(f)
	f.URL = srv.URL
	t.Cleanup(func() {
		cancel()
		f.waiting.Wait()
		srv.Close()
		f.client.CloseIdleConnections()
	})
	return f
}

func (f *front) leadTo(backends ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.backends = backends
}

// bePatient makes the front take hooks and offer them again until the program
// has answered 204, as a CRM would that never gives up.
func (f *front) bePatient() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.patient = true
}

// beStubborn makes the front offer a hook that was put off with 503 again before
// it answers. No more hooks are under way than the CRM sends at once.
func (f *front) beStubborn() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stubborn = true
}

// hookAnswers counts what the program answered to hooks, by status; 0 is no answer.
func (f *front) hookAnswers() map[int]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[int]int{}
	maps.Copy(out, f.statuses)
	return out
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	hook := strings.HasPrefix(r.URL.Path, "/hooks/")
	f.mu.Lock()
	patient, stubborn := f.patient, f.stubborn
	f.mu.Unlock()
	if hook && patient {
		f.waiting.Go(func() { f.insist(r.Method, r.URL, r.Header.Clone(), body) })
		w.WriteHeader(http.StatusNoContent)
		return
	}
	began := time.Now()
	res, answer, err := f.pass(r.Context(), r.Method, r.URL, r.Header, body)
	if hook {
		f.count(res, time.Since(began))
	}
	for hook && stubborn && err == nil && res.StatusCode == http.StatusServiceUnavailable && r.Context().Err() == nil {
		time.Sleep(150 * time.Millisecond)
		began = time.Now()
		res, answer, err = f.pass(r.Context(), r.Method, r.URL, r.Header, body)
		f.count(res, time.Since(began))
	}
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	maps.Copy(w.Header(), res.Header)
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(answer) // the caller may have gone
}

// insist offers a hook until it is taken.
func (f *front) insist(method string, u *url.URL, header http.Header, body []byte) {
	for f.ctx.Err() == nil {
		began := time.Now()
		res, _, err := f.pass(f.ctx, method, u, header, body)
		f.count(res, time.Since(began))
		if err == nil && res.StatusCode == http.StatusNoContent {
			return
		}
		select {
		case <-f.ctx.Done():
		case <-time.After(150 * time.Millisecond):
		}
	}
}

func (f *front) count(res *http.Response, took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.times = append(f.times, took)
	if res == nil {
		f.statuses[0]++
		return
	}
	f.statuses[res.StatusCode]++
}

// pass asks the next process, and the one after it when the first cannot be reached.
func (f *front) pass(ctx context.Context, method string, u *url.URL, header http.Header, body []byte) (*http.Response, []byte, error) {
	f.mu.Lock()
	backends, turn := f.backends, f.next
	f.next++
	f.mu.Unlock()
	err := io.ErrUnexpectedEOF
	for i := range backends {
		to := *u
		to.Scheme, to.Host = "http", backends[(turn+i)%len(backends)]
		var req *http.Request
		if req, err = http.NewRequestWithContext(ctx, method, to.String(), bytes.NewReader(body)); err != nil {
			return nil, nil, err
		}
		req.Header = header.Clone()
		var res *http.Response
		if res, err = f.client.Do(req); err != nil {
			if strings.Contains(err.Error(), "connection refused") {
				continue
			}
			return nil, nil, err
		}
		answer, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		return res, answer, err
	}
	return nil, nil, err
}
