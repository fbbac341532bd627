package smtp

import (
	"bytes"
	"errors"
	"io"
	"testing"

	gomessage "github.com/emersion/go-message/mail"

	"opendoor/offboarding"
)

func TestAPaperTravelsWithItsLetter(t *testing.T) {
	s := &sink{}
	m := mailer(t, "smtp://"+s.serve(t, nil))
	e := envelope()
	paper := bytes.Repeat([]byte("%PDF-1.3\r\n\x00\xff"), 1000)
	e.Attachments = []offboarding.Attachment{{Name: "letter.pdf", Type: "application/pdf", Data: paper}}
	if err := m.Send(t.Context(), e, open); err != nil {
		t.Fatal(err)
	}
	r, err := gomessage.CreateReader(bytes.NewReader(s.letters()[0].data))
	if err != nil {
		t.Fatal(err)
	}
	texts, papers := 0, 0
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch h := p.Header.(type) {
		case *gomessage.InlineHeader:
			texts++
		case *gomessage.AttachmentHeader:
			papers++
			name, _ := h.Filename()
			kind, _, _ := h.ContentType()
			got, err := io.ReadAll(p.Body)
			if name != "letter.pdf" || kind != "application/pdf" || err != nil || !bytes.Equal(got, paper) {
				t.Errorf("%s %s, %d bytes, %v", name, kind, len(got), err)
			}
		}
	}
	if texts != 2 || papers != 1 {
		t.Errorf("%d texts and %d papers", texts, papers)
	}
}
