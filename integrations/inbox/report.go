package inbox

import (
	"bufio"
	"bytes"
	"net/textproto"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// maxReports bounds the recipients of one report; our letters have one each.
const maxReports = 10

// deliveryReports reads a report of delivery (RFC 3464), one arrival per
// recipient.
func (l *letter) deliveryReports(base offboarding.Arrival) (out []offboarding.Arrival) {
	base.Refs, base.From = l.returned(), ""
	for _, p := range l.parts {
		if p.kind != "message/delivery-status" && p.kind != "message/global-delivery-status" {
			continue
		}
		for i, group := range fieldGroups(p.body) {
			action := strings.ToLower(strings.TrimSpace(group.Get("Action")))
			if action == "" || len(out) == maxReports { // the first group is about the whole report
				continue
			}
			a := base
			a.ProviderID += "#" + string(rune('0'+i%10))
			a.From = recipient(group.Get("Original-Recipient"))
			if a.From == "" {
				a.From = recipient(group.Get("Final-Recipient"))
			}
			status := strings.TrimSpace(group.Get("Status"))
			a.Why = strings.TrimSpace(status + " " + afterSemicolon(decodeWord(group.Get("Diagnostic-Code"))))
			switch action {
			case "failed":
				a.Kind, a.Hard = offboarding.InboundBounce, forGood(status)
			case "delayed":
				a.Kind = offboarding.InboundDelay
			case "delivered":
				a.Kind = offboarding.InboundDelivered
			}
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		return []offboarding.Arrival{base}
	}
	return out
}

// forGood tells whether a failure means that the address does not work: a full
// box, a letter too large or a refusal by policy may be different next time.
func forGood(status string) bool {
	switch {
	case !strings.HasPrefix(status, "5."):
		return false
	case strings.HasPrefix(status, "5.7."), strings.HasPrefix(status, "5.3."), status == "5.2.2", status == "5.2.3":
		return false
	}
	return true
}

// complaint reads a report of unwanted mail (RFC 5965).
func (l *letter) complaint(base offboarding.Arrival) offboarding.Arrival {
	base.Refs = l.returned()
	for _, p := range l.parts {
		if p.kind != "message/feedback-report" {
			continue
		}
		for _, group := range fieldGroups(p.body) {
			switch strings.ToLower(strings.TrimSpace(group.Get("Feedback-Type"))) {
			case "abuse", "fraud", "virus", "other", "opt-out", "opt-out-list":
				base.Kind = offboarding.InboundComplaint
			}
			if to := recipient(group.Get("Original-Rcpt-To")); to != "" {
				base.From = to
			}
		}
	}
	return base
}

// returned are our letters among what a report gives back.
func (l *letter) returned() (ids []uuid.UUID) {
	for _, p := range l.parts {
		switch p.kind {
		case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "message/rfc822-headers":
			head, _, _ := bytes.Cut(bytes.ReplaceAll(p.body, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
			for _, group := range fieldGroups(head) {
				ids = append(ids, idsIn(group.Get("Message-Id"))...)
			}
		}
	}
	if len(ids) > maxRefs {
		ids = ids[:maxRefs]
	}
	return append(ids, l.refs()...)
}

// plainBounce recognises a failure that is told in words only, at an address
// that only the letter's envelope named.
func (l *letter) plainBounce(sender, token string) (why string, ok bool) {
	if sender != "" || token == "" {
		return "", false
	}
	for _, p := range l.parts {
		if found := failure.Find(p.body); found != nil {
			return strings.ToValidUTF8(strings.TrimSpace(string(found)), ""), true
		}
	}
	return "", false
}

var failure = regexp.MustCompile(`(?i)(5[0-9]{2}[ -]5\.[0-9]{1,3}\.[0-9]{1,3}[^\r\n]{0,200}|user unknown|no such user|mailbox (not found|unavailable)|does not exist|не существует)`)

// fieldGroups reads groups of header fields, apart by empty lines.
func fieldGroups(body []byte) (out []textproto.MIMEHeader) {
	body = bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))
	for _, block := range bytes.SplitN(body, []byte("\n\n"), maxReports+2) {
		if block = bytes.Trim(block, "\n"); len(block) == 0 {
			continue
		}
		h, _ := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(block, '\n', '\n')))).ReadMIMEHeader() // what is readable of it
		if len(h) > 0 {
			out = append(out, h)
		}
	}
	return out
}

// recipient reads "rfc822; someone@example.com".
func recipient(s string) string {
	return strings.ToLower(strings.Trim(strings.TrimSpace(afterSemicolon(s)), "<>"))
}

func afterSemicolon(s string) string {
	if _, rest, ok := strings.Cut(s, ";"); ok {
		return strings.TrimSpace(rest)
	}
	return strings.TrimSpace(s)
}
