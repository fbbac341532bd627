package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/integrations/bitrix24/bitrix24sim"
	"opendoor/integrations/mailbox"
	"opendoor/integrations/sms/smssim"
	"opendoor/integrations/telegram/telegramsim"
)

// sandbox is both simulated CRMs, a mailbox, and the channels beside mail, listening.
type sandbox struct {
	amo     *amocrmsim.Sim
	bitrix  *bitrix24sim.Sim
	box     *mailbox.Mailbox
	chat    *telegramsim.Server
	sms     *smssim.Server
	amoURL  string
	bitURL  string
	smtp    string // host:port
	boxURL  string
	ctlURL  string
	chatURL string
	smsURL  string
	moved   atomic.Pointer[movedPortal]
	closers []func()

	opendoor string // address of the server that is tried, where consent leads back to
}

// usualControl is where the page of misdeeds is looked for.
const usualControl = "127.0.0.1:8027"

// usualOpendoor is where opendoor serves without any settings.
const usualOpendoor = "http://127.0.0.1:8080"

// movedPortal is where the portal has gone from its first address.
type movedPortal struct{ from, to string }

type sandboxAddrs struct{ amocrm, bitrix24, smtp, mailbox, control, opendoor, telegram, sms string }

// portal is the simulated Bitrix24. Once it was renamed, its old address sends
// REST calls to the new one.
func (s *sandbox) portal(w http.ResponseWriter, r *http.Request) {
	if m := s.moved.Load(); m != nil && r.Host == m.from && strings.HasPrefix(r.URL.Path, "/rest/") {
		w.Header().Set("Location", m.to+r.URL.RequestURI())
		w.WriteHeader(http.StatusFound)
		return
	}
	s.bitrix.ServeHTTP(w, r)
}

// The sample secrets of the sandbox; they open nothing but the sandbox.
const (
	sandboxToken            = "sandbox-long-lived-token"
	sandboxApplicationToken = "sandboxapplicationtoken000000000"
	sandboxClientID         = "local.sandbox.opendoor"
	sandboxClientSecret     = "sandbox-client-secret-not-real"
	sandboxMemberID         = "00000000000000000000000000000001"
)

// openSandbox listens on the addresses.
func openSandbox(ctx context.Context, a sandboxAddrs, lang string, limits bool, now func() time.Time, log *slog.Logger) (_ *sandbox, err error) {
	s := &sandbox{opendoor: strings.TrimRight(cmp.Or(a.opendoor, usualOpendoor), "/"), box: mailbox.New(mailbox.Config{Now: now, Log: log})}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	s.amo = amocrmsim.New(amocrmsim.Config{Lang: lang, AccessToken: sandboxToken, Limits: limits, Seed: true, Now: now, Log: log})
	s.amo.SetRedirect(s.opendoor + "/oauth/amocrm/callback")
	s.amo.Start(ctx)
	s.closers = append(s.closers, s.amo.Close)
	s.bitrix = bitrix24sim.New(bitrix24sim.Config{
		Lang: lang, MemberID: sandboxMemberID, ApplicationToken: sandboxApplicationToken, ClientID: sandboxClientID, ClientSecret: sandboxClientSecret, Limits: limits, Seed: true, Now: now, Log: log,
	})
	s.bitrix.SetRedirect(s.opendoor + "/oauth/bitrix24/callback")
	s.closers = append(s.closers, s.bitrix.Close)
	if s.amoURL, err = s.listen(a.amocrm, s.amo); err != nil {
		return nil, err
	}
	s.amo.SetBaseURL(s.amoURL)
	if s.bitURL, err = s.listen(a.bitrix24, http.HandlerFunc(s.portal)); err != nil {
		return nil, err
	}
	s.bitrix.SetPortal(s.bitURL)
	if s.boxURL, err = s.listen(a.mailbox, s.box.Handler()); err != nil {
		return nil, err
	}
	control := newControls(s, lang).Handler()
	if s.ctlURL, err = s.listen(cmp.Or(a.control, usualControl), control); err != nil && a.control == "" {
		s.ctlURL, err = s.listen("127.0.0.1:0", control) // another sandbox has the usual address
	}
	if err != nil {
		return nil, err
	}
	if err := s.openWays(a); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", a.smtp)
	if err != nil {
		return nil, fmt.Errorf("listen for mail: %w", err)
	}
	s.smtp = l.Addr().String()
	s.closers = append(s.closers, func() { _ = s.box.Close(); _ = l.Close() })
	go func() { _ = s.box.ServeSMTP(l) }() // ends with Close
	return s, nil
}

func (s *sandbox) listen(addr string, h http.Handler) (string, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	s.closers = append(s.closers, func() { _ = srv.Close() })
	go func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			slog.Default().Error("sandbox stopped listening", "err", err)
		}
	}()
	return "http://" + l.Addr().String(), nil
}

func (s *sandbox) close() {
	for _, v := range slices.Backward(s.closers) {
		v()
	}
}

func sandboxCommand(e *env) *cobra.Command {
	var a sandboxAddrs
	var limits bool
	var lang string
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "two simulated CRMs, a mailbox, Telegram and text messages, to try settings and clients against",
		RunE: func(c *cobra.Command, _ []string) error {
			_, log, err := e.load()
			if err != nil {
				return err
			}
			if lang != "ru" && lang != "en" {
				return fmt.Errorf("%w: --lang is ru or en", errUsage)
			}
			s, err := openSandbox(c.Context(), a, lang, limits, time.Now, log)
			if err != nil {
				return err
			}
			defer s.close()
			s.print(e)
			<-c.Context().Done()
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&a.amocrm, "amocrm", "127.0.0.1:8091", "address of the simulated amoCRM")
	f.StringVar(&a.bitrix24, "bitrix24", "127.0.0.1:8092", "address of the simulated Bitrix24")
	f.StringVar(&a.smtp, "smtp", "127.0.0.1:8025", "address that takes mail")
	f.StringVar(&a.mailbox, "mailbox", "127.0.0.1:8026", "address where received mail is shown")
	f.StringVar(&a.control, "control", "", "address of the page that makes the CRMs misbehave (default "+usualControl+", or a free port)")
	f.StringVar(&a.opendoor, "opendoor", usualOpendoor, "address of the opendoor that is tried: consent by OAuth leads back there")
	f.StringVar(&a.telegram, "telegram", "127.0.0.1:8028", "address of the simulated Telegram")
	f.StringVar(&a.sms, "sms", "127.0.0.1:8029", "address of the simulated provider of text messages")
	f.BoolVar(&limits, "limits", false, "obey the vendors' rate limits")
	f.StringVar(&lang, "lang", "ru", "language of names and sample data: ru or en")
	return c
}

func (s *sandbox) print(e *env) {
	amo := s.amo.Info()
	fmt.Fprintf(e.out, `amoCRM    %s
          access token %s
          or by OAuth: client_id %s, client_secret %s
          control page %s/_sim/
Bitrix24  %s
          application token %s
          or by OAuth: client_id %s, client_secret %s
          control page %s/_sim/
SMTP      %s
mailbox   %s
          as JSON %s/api/messages
controls  %s
          make the CRMs misbehave: errors, limits, lost hooks, deleted stages, removal, a renamed portal
%ssample data only; stop with Ctrl+C
`, s.amoURL, amo.AccessToken, amo.ClientID, amo.ClientSecret, s.amoURL,
		s.bitrix.WebhookURL(s.bitURL), sandboxApplicationToken, sandboxClientID, sandboxClientSecret, s.bitURL, "smtp://"+s.smtp, s.boxURL, s.boxURL, s.ctlURL, s.ways())
}
