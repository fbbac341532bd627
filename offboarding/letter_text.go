package offboarding

import (
	"time"

	"github.com/google/uuid"
)

// LetterText is an operator's own text of one letter in one language. Versions
// count up and are kept; the newest counts.
type LetterText struct {
	ID        uuid.UUID
	Code      string
	Lang      Lang
	Version   int
	Subject   string
	Text      string
	HTML      string   // empty: made from Text
	Accepted  []string // rules of the tone guard whose warning its author has accepted
	By        Actor
	CreatedAt time.Time
}

// BuiltIn reports whether this version only says that the built-in text is back.
func (t *LetterText) BuiltIn() bool { return t.Subject == "" && t.Text == "" && t.HTML == "" }
