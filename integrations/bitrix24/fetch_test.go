package bitrix24

import (
	"encoding/base64"
	"io"
	"net/url"
	"testing"

	"opendoor/offboarding"
)

func TestAFileOfDiskIsRead(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	at, err := url.Parse(acc.Credentials["webhook_url"])
	if err != nil {
		t.Fatal(err)
	}
	sim.SetPortal("http://" + at.Host)
	const method = "disk.folder.uploadfile"
	r, err := c.call(t.Context(), acc, method, params{"id": 1, "data": map[string]string{"NAME": "Опись.pdf"}, "fileContent": []string{"Опись.pdf", base64.StdEncoding.EncodeToString([]byte("%PDF"))}})
	if err != nil {
		t.Fatal(err)
	}
	var kept struct {
		ID scalar `json:"ID"`
	}
	if err := r.into(method, &kept); err != nil {
		t.Fatal(err)
	}
	name, content, err := c.OpenFile(t.Context(), acc, kept.ID.text())
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if got, err := io.ReadAll(content); err != nil || name != "Опись.pdf" || string(got) != "%PDF" {
		t.Errorf("%q, %q, %v", name, got, err)
	}
	if _, _, err := c.OpenFile(t.Context(), acc, "999999"); !offboarding.IsKind(err, offboarding.KindGone) && !offboarding.IsKind(err, offboarding.KindInvalid) {
		t.Errorf("a file that is not there: %v", err)
	}
}
