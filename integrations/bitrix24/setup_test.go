package bitrix24

import (
	"encoding/json"
	"strings"
	"testing"

	"opendoor/integrations/bitrix24/bitrix24sim"
	"opendoor/offboarding"
)

func TestSetupCreatesTheFieldsOnce(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	report := setUp(t, c, acc)
	defs := offboarding.CardFields()
	if len(report.Fields) != len(defs) {
		t.Fatalf("fields %+v", report.Fields)
	}
	for i, f := range report.Fields {
		if !f.Created || f.RemoteID == "" || f.Code != defs[i].Code || f.Name != defs[i].Names[offboarding.RU] {
			t.Errorf("field %+v", f)
		}
	}
	var kept ourFields
	if err := json.Unmarshal(report.CardSetup, &kept); err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	for _, uf := range sim.UserFields() {
		types[uf.Name] = uf.Type
	}
	for _, def := range defs {
		f := kept[def.Code]
		if f.Name != "UF_CRM_"+def.Code || types[f.Name] != userTypeOf[def.Type] || len(f.Enums) != len(def.Options) {
			t.Errorf("%s is kept as %+v, type %s", def.Code, f, types[f.Name])
		}
	}
	before := len(sim.UserFields())
	again := setUp(t, c, acc)
	for _, f := range again.Fields {
		if f.Created {
			t.Errorf("created again: %+v", f)
		}
	}
	if n := len(sim.UserFields()); n != before {
		t.Errorf("%d fields after the second setup, %d before", n, before)
	}
}

func TestSetupSaysHowToMakeTheHookByHand(t *testing.T) {
	for lang, words := range map[offboarding.Lang][]string{
		offboarding.RU: {"Исходящий вебхук", "Разработчикам", "робот"},
		offboarding.EN: {"Outbound webhook", "Developer resources", "Automation rules"},
	} {
		_, acc := portal(t)
		acc.Lang = lang
		c, _, _ := loopback(t)
		report := setUp(t, c, acc)
		if report.Hook.State != "by_hand" || report.Hook.Created || report.Hook.URL != "https://opendoor.example/hooks/bitrix24/key" {
			t.Errorf("hook %+v", report.Hook)
		}
		advice := strings.Join(report.Advice, "\n")
		for _, w := range append(words, "ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE", report.Hook.URL, "application_token") {
			if !strings.Contains(advice, w) {
				t.Errorf("%s: the advice lacks %q", lang, w)
			}
		}
		if strings.Contains(advice, "/rest/1/secret") {
			t.Error("the advice shows the secret")
		}
	}
}

func TestWithoutAnAdministratorSetupSaysWhatToCreate(t *testing.T) {
	sim, acc := portal(t)
	sim.AddIncomingWebhook(6, "managers")
	acc.Credentials["webhook_url"] = strings.Replace(acc.Credentials["webhook_url"], "/rest/1/secret", "/rest/6/managers", 1)
	c, _, _ := loopback(t)
	report := setUp(t, c, acc)
	if len(report.Fields) != 0 || !strings.Contains(strings.Join(report.Advice, "\n"), "UF_CRM_OPENDOOR_NPS (тип: целое число)") {
		t.Errorf("report %+v", report)
	}
	if w, err := c.PutCard(t.Context(), acc, "2", leavingCard(), closed); err != nil || w.Changed {
		t.Errorf("card: %+v, %v", w, err)
	}
}

func TestAFieldThatWasMadeInSpiteOfAnErrorCounts(t *testing.T) {
	sim, acc := portal(t)
	sim.AddFault(bitrix24sim.Fault{Method: "crm.deal.userfield.add", Kind: bitrix24sim.FaultInternalAfter, Times: 2})
	c, _, _ := loopback(t)
	if report := setUp(t, c, acc); len(report.Fields) != len(offboarding.CardFields()) {
		t.Errorf("fields %+v", report.Fields)
	}
}

func TestSetupAddsValuesThatAListLacks(t *testing.T) {
	sim, acc := portal(t)
	if _, err := sim.AddUserField(map[string]any{
		"FIELD_NAME": "OPENDOOR_STATE", "USER_TYPE_ID": "enumeration", "LABEL": "Уход",
		"LIST": []any{map[string]any{"VALUE": "Наше слово", "XML_ID": "leaving"}},
	}); err != nil {
		t.Fatal(err)
	}
	c, _, _ := loopback(t)
	setUp(t, c, acc)
	for _, uf := range sim.UserFields() {
		if uf.Name == "UF_CRM_OPENDOOR_STATE" && (len(uf.Options) != len(offboarding.States) || uf.Values["leaving"] != "Наше слово") {
			t.Errorf("options %+v", uf.Values)
		}
	}
}

func TestCheckTellsWhatItFound(t *testing.T) {
	items := func(c *Connector, acc *offboarding.Account) map[string]offboarding.CheckItem {
		byName := map[string]offboarding.CheckItem{}
		for _, i := range c.Check(t.Context(), acc) {
			if i.Detail == "" || strings.Contains(i.Detail, "/secret") {
				t.Errorf("item %+v", i)
			}
			byName[i.Name] = i
		}
		return byName
	}
	tests := map[string]struct {
		change func(sim *bitrix24sim.Sim, c *Connector, acc *offboarding.Account)
		broken []string
	}{
		"all well":     {func(_ *bitrix24sim.Sim, c *Connector, acc *offboarding.Account) { setUp(t, c, acc) }, nil},
		"before setup": {func(*bitrix24sim.Sim, *Connector, *offboarding.Account) {}, nil},
		"no token": {func(_ *bitrix24sim.Sim, _ *Connector, acc *offboarding.Account) {
			delete(acc.Credentials, "application_token")
		}, []string{"application_token"}},
		"secret revoked": {func(sim *bitrix24sim.Sim, _ *Connector, _ *offboarding.Account) { sim.RevokeIncomingWebhook("secret") }, []string{"connection"}},
		"no address": {func(_ *bitrix24sim.Sim, _ *Connector, acc *offboarding.Account) {
			acc.Credentials["webhook_url"] = "secret"
		}, []string{"connection"}},
		"scope missing": {func(sim *bitrix24sim.Sim, _ *Connector, acc *offboarding.Account) {
			sim.AddIncomingWebhook(1, "tasksonly", "task")
			acc.Credentials["webhook_url"] = strings.Replace(acc.Credentials["webhook_url"], "/secret/", "/tasksonly/", 1)
		}, []string{"scope", "deals", "pipelines", "fields"}},
		"stage gone": {func(_ *bitrix24sim.Sim, _ *Connector, acc *offboarding.Account) {
			acc.Triggers = []offboarding.Trigger{{PipelineID: "1", StageID: "C1:LOSE", Means: offboarding.MeansCancelled}, {PipelineID: "0", StageID: "C1:LOSE"}}
		}, []string{"triggers"}},
		"fields gone": {func(_ *bitrix24sim.Sim, _ *Connector, acc *offboarding.Account) {
			acc.CardSetup = json.RawMessage(`{"OPENDOOR_NPS":{"id":"1","name":"UF_CRM_OPENDOOR_NPS"}}`)
		}, []string{"fields"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			sim, acc := portal(t)
			c, _, _ := loopback(t)
			tt.change(sim, c, acc)
			got := items(c, acc)
			for _, b := range tt.broken {
				if i, ok := got[b]; !ok || i.OK {
					t.Errorf("%s should be broken: %+v", b, i)
				}
				delete(got, b)
			}
			for _, i := range got {
				if !i.OK {
					t.Errorf("broken: %+v", i)
				}
			}
		})
	}
}
