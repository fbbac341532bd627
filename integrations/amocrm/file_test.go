package amocrm

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/offboarding"
)

func handover(size int) offboarding.CardFile {
	content := bytes.Repeat([]byte("opendoor "), size/9+1)[:size]
	return offboarding.CardFile{
		Marker: "[opendoor:1:handover]", Name: "handover-17.zip", ContentType: "application/zip", Size: int64(size),
		Text: "Передача дел: https://opendoor.example.com/h/1",
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
	}
}

// filesOf returns the names of the lead's files with their sizes, as Drive has them.
func (b *bench) filesOf(id string) (out []string) {
	b.t.Helper()
	var linked struct {
		Embedded struct {
			Files []struct {
				UUID string `json:"file_uuid"`
			} `json:"files"`
		} `json:"_embedded"`
	}
	if _, err := b.con.get(b.t.Context(), b.acc, "leads/"+id+"/files", nil, &linked); err != nil {
		b.t.Fatal(err)
	}
	for _, f := range linked.Embedded.Files {
		name, data, _ := b.sim.File(f.UUID)
		out = append(out, fmt.Sprint(name, " ", len(data)))
	}
	return out
}

func TestAFileIsPutOnTheLeadOnceWhateverIsLost(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	id := b.lost()
	f := handover(1_200_000) // three parts
	if _, err := b.con.PutFile(t.Context(), b.acc, id, f, closed); err == nil {
		t.Error("a closed fence let the file through")
	}
	for _, fault := range []amocrmsim.Fault{
		{Method: http.MethodPost, PathPrefix: "/v1.0/sessions", Kind: amocrmsim.FaultBadGateway},
		{Method: http.MethodPost, PathPrefix: "/v1.0/upload", Kind: amocrmsim.FaultCutApplied},
		{Method: http.MethodPut, PathPrefix: "/api/v4/leads/" + id + "/files", Kind: amocrmsim.FaultCutApplied},
		{Method: http.MethodPost, PathPrefix: "/api/v4/leads/" + id + "/notes", Kind: amocrmsim.FaultCutApplied},
	} {
		b.sim.AddFault(fault)
		if _, err := b.con.PutFile(t.Context(), b.acc, id, f, open); err == nil {
			t.Fatalf("%s %s: the fault did not strike", fault.Method, fault.PathPrefix)
		}
	}
	for range 2 {
		if w, err := b.con.PutFile(t.Context(), b.acc, id, f, open); err != nil || w.Changed || w.Ref == "" {
			t.Fatalf("%+v, %v", w, err)
		}
	}
	if files := b.filesOf(id); len(files) != 1 || files[0] != "handover-17.zip 1200000" {
		t.Errorf("files %v", files)
	}
	notes := 0
	for _, n := range b.sim.Notes(number64(id)) {
		notes += strings.Count(n.Text(), f.Marker)
	}
	if notes != 1 {
		t.Errorf("%d notes", notes)
	}
}

// Without the scope "files", or with a Drive that is full, the link is written.
func TestWithoutDriveTheLinkIsWritten(t *testing.T) {
	for _, kind := range []amocrmsim.FaultKind{amocrmsim.FaultForbidden, amocrmsim.FaultUnauthorized, amocrmsim.FaultUnpaid, amocrmsim.FaultBlocked} {
		b := newBench(t, amocrmsim.Config{})
		id := b.lost()
		b.sim.AddFault(amocrmsim.Fault{PathPrefix: "/v1.0/", Kind: kind, Times: -1})
		w, err := b.con.PutFile(t.Context(), b.acc, id, handover(10), open)
		if err != nil || !w.Changed {
			t.Fatalf("%s: %+v, %v", kind, w, err)
		}
		if notes := b.sim.Notes(number64(id)); len(notes) != 1 || !strings.Contains(notes[0].Text(), "https://opendoor.example.com/h/1") {
			t.Errorf("%s: notes %+v", kind, notes)
		}
	}
}

// The vendor's own answers of an upload lead from step to step.
func TestAnUploadFollowsTheVendorsAnswers(t *testing.T) {
	var parts []int
	var server *httptest.Server
	answer := func(w http.ResponseWriter, name string) {
		raw, err := os.ReadFile("testdata/api/" + name)
		if err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, strings.ReplaceAll(string(raw), "https://drive-b.amocrm.ru", server.URL))
	}
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case strings.HasSuffix(r.URL.Path, "/account"):
			_, _ = fmt.Fprintf(w, `{"id":1,"drive_url":%q}`, server.URL)
		case strings.HasSuffix(r.URL.Path, "/sessions"):
			answer(w, "drive-session-200.json")
		case strings.HasPrefix(r.URL.Path, "/v1.0/upload/"):
			if parts = append(parts, len(body)); len(parts) == 1 {
				answer(w, "drive-upload-part-200.json")
			} else {
				answer(w, "drive-upload-last-200.json")
			}
		case r.Method == http.MethodPut:
			if string(body) != `[{"file_uuid":"83bd6974-d54e-4fed-9fec-a3e5a31220db"}]` {
				t.Errorf("linked %s", body)
			}
		case r.Method == http.MethodPost:
			_, _ = io.WriteString(w, `{"_embedded":{"notes":[{"id":1,"entity_id":17,"request_id":"0"}]}}`)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	t.Cleanup(server.Close)
	b := newBench(t, amocrmsim.Config{})
	b.acc.BaseURL = server.URL
	if _, err := b.con.PutFile(t.Context(), b.acc, "17", handover(700_000), open); err != nil {
		t.Fatal(err)
	}
	if len(parts) != 2 || parts[0] != 524288 || parts[1] != 700_000-524288 {
		t.Errorf("parts %v", parts)
	}
}
