package amocrm

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"opendoor/integrations/hooktest"
	"opendoor/offboarding"
)

// Bodies beyond the published ones, in every form in which they may arrive.
func TestFurtherBodiesMeanWhatTheReferenceSays(t *testing.T) {
	bodies := hooktest.Read(t, "testdata/further.txt", map[string]string{
		"account":  "account[subdomain]=kommodemo\naccount[id]=32720107\naccount[_links][self]=https://kommodemo.kommo.com",
		"pipeline": "account[id]=32720107\naccount[subdomain]=kommodemo",
		"old":      "account[subdomain]=kommodemo",
	})
	if len(bodies) < 40 {
		t.Errorf("only %d bodies", len(bodies))
	}
	c := New(Config{Log: quiet()})
	acc := &offboarding.Account{RemoteID: "32720107", BaseURL: "https://kommodemo.kommo.com"}
	for _, b := range bodies {
		for how, d := range b.Deliveries(t) {
			t.Run(b.Name+"/"+how, func(t *testing.T) {
				u := c.Unpack(acc, d)
				if diff := cmp.Diff(b.Want, hooktest.Says(u)); diff != "" {
					t.Errorf("%s\n%+v", diff, u)
				}
			})
		}
	}
}
