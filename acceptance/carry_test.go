package acceptance

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"opendoor/integrations/amocrm/amocrmsim"
)

// oneHandoverFolder lets all processes of an installation share the files.
func oneHandoverFolder(t *testing.T) setting {
	t.Helper()
	return with("OPENDOOR_FILES_URL=file://" + t.TempDir())
}

// handedOver lets a client of a CRM leave, collects one file, builds the package
// and delivers it; it returns the link of the client.
func (h *house) handedOver(d deal) (p handingOver, link string) {
	h.t.Helper()
	d.crm.cancel(d)
	var caseID string
	h.eventually(func() error {
		s, err := h.story()
		if err != nil {
			return err
		}
		if cases := s.casesOf(d); len(cases) == 1 {
			caseID = cases[0].ID
			return nil
		}
		return errors.New("no case yet")
	})
	h.must(http.MethodPost, "/cases/"+caseID+"/actions/proceed", "{}", nil)
	p = handingOver{h, "/cases/" + caseID + "/handover"}
	if _, err := p.put(p.item("Договор"), "договор.pdf", strings.NewReader("a contract")); err != nil {
		h.t.Fatal(err)
	}
	p.built()
	var opened struct{ Link string }
	h.must(http.MethodPost, p.path+"/deliver", `{"to":"client"}`, &opened)
	return p, opened.Link
}

// files lists what hangs on a lead, with its size.
func (a *amo) files(d deal) (out []string) {
	a.t.Helper()
	req, err := http.NewRequest(http.MethodGet, a.url+"/api/v4/leads/"+d.id+"/files", http.NoBody)
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.sim.Info().AccessToken)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	var linked struct {
		Embedded struct {
			Files []struct {
				UUID string `json:"file_uuid"`
			} `json:"files"`
		} `json:"_embedded"`
	}
	if res.StatusCode != http.StatusOK { // none, or no right to look
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(&linked); err != nil {
		a.t.Fatal(err)
	}
	for _, f := range linked.Embedded.Files {
		name, data, _ := a.sim.File(f.UUID)
		out = append(out, fmt.Sprint(name, " ", len(data)))
	}
	return out
}

// carried is what stands on the card about a handover: notes that name its
// link, and files.
func (a *amo) carried(d deal, link string) (notes, files []string) {
	a.t.Helper()
	for _, n := range a.sim.Notes(a.lead(d)) {
		if strings.Contains(n.Text(), link) {
			notes = append(notes, n.Text())
		}
	}
	return notes, a.files(d)
}

func (b *bitrix) carried(d deal, link string) (notes, files []string) {
	b.t.Helper()
	for _, n := range b.sim.Comments(b.number(d)) {
		if strings.Contains(n.Text, link) {
			notes = append(notes, n.Text)
			files = append(files, n.Files...)
		}
	}
	return notes, files
}

// A delivered package stands on the deal's card: its link with the due date and
// the checksum always, the file itself when the account wants it there.
func TestADeliveredPackageStandsOnTheCard(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		withFile := strings.TrimSuffix(policy, "}") + `,"handover_file_in_crm":true}`
		type card interface {
			crm
			carried(d deal, link string) (notes, files []string)
		}
		for name, c := range map[string]struct {
			card  card
			files int
		}{
			"amoCRM, link":      {h.amocrm(), 0},
			"amoCRM, file":      {h.connectAmo(amoAccount(t), "live", withFile), 1},
			"Bitrix24, link":    {h.bitrix24(), 0},
			"Bitrix24, file":    {h.connectBitrix(bitrixPortal(t), "live", withFile), 1},
			"amoCRM, no rights": {h.connectAmo(withoutDrive(t), "live", withFile), 0},
		} {
			d := c.card.client()
			p, link := h.handedOver(d)
			want := p.state().Build.File
			h.eventually(func() error {
				if notes, _ := c.card.carried(d, link); len(notes) == 0 {
					return errors.New(name + ": nothing stands on the card")
				}
				return nil
			})
			h.eventually(h.idle)
			notes, files := c.card.carried(d, link)
			if len(notes) != 1 || !strings.Contains(notes[0], want.SHA256) || !strings.Contains(notes[0], "Передача дел") {
				t.Errorf("%s: %d notes: %q", name, len(notes), notes)
			}
			if len(files) != c.files || c.files == 1 && !strings.Contains(files[0], "handover-") {
				t.Errorf("%s: files %q, want %d", name, files, c.files)
			}
		}
		h.invariantsHold()
	}, oneHandoverFolder(t))
}

// withoutDrive is an account that lets us into the CRM and not into its Drive.
func withoutDrive(t *testing.T) *amo {
	t.Helper()
	return amoAccount(t, func(c *amocrmsim.Config) { c.Scopes = []string{"crm"} })
}
