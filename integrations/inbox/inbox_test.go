package inbox

import (
	"context"
	"errors"
	"log/slog"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"testing"

	"opendoor/offboarding"
)

const ours = "0198c5c1-2345-7abc-8def-0123456789ab"

func crlf(s string) []byte {
	return []byte(strings.ReplaceAll(strings.TrimLeft(s, "\n"), "\n", "\r\n"))
}

const bounce = `
From: Mail Delivery System <mailer-daemon@mx.example>
To: care+token@in.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <b1@mx.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: text/plain

It failed.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Original-Recipient: rfc822;Client@Example.com
Final-Recipient: rfc822; other@example.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--x
Content-Type: message/rfc822

From: us@example.com
Message-ID: <` + ours + `@example.com>
Subject: letter

text
--x--
`

const complaint = `
From: <feedback@provider.example>
Subject: FW: letter
Message-ID: <c1@provider.example>
Content-Type: multipart/report; report-type="feedback-report"; boundary=y

--y
Content-Type: text/plain

This is a report.
--y
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: x/1
Version: 1
Original-Rcpt-To: <client@example.com>

--y
Content-Type: text/rfc822-headers

Message-ID: <` + ours + `@example.com>

--y--
`

func TestALetterIsWhatItIs(t *testing.T) {
	reply := func(more, body string) string {
		return "From: =?utf-8?B?0JDQvdC90LA=?= <Client@Example.com>\nMessage-ID: <r@x>\nIn-Reply-To: <" + ours + "@example.com>\nSubject: Re: =?koi8-r?B?09TP0A==?=\n" + more + "\n" + body
	}
	for name, c := range map[string]struct {
		raw, sender string
		kind        offboarding.InboundKind
		text        string
		hard, ref   bool
	}{
		"a bounce for good":        {bounce, "", offboarding.InboundBounce, "", true, true},
		"a full box":               {strings.ReplaceAll(bounce, "5.1.1", "5.2.2"), "", offboarding.InboundBounce, "", false, true},
		"a delay":                  {strings.Replace(bounce, "Action: failed", "Action: delayed", 1), "", offboarding.InboundDelay, "", false, true},
		"it arrived":               {strings.Replace(bounce, "Action: failed", "Action: delivered", 1), "", offboarding.InboundDelivered, "", false, true},
		"a complaint":              {complaint, "x@y.example", offboarding.InboundComplaint, "", false, true},
		"no complaint at all":      {strings.Replace(complaint, "abuse", "not-spam", 1), "x@y.example", offboarding.InboundAuto, "", false, true},
		"a person":                 {reply("Content-Type: text/plain; charset=utf-8\n", "Спасибо!\n\n> было\nИван Примеров пишет:\n> ещё"), "client@example.com", offboarding.InboundReply, "Спасибо!", false, true},
		"a person in windows-1251": {reply("Content-Type: text/plain; charset=windows-1251\n", "\xd1\xef\xe0\xf1\xe8\xe1\xee"), "client@example.com", offboarding.InboundReply, "Спасибо", false, true},
		"a person in HTML":         {reply("Content-Type: text/html; charset=utf-8\n", "<style>x</style><p>Не пишите</p><blockquote>старое</blockquote>"), "client@example.com", offboarding.InboundReply, "Не пишите", false, true},
		"an absence notice":        {reply("Auto-Submitted: auto-replied\n", "Я в отпуске"), "client@example.com", offboarding.InboundAuto, "", false, true},
		"an absence by its words":  {strings.Replace(reply("", "x"), "Re: =?koi8-r?B?09TP0A==?=", "Автоответ: в отпуске", 1), "client@example.com", offboarding.InboundAuto, "", false, true},
		"a mailing list":           {reply("List-Id: <x.example>\n", "новости"), "client@example.com", offboarding.InboundAuto, "", false, true},
		"a bounce in words":        {"From: postmaster@x.example\nSubject: sorry\n\n550 5.1.1 no such user here\n", "", offboarding.InboundBounce, "", false, false},
		"nothing":                  {"", "", offboarding.InboundReply, "", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := Parse(crlf(c.raw), c.sender, "token")
			if len(got) != 1 {
				t.Fatalf("%d arrivals", len(got))
			}
			a := got[0]
			if a.Kind != c.kind || a.Text != c.text || a.Hard != c.hard || (len(a.Refs) > 0) != c.ref || a.Token != "token" {
				t.Errorf("it is %+v", a)
			}
			if c.kind == offboarding.InboundReply && name != "nothing" && a.From != "client@example.com" {
				t.Errorf("from %q", a.From)
			}
		})
	}
}

// hostile letters are survived.
func TestHostileLettersAreSurvived(t *testing.T) {
	deep := "Content-Type: multipart/mixed; boundary=a\r\n\r\n"
	for range 200 {
		deep += "--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n"
	}
	wide := "Content-Type: multipart/mixed; boundary=a\r\n\r\n" + strings.Repeat("--a\r\nContent-Type: text/plain\r\n\r\nx\r\n", 5000)
	for name, raw := range map[string]string{
		"nested": deep, "wide": wide, "a header without end": "Subject: " + strings.Repeat("a", 1<<20),
		"broken base64": "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!", "a charset nobody knows": "Content-Type: text/plain; charset=martian\r\n\r\nx",
		"control characters": "From: \x00\x01@\x02\r\nSubject: \xff\xfe\r\n\r\n\xff",
	} {
		if got := Parse([]byte(raw), "", ""); len(got) != 1 {
			t.Errorf("%s: %d arrivals", name, len(got))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(crlf(bounce), "", "t")
	f.Add(crlf(complaint), "a@b.example", "")
	f.Add([]byte("From: a@b\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n\xd3\xd4\xcf\xd0"), "a@b", "")
	f.Fuzz(func(t *testing.T, raw []byte, sender, token string) {
		got := Parse(raw, sender, token)
		if len(got) == 0 || len(got) > maxReports {
			t.Fatalf("%d arrivals", len(got))
		}
		for _, a := range got {
			if len(a.Text) > 3*maxPart || len(a.Refs) > 4*maxRefs {
				t.Fatalf("%d bytes of text, %d refs", len(a.Text), len(a.Refs))
			}
		}
	})
}

// desk keeps what it takes, or refuses.
type desk struct {
	mu   sync.Mutex
	got  []offboarding.Arrival
	fail error
}

func (d *desk) Take(_ context.Context, a offboarding.Arrival) (*offboarding.Inbound, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		return nil, d.fail
	}
	d.got = append(d.got, a)
	return &offboarding.Inbound{}, nil
}

func TestALetterIsAcceptedOnlyWhenItIsStored(t *testing.T) {
	d := &desk{fail: errors.New("the database is away")}
	u, _ := url.Parse("smtp://127.0.0.1:0")
	l, err := Listen(Config{URL: u, Address: "care@in.example", Taker: d, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(ctx) }()
	send := func(to string) error {
		return smtp.SendMail(l.Addr().String(), nil, "", []string{to}, crlf(bounce))
	}
	var refused *textproto.Error
	if err := send("care+abc@in.example"); !errors.As(err, &refused) || refused.Code != 451 {
		t.Errorf("while nothing can be stored: %v", err)
	}
	d.mu.Lock()
	d.fail = nil
	d.mu.Unlock()
	if err := send("somebody@in.example"); !errors.As(err, &refused) || refused.Code != 550 {
		t.Errorf("for somebody else: %v", err)
	}
	if err := send("CARE+abc@IN.example"); err != nil {
		t.Errorf("for us: %v", err)
	}
	if len(d.got) != 1 || d.got[0].Token != "abc" || d.got[0].From != "client@example.com" {
		t.Errorf("taken in: %+v", d.got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
