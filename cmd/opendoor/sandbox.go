package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/integrations/bitrix24/bitrix24sim"
	"opendoor/integrations/mailbox"
)

// sandbox is both simulated CRMs and a mailbox, listening.
type sandbox struct {
	amo     *amocrmsim.Sim
	bitrix  *bitrix24sim.Sim
	box     *mailbox.Mailbox
	amoURL  string
	bitURL  string
	smtp    string // host:port
	boxURL  string
	closers []func()
}

type sandboxAddrs struct{ amocrm, bitrix24, smtp, mailbox string }

// The sample secrets of the sandbox; they open nothing but the sandbox.
const (
	sandboxToken            = "sandbox-long-lived-token"
	sandboxApplicationToken = "sandboxapplicationtoken000000000"
	sandboxMemberID         = "00000000000000000000000000000001"
)

// openSandbox listens on the addresses.
func openSandbox(ctx context.Context, a sandboxAddrs, lang string, limits bool, now func() time.Time, log *slog.Logger) (_ *sandbox, err error) {
	s := &sandbox{box: mailbox.New(mailbox.Config{Now: now, Log: log})}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	s.amo = amocrmsim.New(amocrmsim.Config{Lang: lang, AccessToken: sandboxToken, Limits: limits, Seed: true, Now: now, Log: log})
	s.amo.Start(ctx)
	s.closers = append(s.closers, s.amo.Close)
	s.bitrix = bitrix24sim.New(bitrix24sim.Config{
		Lang: lang, MemberID: sandboxMemberID, ApplicationToken: sandboxApplicationToken, Limits: limits, Seed: true, Now: now, Log: log,
	})
	s.closers = append(s.closers, s.bitrix.Close)
	if s.amoURL, err = s.listen(a.amocrm, s.amo); err != nil {
		return nil, err
	}
	s.amo.SetBaseURL(s.amoURL)
	if s.bitURL, err = s.listen(a.bitrix24, s.bitrix); err != nil {
		return nil, err
	}
	s.bitrix.SetPortal(s.bitURL)
	if s.boxURL, err = s.listen(a.mailbox, s.box.Handler()); err != nil {
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
		Short: "two simulated CRMs and a mailbox, to try settings and clients against",
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
	f.BoolVar(&limits, "limits", false, "obey the vendors' rate limits")
	f.StringVar(&lang, "lang", "ru", "language of names and sample data: ru or en")
	return c
}

func (s *sandbox) print(e *env) {
	fmt.Fprintf(e.out, `amoCRM    %s
          access token %s
          control page %s/_sim/
Bitrix24  %s
          application token %s
          control page %s/_sim/
SMTP      %s
mailbox   %s
          as JSON %s/api/messages
sample data only; stop with Ctrl+C
`, s.amoURL, s.amo.Info().AccessToken, s.amoURL, s.bitrix.WebhookURL(s.bitURL), sandboxApplicationToken, s.bitURL, "smtp://"+s.smtp, s.boxURL, s.boxURL)
}
