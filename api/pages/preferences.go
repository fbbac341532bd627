package pages

import (
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// Preferences is the page behind /u/{token}: what the client allows, channel by
// channel, and leaving altogether. The button that leaves posts
// List-Unsubscribe=One-Click, as mail programs do (RFC 8058); the one that saves
// carries save=1, so that a form which a mail scanner submits says nothing.
type Preferences struct {
	Visit
	Channels    []PreferenceChannel
	ChatURL     string // opens a chat with the company's bot; empty: there is none
	Wording     string // version of the words of all boxes
	Stopped     bool   // letters are stopped already
	Saved       bool   // what was posted is kept
	Unconfirmed bool   // a POST came without a button
}

// PreferenceChannel is a way on which the client can be reached.
type PreferenceChannel struct {
	Code  string // email, phone, sms or telegram
	Place string // the address there, masked
	Boxes []PreferenceBox
}

// PreferenceBox is one thing that the client may allow.
type PreferenceBox struct {
	Code        string // email/marketing
	Class       string // relationship or marketing
	Words       string // what is agreed to, word for word
	Said, Given bool
	Since       time.Time // when it was said
}

// Status is what stands today, as a text's key.
func (b PreferenceBox) Status() string {
	switch {
	case b.Given:
		return "preferences.given"
	case b.Said:
		return "preferences.withdrawn"
	case b.Class == "relationship":
		return "preferences.unsaid.relation"
	}
	return "preferences.unsaid"
}

// Day is when it was said, in words; empty: never.
func (b PreferenceBox) Day(lang string) string {
	if !b.Said {
		return ""
	}
	return day(b.Since, lang)
}

// Masked shows of an address as much as its owner needs to recognise it: links
// are forwarded.
func Masked(address string) string {
	if name, host, ok := strings.Cut(address, "@"); ok && name != "" {
		_, n := utf8.DecodeRuneInString(name)
		return name[:n] + "…@" + host
	}
	if n := utf8.RuneCountInString(address); n > 4 {
		return "…" + string([]rune(address)[n-2:])
	}
	return ""
}

// Preferences answers with the contact preferences.
func (p *Pages) Preferences(w http.ResponseWriter, v Preferences) error {
	title := "preferences.title"
	if v.Stopped {
		title = "preferences.stopped.title"
	}
	return p.render(w, http.StatusOK, "preferences", title, v.Visit, nil, v)
}
