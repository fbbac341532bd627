package amocrm

import (
	"errors"
	"io"
	"strings"
	"testing"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/offboarding"
)

func TestAFileOfDriveIsRead(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	id := b.lost()
	if _, err := b.con.PutFile(t.Context(), b.acc, id, handover(700_000), open); err != nil {
		t.Fatal(err)
	}
	var linked struct {
		Embedded struct {
			Files []struct {
				UUID string `json:"file_uuid"`
			} `json:"files"`
		} `json:"_embedded"`
	}
	if _, err := b.con.get(t.Context(), b.acc, "leads/"+id+"/files", nil, &linked); err != nil {
		t.Fatal(err)
	}
	name, r, err := b.con.OpenFile(t.Context(), b.acc, linked.Embedded.Files[0].UUID)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil || name != "handover-17.zip" || len(content) != 700_000 || !strings.HasPrefix(string(content), "opendoor ") {
		t.Errorf("%q, %d bytes, %v", name, len(content), err)
	}
	if _, _, err := b.con.OpenFile(t.Context(), b.acc, "00000000-0000-0000-0000-000000000000"); !errors.Is(err, offboarding.ErrGone) {
		t.Errorf("a file that is not there: %v", err)
	}
}
