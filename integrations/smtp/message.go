package smtp

import (
	"bytes"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"opendoor/offboarding"
)

// letter is a message as it goes over the wire, with its envelope.
type letter struct {
	from, to string // bare ASCII addresses
	data     []byte // CRLF line ends
}

// write turns an envelope into a letter. Whatever cannot become a correct
// header is refused with KindInvalid and not repaired: a name with a line
// break in it is an attack or a broken import, and a person should see it.
func write(e *offboarding.Envelope, at time.Time, sign *DKIM) (*letter, error) {
	m := e.Message
	for name, v := range map[string]string{
		"subject": m.Subject, "from": m.From, "to": m.To, "to_name": m.ToName,
		"header_id": m.HeaderID, "reply_to": e.ReplyTo, "return": e.Return, "unsubscribe_url": e.UnsubscribeURL,
	} {
		if strings.ContainsFunc(v, unicode.IsControl) {
			return nil, offboarding.Invalid("the letter has a control character in its " + name)
		}
	}
	from, err := address(m.From)
	if err != nil {
		return nil, fmt.Errorf("sender of the letter: %w", err)
	}
	to, err := address(m.To)
	if err != nil {
		return nil, fmt.Errorf("recipient of the letter: %w", err)
	}
	if m.ToName != "" {
		to.Name = m.ToName
	}
	if m.HeaderID == "" || strings.ContainsAny(m.HeaderID, "<> ") || !strings.Contains(m.HeaderID, "@") {
		return nil, offboarding.Invalid("the letter has no valid Message-ID")
	}
	if strings.ContainsAny(e.UnsubscribeURL, "<> ") {
		return nil, offboarding.Invalid("the letter has an invalid unsubscribe address")
	}

	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP))
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	envelope, answers := from.Address, []*mail.Address{}
	if reply, err := address(e.ReplyTo); err == nil { // one that cannot be used is better left out
		answers = append(answers, reply)
	}
	if own, err := address(e.Return); err == nil { // a person and we both get the answer, we alone get bounces
		envelope, answers = own.Address, append(answers, own)
	}
	if len(answers) > 0 {
		msg.ReplyToMailAddress(answers...)
	}
	msg.Subject(m.Subject)
	msg.SetMessageIDWithValue(m.HeaderID)
	msg.SetDateWithValue(at)
	msg.SetGenHeader("X-Opendoor-Intent", e.EffectID.String())
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: holiday notices do not answer it
	if e.UnsubscribeURL != "" {
		msg.SetGenHeader("List-Unsubscribe", "<"+e.UnsubscribeURL+">")
		msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click") // RFC 8058
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	for _, a := range e.Attachments {
		if err := msg.AttachReader(a.Name, bytes.NewReader(a.Data), gomail.WithFileContentType(gomail.ContentType(a.Type))); err != nil {
			return nil, fmt.Errorf("attach %s: %w", a.Name, err)
		}
	}
	var buf bytes.Buffer
	if _, err := msg.WriteTo(&buf); err != nil {
		return nil, fmt.Errorf("write the letter: %w", err)
	}
	data := buf.Bytes()
	if sign != nil {
		if data, err = sign.sign(data); err != nil {
			return nil, err
		}
	}
	return &letter{from: envelope, to: to.Address, data: data}, nil
}

// plainLocal is RFC 5322's dot-atom; ParseAddress has looked after the dots.
var plainLocal = regexp.MustCompile("^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+$")

// address reads one address, with or without a name. The domain is written as
// DNS knows it, so that почта.рф can be reached through any server; the part
// before the @ must be ASCII, since few servers take SMTPUTF8.
func address(s string) (*mail.Address, error) {
	a, err := mail.ParseAddress(s)
	if err != nil {
		return nil, offboarding.Invalid("the address cannot be read") // the parser's error quotes the address
	}
	i := strings.LastIndexByte(a.Address, '@')
	local, domain := a.Address[:i], a.Address[i+1:]
	if len(local) > 64 || !plainLocal.MatchString(local) {
		return nil, offboarding.Invalid("the part of the address before the @ is not usable")
	}
	if domain, err = idna.Lookup.ToASCII(domain); err != nil || len(domain) > 253 {
		return nil, offboarding.Invalid("the domain of the address is not valid")
	}
	a.Address = local + "@" + domain
	return a, nil
}
