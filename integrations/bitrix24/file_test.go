package bitrix24

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"opendoor/integrations/bitrix24/bitrix24sim"
	"opendoor/offboarding"
)

func handover(size int) offboarding.CardFile {
	content := bytes.Repeat([]byte("x"), size)
	return offboarding.CardFile{
		Marker: "[opendoor:1:handover]", Name: "handover-17.zip", ContentType: "application/zip", Size: int64(size),
		Text: "Передача дел: https://opendoor.example.com/h/1",
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
	}
}

func TestAFileIsPutIntoTheTimelineOnceWhateverIsLost(t *testing.T) {
	sim, acc := portal(t)
	c, wall, _ := loopback(t)
	if _, err := c.PutFile(t.Context(), acc, "2", handover(1000), closed); err == nil {
		t.Error("a closed fence let the file through")
	}
	for _, kind := range []bitrix24sim.FaultKind{bitrix24sim.FaultBadGateway, bitrix24sim.FaultCut} {
		sim.AddFault(bitrix24sim.Fault{Method: "crm.timeline.comment.add", Kind: kind})
		if _, err := c.PutFile(t.Context(), acc, "2", handover(1000), (&fence{}).open); err == nil {
			t.Fatalf("%s did not strike", kind)
		}
		wall.add(2 * time.Minute)
	}
	for range 2 {
		if w, err := c.PutFile(t.Context(), acc, "2", handover(1000), (&fence{}).open); err != nil || w.Changed || w.Ref == "" {
			t.Fatalf("%+v, %v", w, err)
		}
	}
	got := sim.Comments(2)
	if len(got) != 1 || len(got[0].Files) != 1 || !strings.Contains(got[0].Files[0], "handover-17") || !strings.Contains(got[0].Text, "/h/1") {
		t.Errorf("comments %+v", got)
	}
}

func TestAFileThatThePortalCannotTakeIsNamedByItsLink(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	large := handover(1)
	large.Size = largestFile + 1
	if w, err := c.PutFile(t.Context(), acc, "2", large, (&fence{}).open); err != nil || !w.Changed {
		t.Fatalf("%+v, %v", w, err)
	}
	sim.AddFault(bitrix24sim.Fault{Method: "crm.timeline.comment.add", Kind: bitrix24sim.FaultAccessDenied})
	if w, err := c.PutFile(t.Context(), acc, "3", handover(10), (&fence{}).open); err != nil || !w.Changed {
		t.Fatalf("%+v, %v", w, err)
	}
	for _, deal := range []int{2, 3} {
		if got := sim.Comments(deal); len(got) != 1 || len(got[0].Files) != 0 || !strings.Contains(got[0].Text, "/h/1") {
			t.Errorf("comments of %d: %+v", deal, got)
		}
	}
}
