// Package outbound is the one way out: every HTTP call to a CRM or to an
// address that a person gave goes through its Client, waits its turn at its
// Limiter and is spared a dead host by its Breakers.
package outbound

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

const (
	callTimeout  = 10 * time.Second // reliability §5: every outside call ends within 10 s, name lookup and body included
	idlePerHost  = 16               // kept connections; 4 effects of an account run at once, and accounts may share a host
	idleFor      = 30 * time.Second // shorter than common servers keep them, so that few writes meet a closed connection
	maxHeader    = 64 << 10         // bytes of response header
	dialTimeout  = 5 * time.Second
	tlsHandshake = 5 * time.Second
)

// Config says whom the Client may call besides public hosts.
type Config struct {
	// AllowPrivate lists hosts, host:port pairs, addresses and CIDRs that may be
	// called although they are private, over http and on any port.
	AllowPrivate []string
	// UserAgent is sent with requests that name none.
	UserAgent string
}

// Client calls other people's servers. It follows no redirect, uses no proxy,
// keeps no cookie and refuses addresses that are not public.
type Client struct {
	allow     allowList
	transport *http.Transport
	userAgent string
}

// Response is a whole answer.
type Response struct {
	Status    int
	Header    http.Header
	Body      []byte
	Truncated bool // the body was longer than asked for
}

// New returns a client. It fails when cfg names a host or network that cannot
// be understood.
func New(cfg Config) (*Client, error) {
	allow, err := parseAllowList(cfg.AllowPrivate)
	if err != nil {
		return nil, err
	}
	c := &Client{allow: allow, userAgent: cfg.UserAgent}
	guard := ssrf.New(ssrf.WithPorts(443))
	free := &net.Dialer{Timeout: dialTimeout}
	guarded := &net.Dialer{Timeout: dialTimeout, Control: func(network, address string, raw syscall.RawConn) error {
		if allow.dialable(address) {
			return nil
		}
		return guard.Safe(network, address, raw)
	}}
	c.transport = &http.Transport{
		Proxy: nil, // a proxy from the environment would resolve names for us and past the guard
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if allow.named(address) {
				return free.DialContext(ctx, network, address)
			}
			return guarded.DialContext(ctx, network, address)
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    tlsHandshake,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleFor,
		MaxResponseHeaderBytes: maxHeader,
	}
	return c, nil
}

// Close drops the connections that are kept for later.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Do sends req and reads the answer, at most maxBody bytes of its body. It
// takes 10 s at most; redirects are answers like any other. An address that
// Check refuses is *offboarding.Error of KindInvalid, every failure on the way
// a *NetError. The request's URL never appears in an error: a Bitrix24 webhook
// carries its secret there.
func (c *Client) Do(ctx context.Context, req *http.Request, maxBody int64) (*Response, error) {
	if err := c.Check(req.URL, nil); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	// A connection in hand may carry bytes at any moment from then on. When the
	// transport asks for another one, it has made sure that a request which is
	// not repeatable did not leave on the first (net/http, shouldRetryRequest).
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { sent.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { sent.Store(true) },
	})
	req = req.Clone(ctx)
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", c.userAgent)
	}

	// The transport is used without http.Client, which follows redirects and
	// writes the whole URL into its errors.
	answer, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, &NetError{Host: req.URL.Host, Sent: sent.Load(), Err: err}
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody+1))
	if err != nil {
		return nil, &NetError{Host: req.URL.Host, Sent: true, Err: fmt.Errorf("read the answer: %w", err)}
	}
	r := &Response{Status: answer.StatusCode, Header: answer.Header, Body: body}
	if int64(len(body)) > maxBody {
		r.Body, r.Truncated = body[:maxBody], true
	}
	return r, nil
}

// NetError says that a call brought no whole answer.
type NetError struct {
	Host string
	Sent bool // the request may have reached the server; false: it certainly did not
	Err  error
}

// Error names the host and the cause, never the path.
func (e *NetError) Error() string { return "call " + e.Host + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *NetError) Unwrap() error { return e.Err }
