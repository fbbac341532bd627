package inbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // reads what is not UTF-8
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// Limits of what is looked at: letters are written by strangers.
const (
	maxDepth = 8       // parts within parts
	maxParts = 60      // parts of a letter
	maxPart  = 1 << 20 // bytes of one part, decoded
	maxRefs  = 20      // ids named by a letter
)

// part is one leaf of a letter.
type part struct {
	kind string // media type, lower case
	body []byte
}

// letter is what was read of a letter.
type letter struct {
	head   message.Header
	kind   string            // media type of the whole
	params map[string]string // of it
	parts  []part
}

// Parse says what a letter is. sender is the envelope's, empty for a bounce;
// token is that of the address to which it came. It never fails: of what cannot
// be read nothing is believed.
func Parse(raw []byte, sender, token string) []offboarding.Arrival {
	l := read(raw)
	base := offboarding.Arrival{
		Channel: offboarding.ChannelEmail, Token: token, Kind: offboarding.InboundAuto,
		ProviderID: l.id(raw), Subject: l.text("Subject"), From: l.from(sender),
	}
	switch {
	case l.report("delivery-status"):
		return l.deliveryReports(base)
	case l.report("feedback-report"):
		return []offboarding.Arrival{l.complaint(base)}
	}
	base.Refs = l.refs()
	switch {
	case l.automatic(sender):
		if why, ok := l.plainBounce(sender, token); ok {
			base.Kind, base.Why = offboarding.InboundBounce, why
		}
	default:
		base.Kind, base.Text = offboarding.InboundReply, l.said()
	}
	return []offboarding.Arrival{base}
}

// read takes a letter apart as far as the limits allow.
func read(raw []byte) *letter {
	l := &letter{}
	e, err := message.Read(bytes.NewReader(raw))
	if e == nil {
		_ = err
		return l
	}
	l.head = e.Header
	l.kind, l.params, _ = e.Header.ContentType()
	l.kind = strings.ToLower(l.kind)
	l.walk(e, 0)
	return l
}

func (l *letter) walk(e *message.Entity, depth int) {
	if depth > maxDepth || len(l.parts) >= maxParts {
		return
	}
	kind, _, _ := e.Header.ContentType()
	if many := e.MultipartReader(); many != nil {
		defer many.Close()
		for range maxParts {
			next, err := many.NextPart()
			if next == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
				return
			}
			l.walk(next, depth+1)
		}
		return
	}
	body, _ := io.ReadAll(io.LimitReader(e.Body, maxPart)) // what was read before it broke off counts
	l.parts = append(l.parts, part{strings.ToLower(kind), body})
}

// text is a header field, decoded.
func (l *letter) text(name string) string {
	s, err := l.head.Text(name)
	if err != nil {
		s = l.head.Get(name)
	}
	return strings.ToValidUTF8(strings.TrimSpace(s), "�")
}

// id is the letter's own id, or one made of all that it says.
func (l *letter) id(raw []byte) string {
	if id := strings.TrimSpace(l.head.Get("Message-Id")); id != "" && len(id) < 500 {
		return id
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// from is who wrote: the address of the header, else the envelope's.
func (l *letter) from(sender string) string {
	if list, err := mail.ParseAddressList(l.head.Get("From")); err == nil && len(list) > 0 {
		return strings.ToLower(list[0].Address)
	}
	if a, err := mail.ParseAddress(sender); err == nil {
		return strings.ToLower(a.Address)
	}
	return ""
}

// report tells whether the letter is a report of the kind (RFC 6522).
func (l *letter) report(kind string) bool {
	return l.kind == "multipart/report" && strings.EqualFold(l.params["report-type"], kind)
}

// ourID finds letters of ours in fields of ids.
var ourID = regexp.MustCompile(`(?i)<([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})@`)

// refs are our letters that this one answers, the nearest first.
func (l *letter) refs() []uuid.UUID {
	ids := idsIn(l.head.Get("In-Reply-To"))
	named := idsIn(l.head.Get("References"))
	for i := range named { // the last one is the letter that was answered
		ids = append(ids, named[len(named)-1-i])
	}
	return ids
}

func idsIn(s string) (ids []uuid.UUID) {
	for _, m := range ourID.FindAllStringSubmatch(s, maxRefs) {
		if id, err := uuid.Parse(m[1]); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// automatic tells whether a machine wrote (RFC 3834 and what machines do that
// never read it).
func (l *letter) automatic(sender string) bool {
	if s := strings.ToLower(strings.TrimSpace(l.head.Get("Auto-Submitted"))); s != "" && !strings.HasPrefix(s, "no") {
		return true
	}
	if slices.ContainsFunc([]string{"X-Autoreply", "X-Autorespond", "X-Autoresponder", "List-Id", "List-Unsubscribe", "X-Failed-Recipients", "Feedback-Id"}, l.head.Has) {
		return true
	}
	switch strings.ToLower(strings.TrimSpace(l.head.Get("Precedence"))) {
	case "bulk", "junk", "list", "auto_reply":
		return true
	}
	if l.kind == "multipart/report" || sender == "" && l.head.Has("From") && robot.MatchString(l.from("")) {
		return true
	}
	return robot.MatchString(l.from(sender)) || awayWords.MatchString(l.text("Subject"))
}

var (
	robot     = regexp.MustCompile(`(?i)^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|noreply[^@]*|bounces?[^@]*)@`)
	awayWords = regexp.MustCompile(`(?i)^(re: ?)?(auto(matic)?[ -]?(reply|response|matische antwort)|автоответ|автоматический ответ|out of (the )?office|вне офиса|нет на месте|абсента|undeliver|returned mail|delivery status|mail delivery (failed|failure|system)|недоставленное)`)
)

// decodeWord decodes a header of a part.
func decodeWord(s string) string {
	if out, err := new(mime.WordDecoder).DecodeHeader(s); err == nil {
		return out
	}
	return s
}
