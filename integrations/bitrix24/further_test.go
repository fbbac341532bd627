package bitrix24

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"opendoor/integrations/hooktest"
	"opendoor/offboarding"
)

// Bodies beyond the published ones, in every form in which they may arrive.
func TestFurtherBodiesMeanWhatTheReferenceSays(t *testing.T) {
	const robot = "auth[domain]=some-domain.bitrix24.com\nauth[client_endpoint]=https://some-domain.bitrix24.com/rest/\n" +
		"auth[server_endpoint]=https://oauth.bitrix.info/rest/\nauth[member_id]=" + portalID
	const system = robot + "\nauth[application_token]=" + appToken
	bodies := hooktest.Read(t, "testdata/further.txt", map[string]string{
		"robot":  robot,
		"hook":   robot + "\nauth[application_token]=" + hookToken,
		"system": system,
		"user":   system + "\nauth[access_token]=a1\nauth[expires]=1767263600\nauth[expires_in]=3600\nauth[scope]=crm,user_basic\nauth[status]=L\nauth[user_id]=1",
	})
	if len(bodies) < 40 {
		t.Errorf("only %d bodies", len(bodies))
	}
	acc := account()
	acc.Triggers = []offboarding.Trigger{{PipelineID: "DT1036_30", StageID: "DT1036_30:FAIL", Means: offboarding.MeansCancelled}}
	c := quietConnector(t)
	for _, b := range bodies {
		for how, d := range b.Deliveries(t) {
			t.Run(b.Name+"/"+how, func(t *testing.T) {
				said := []string{"refused"}
				if err := c.Prove(acc, d); err == nil {
					said = hooktest.Says(c.Unpack(acc, d))
				}
				if diff := cmp.Diff(b.Want, said); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}
