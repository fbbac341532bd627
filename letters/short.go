package letters

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	texttemplate "text/template"
	"time"

	"opendoor/offboarding"
)

// A touch may go by a messenger or as a text message, where a letter would be
// too long or would speak of itself as a letter. Such words stand in files of
// their own, ru/news.telegram.tmpl, in the language of letters. A letter
// without them is sent to a messenger as it is, and by text message not at all.

// shortKey names one short text.
type shortKey struct {
	key
	channel offboarding.Channel
}

var shortChannels = []offboarding.Channel{offboarding.ChannelTelegram, offboarding.ChannelSMS}

// loadShort reads the short texts of a letter.
func (w *Writer) loadShort(at key, read func(name string) (string, error)) error {
	var mistakes []error
	for _, ch := range shortChannels {
		name := fileOf(at.template, at.lang, string(ch))
		src, err := read(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var t *texttemplate.Template
		if err == nil {
			t, err = parseShort(at, src)
		}
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: %w", name, err))
			continue
		}
		w.short[shortKey{at, ch}] = t
	}
	return errors.Join(mistakes...)
}

func parseShort(at key, src string) (*texttemplate.Template, error) {
	l := &letter{lang: at.lang}
	if err := l.parse("text", src, at.template); err != nil {
		return nil, err
	}
	views, err := sampleViews(at.template, at.lang)
	for _, v := range views {
		if err == nil {
			_, err = shortText(l.text, at.lang, offboarding.ChannelSMS, v)
		}
	}
	return l.text, err
}

// writeShort writes the short text for the letter's channel.
func (w *Writer) writeShort(d offboarding.LetterData, l *letter, v view) (*offboarding.WrittenLetter, error) {
	t, ok := w.short[shortKey{key{d.Template, d.Lang}, d.Channel}]
	switch {
	case ok:
	case d.Channel == offboarding.ChannelTelegram:
		t = l.text
	default:
		return nil, fmt.Errorf("there are no words for %s", d.Channel)
	}
	stream, err := shortText(t, d.Lang, d.Channel, v)
	if err != nil {
		return nil, err
	}
	subject, err := l.subjectLine(v, time.Time{})
	if err != nil {
		return nil, err
	}
	out := &offboarding.WrittenLetter{Subject: subject, Quotes: quotesIn(stream, v), Names: namesIn(v), Parts: cut(plainText(stream))}
	for _, p := range out.Parts {
		out.Text += p.Text
	}
	return out, nil
}

// shortText runs a short text. In a text message every sign is paid for: it is
// one line, and without the signs that would make an English one half as long.
func shortText(t *texttemplate.Template, lang offboarding.Lang, ch offboarding.Channel, v view) (string, error) {
	b := limited{}
	if err := t.Execute(&b, v); err != nil {
		return "", err
	}
	if ch != offboarding.ChannelSMS {
		return typeset(lang, tidy(b.String())), nil
	}
	line := strings.Join(strings.Fields(plainText(b.String())), " ")
	if lang == offboarding.EN {
		line = plainSigns.Replace(line)
	}
	return line, nil
}

// plainSigns are in the alphabet of text messages (GSM 03.38); what they stand
// for is not.
var plainSigns = strings.NewReplacer("“", `"`, "”", `"`, "‘", "'", "’", "'", "—", "-", "–", "-", "…", "...", "№", "No.")
