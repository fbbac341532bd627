package bitrix24

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opendoor/integrations/bitrix24/bitrix24sim"
	"opendoor/offboarding"
)

func TestADealIsReadWithItsPeopleInOneRequest(t *testing.T) {
	sim, acc := portal(t)
	id := lost(t, sim, 2)
	c, _, _ := loopback(t)
	if _, err := c.Pipelines(t.Context(), acc); err != nil { // names are known by now
		t.Fatal(err)
	}
	sim.ForgetRequests()
	d, err := c.Deal(t.Context(), acc, id)
	if err != nil {
		t.Fatal(err)
	}
	moved := d.MovedAt
	if d.CreatedAt.IsZero() || moved.IsZero() || d.UpdatedAt.Before(moved) {
		t.Errorf("times %v, %v, %v", d.CreatedAt, moved, d.UpdatedAt)
	}
	d.CreatedAt, d.UpdatedAt, d.MovedAt = time.Time{}, time.Time{}, time.Time{}
	origin := strings.TrimSuffix(acc.Credentials["webhook_url"], "/rest/1/secret/")
	want := &offboarding.Deal{
		ID: id, Title: "Уборка офиса № 2", URL: origin + "/crm/deal/details/2/",
		Pipeline: offboarding.Named{ID: "1", Name: "Обслуживание"}, Stage: offboarding.Named{ID: "C1:LOSE", Name: "Клиент ушёл"},
		Outcome: offboarding.OutcomeLost, Amount: &offboarding.Money{AmountMinor: 1250000, Currency: "RUB"},
		Client:      offboarding.Client{ID: d.Client.ID, Name: "Игорь Образцов", Email: "client2@example.test", Phone: "+70000000002"},
		Company:     offboarding.Named{ID: d.Company.ID, Name: "ООО «Пример 2»"},
		Responsible: offboarding.Responsible{ID: "7", Name: "Павел Примеров", Email: "accounts@example.test"},
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
	for _, r := range sim.Ledger() {
		if r.Batch == 0 && r.Method != "batch" {
			t.Errorf("an extra request for %s", r.Method)
		}
	}
}

func TestADealIsReadFromPortalsThatLackMethods(t *testing.T) {
	sim, acc := portal(t)
	id := lost(t, sim, 2)
	c, _, _ := loopback(t)
	whole, err := c.Deal(t.Context(), acc, id)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		lacks []string
		want  func(d *offboarding.Deal)
	}{
		"no batch":               {lacks: []string{"batch"}, want: func(*offboarding.Deal) {}},
		"no batch, no pipelines": {lacks: []string{"batch", "crm.category.list", "crm.status.list"}, want: func(d *offboarding.Deal) { d.Pipeline.Name, d.Stage.Name = "", "" }},
		"no batch, no users": {lacks: []string{"batch", "user.get"}, want: func(d *offboarding.Deal) {
			d.Responsible.Name, d.Responsible.Email = "", ""
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			plain := at(without(t, sim, tt.lacks...))
			plain.Credentials["webhook_url"] = strings.Replace(plain.Credentials["webhook_url"], "s3cr3tOfTheHook", "secret", 1)
			c, _, _ := loopback(t)
			got, err := c.Deal(t.Context(), plain, id)
			if err != nil {
				t.Fatal(err)
			}
			want := *whole
			want.URL = got.URL
			tt.want(&want)
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestADealWithoutAContactBelongsToItsCompany(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	d, err := c.Deal(t.Context(), acc, "33")
	if err != nil {
		t.Fatal(err)
	}
	if want := (offboarding.Client{Name: "ООО «Пример 33»", Email: "office33@example.test"}); d.Client != want {
		t.Errorf("client %+v", d.Client)
	}
	_ = sim
}

func TestAClientWithoutAnAddressIsLeftWithoutOne(t *testing.T) {
	_, acc := portal(t)
	c, _, _ := loopback(t)
	d, err := c.Deal(t.Context(), acc, "16")
	if err != nil || d.Client.Email != "" || d.Client.Phone == "" || d.Client.Name == "" {
		t.Errorf("client %+v, %v", d.Client, err)
	}
}

func TestWhoLeftOrIsUnknownIsAnInactiveResponsible(t *testing.T) {
	_, acc := portal(t)
	for id, who := range map[string]string{"31": "8", "32": "900"} {
		c, _, _ := loopback(t)
		d, err := c.Deal(t.Context(), acc, id)
		if err != nil || d.Responsible.ID != who || !d.Responsible.Inactive {
			t.Errorf("deal %s: %+v, %v", id, d.Responsible, err)
		}
	}
}

func TestWithoutTheScopeForUsersTheDealIsReadAllTheSame(t *testing.T) {
	sim, acc := portal(t)
	sim.AddIncomingWebhook(1, "crmonly", "crm")
	acc.Credentials["webhook_url"] = strings.Replace(acc.Credentials["webhook_url"], "/secret/", "/crmonly/", 1)
	c, _, _ := loopback(t)
	d, err := c.Deal(t.Context(), acc, "2")
	if err != nil || d.Client.Email == "" || d.Responsible != (offboarding.Responsible{ID: "7"}) {
		t.Errorf("deal %+v, %v", d, err)
	}
}

func TestAPortalWithoutDealsForUsWaitsForAPerson(t *testing.T) {
	c, _, _ := loopback(t)
	if _, err := c.Deal(t.Context(), fixtures(t, nil), "7"); !offboarding.IsKind(err, offboarding.KindUnauthorized) {
		t.Errorf("got %v", err)
	}
}

func TestADeletedDealIsGone(t *testing.T) {
	sim, acc := portal(t)
	if err := sim.DeleteDeal(5, 6); err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]*offboarding.Account{"in a batch": acc, "alone": func() *offboarding.Account {
		plain := at(without(t, sim, "batch"))
		plain.Credentials["webhook_url"] = strings.Replace(plain.Credentials["webhook_url"], "s3cr3tOfTheHook", "secret", 1)
		return plain
	}()} {
		c, _, _ := loopback(t)
		if _, err := c.Deal(t.Context(), a, "5"); !offboarding.IsKind(err, offboarding.KindGone) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadingADealFailsAsTheReferenceSays(t *testing.T) {
	for kind, want := range map[bitrix24sim.FaultKind]offboarding.Kind{
		bitrix24sim.FaultQueryLimit: offboarding.KindUnavailable, bitrix24sim.FaultOverload: offboarding.KindUnavailable,
		bitrix24sim.FaultInternal: offboarding.KindUnavailable, bitrix24sim.FaultExpiredToken: offboarding.KindUnauthorized,
		bitrix24sim.FaultCredentials: offboarding.KindUnauthorized, bitrix24sim.FaultScope: offboarding.KindUnauthorized,
		bitrix24sim.FaultPlan: offboarding.KindUnavailable, bitrix24sim.FaultBadGateway: offboarding.KindUnavailable,
		bitrix24sim.FaultCut: offboarding.KindUnavailable, bitrix24sim.FaultTruncated: offboarding.KindUnavailable,
		bitrix24sim.FaultMalformed: offboarding.KindUnavailable, bitrix24sim.FaultAccessDenied: offboarding.KindInvalid,
	} {
		for _, method := range []string{"batch", "crm.deal.get"} {
			t.Run(method+" "+string(kind), func(t *testing.T) {
				sim, acc := portal(t)
				sim.AddFault(bitrix24sim.Fault{Method: method, Kind: kind, Times: bitrix24sim.Always})
				c, _, _ := loopback(t)
				_, err := c.Deal(t.Context(), acc, "2")
				wire := kind == bitrix24sim.FaultBadGateway || kind == bitrix24sim.FaultCut || kind == bitrix24sim.FaultTruncated || kind == bitrix24sim.FaultMalformed
				if (method == "crm.deal.get" && wire) || (method == "batch" && kind == bitrix24sim.FaultAccessDenied) {
					// Inside a batch nothing breaks on the wire; and a refused batch is done without.
					if err != nil {
						t.Errorf("got %v", err)
					}
					return
				}
				if !offboarding.IsKind(err, want) {
					t.Errorf("got %v, want kind %d", err, want)
				}
			})
		}
	}
}

// fixtures answers methods with the files of the vendor's documentation and
// knows nothing else.
func fixtures(t *testing.T, byMethod map[string]string) *offboarding.Account {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		w.Header().Set("Content-Type", "application/json")
		name, ok := byMethod[method]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			name = "errors/method-not-found.json"
		}
		if strings.HasPrefix(name, "{") {
			_, _ = io.WriteString(w, name)
			return
		}
		_, _ = w.Write(fixture(t, "api/"+name))
	}))
	t.Cleanup(server.Close)
	return at(server)
}

func TestDealsOfTheDocumentationAreRead(t *testing.T) {
	c, _, _ := loopback(t)
	acc := fixtures(t, map[string]string{
		"crm.deal.get": "deal-get.json", "user.get": "user-get.json",
		"crm.category.list": "category-list.json", "crm.status.list": "status-list-deal-stage.json",
		"crm.contact.get": `{"result":{"ID":84,"NAME":"Анна","LAST_NAME":null,"UF_CRM_LANG":"English","PHONE":[],` +
			`"EMAIL":[{"VALUE_TYPE":"MAILING","VALUE":"anna@example.test"},{"VALUE_TYPE":"WORK","VALUE":"office@example.test"}]}}`,
		"crm.company.get": `{"result":{"ID":"9","TITLE":"ООО «Ромашка»"}}`,
	})
	d, err := c.Deal(t.Context(), acc, "410")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2024, 8, 30, 12, 29, 0, 0, time.UTC)
	want := &offboarding.Deal{
		ID: "410", Title: "New Deal #1", URL: d.URL,
		Pipeline: offboarding.Named{ID: "0", Name: "General"}, Stage: offboarding.Named{ID: "PREPARATION", Name: "Document preparation"},
		Outcome: offboarding.OutcomeOpen, Amount: &offboarding.Money{AmountMinor: 100000000, Currency: "EUR"},
		Client:      offboarding.Client{ID: "84", Name: "Анна", Email: "office@example.test", Lang: offboarding.EN},
		Company:     offboarding.Named{ID: "9", Name: "ООО «Ромашка»"},
		Responsible: offboarding.Responsible{ID: "1", Name: "Мария Иванова", Email: "user1@example.test"},
		CreatedAt:   at, UpdatedAt: at, MovedAt: at,
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
}

func TestTheOutcomeComesFromTheDealOrElseFromItsStage(t *testing.T) {
	stages := "status-list-deal-stage-10.json"
	tests := map[string]struct {
		deal string
		want offboarding.Outcome
	}{
		"won":                           {`"CATEGORY_ID":"10","STAGE_ID":"C10:WON","STAGE_SEMANTIC_ID":"S"`, offboarding.OutcomeWon},
		"lost":                          {`"CATEGORY_ID":"10","STAGE_ID":"C10:LOSE","STAGE_SEMANTIC_ID":"F"`, offboarding.OutcomeLost},
		"open":                          {`"CATEGORY_ID":"10","STAGE_ID":"C10:NEW","STAGE_SEMANTIC_ID":"P"`, offboarding.OutcomeOpen},
		"not told, failed stage":        {`"CATEGORY_ID":10,"STAGE_ID":"C10:APOLOGY"`, offboarding.OutcomeLost},
		"not told, won stage":           {`"CATEGORY_ID":10,"STAGE_ID":"C10:WON","STAGE_SEMANTIC_ID":null`, offboarding.OutcomeWon},
		"not told, stage in progress":   {`"CATEGORY_ID":10,"STAGE_ID":"C10:NEW","STAGE_SEMANTIC_ID":false`, offboarding.OutcomeOpen},
		"the code LOSE decides nothing": {`"CATEGORY_ID":"10","STAGE_ID":"C10:LOSE","STAGE_SEMANTIC_ID":"P"`, offboarding.OutcomeOpen},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, _, _ := loopback(t)
			d, err := c.Deal(t.Context(), fixtures(t, map[string]string{
				"crm.deal.get":      `{"result":{"ID":"7",` + tt.deal + `,"CONTACT_ID":"0","COMPANY_ID":[],"ASSIGNED_BY_ID":{}}}`,
				"crm.category.list": "category-list.json", "crm.status.list": stages,
				"crm.deal.contact.items.get": `{"result":[]}`,
			}), "7")
			if err != nil || d.Outcome != tt.want || d.Amount != nil || d.Client.ID != "" {
				t.Errorf("deal %+v, %v", d, err)
			}
		})
	}
}

func TestStagesWithoutExtrasAreRead(t *testing.T) {
	c, _, _ := loopback(t)
	got, err := c.Pipelines(t.Context(), fixtures(t, map[string]string{
		"crm.status.list": `{"result":{"1":{"STATUS_ID":"LOSE","NAME":"Нет","SEMANTICS":"","EXTRA":{"SEMANTICS":"apology"}},"0":{"STATUS_ID":"NEW","NAME":"Новая","SEMANTICS":false,"EXTRA":[]}}}`,
	}))
	want := []offboarding.Pipeline{{ID: "0", Stages: []offboarding.Stage{
		{ID: "NEW", Name: "Новая", Outcome: offboarding.OutcomeOpen}, {ID: "LOSE", Name: "Нет", Outcome: offboarding.OutcomeLost},
	}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestThePrimaryContactIsFoundWhenTheDealDoesNotNameIt(t *testing.T) {
	c, _, _ := loopback(t)
	d, err := c.Deal(t.Context(), fixtures(t, map[string]string{
		"crm.deal.get":               `{"result":{"ID":"7","STAGE_ID":"NEW","STAGE_SEMANTIC_ID":"P","CONTACT_ID":null}}`,
		"crm.deal.contact.items.get": "deal-contact-items-get.json",
		"crm.contact.get":            `{"result":{"ID":"55","NAME":"Пётр"}}`,
	}), "7")
	if want := (offboarding.Client{ID: "55", Name: "Пётр"}); err != nil || d.Client != want {
		t.Errorf("client %+v, %v", d, err)
	}
}

func TestSomebodyElsesRecordIsNeverTakenForTheClients(t *testing.T) {
	// An odd batch leaves references unresolved and answers with what it likes.
	c, _, _ := loopback(t)
	d, err := c.Deal(t.Context(), fixtures(t, map[string]string{
		"batch": `{"result":{"result":{"deal":{"ID":"7","STAGE_ID":"NEW","STAGE_SEMANTIC_ID":"P","CONTACT_ID":"55","ASSIGNED_BY_ID":"3"},` +
			`"contact":{"ID":"1","NAME":"Чужой"},"user":[{"ID":"1","NAME":"Чужой"}]},"result_error":[]}}`,
		"crm.contact.get": `{"result":{"ID":"55","NAME":"Пётр"}}`,
		"user.get":        "user-get.json",
	}), "7")
	if err != nil || d.Client.Name != "Пётр" || d.Responsible.Name != "Пётр Сидоров" {
		t.Errorf("deal %+v, %v", d, err)
	}
}

func TestPipelinesAreListedWithTheirStages(t *testing.T) {
	sim, acc := portal(t)
	sim.AddPipeline(10, "Продления", bitrix24sim.Stage{Code: "NEW", Name: "Новая", Group: "process"},
		bitrix24sim.Stage{Code: "LOSE", Name: "Ушёл", Group: "failure"})
	c, _, _ := loopback(t)
	got, err := c.Pipelines(t.Context(), acc)
	if err != nil || len(got) != 4 { // three of deals, one of the sample smart process
		t.Fatalf("got %+v, %v", got, err)
	}
	want := offboarding.Pipeline{ID: "10", Name: "Продления", Stages: []offboarding.Stage{
		{ID: "C10:NEW", Name: "Новая", Outcome: offboarding.OutcomeOpen}, {ID: "C10:LOSE", Name: "Ушёл", Outcome: offboarding.OutcomeLost},
	}}
	found := false
	for _, p := range got {
		found = found || cmp.Equal(p, want)
	}
	if !found {
		t.Errorf("got %+v", got)
	}
}

func TestAmountsBecomeMinorUnits(t *testing.T) {
	tests := map[string]struct {
		amount, currency string
		want             int64
		ok               bool
	}{
		"roubles":      {"1000000.00", "RUB", 100000000, true},
		"one kopeck":   {"0.01", "RUB", 1, true},
		"a number":     {"12500", "RUB", 1250000, true},
		"half up":      {"0.005", "RUB", 1, true},
		"yen":          {"1500.00", "JPY", 1500, true},
		"dinar":        {"1.234", "KWD", 1234, true},
		"a credit":     {"-5.50", "EUR", -550, true},
		"not filled":   {"0.00", "RUB", 0, false},
		"empty":        {"", "RUB", 0, false},
		"words":        {"много", "RUB", 0, false},
		"a fraction":   {"1/3", "RUB", 0, false},
		"a long one":   {"1e999999999", "RUB", 0, false},
		"an exponent":  {"1e30", "RUB", 0, false},
		"out of range": {"99999999999999999999", "RUB", 0, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, ok := minorUnits(tt.amount, tt.currency); got != tt.want || ok != tt.ok {
				t.Errorf("minorUnits = %d, %v", got, ok)
			}
		})
	}
}

func TestPureDatesAreReadAsTheDayTheyMean(t *testing.T) {
	for text, want := range map[string]string{
		"2024-09-09T02:00:00+02:00": "2024-09-09", // midnight in UTC
		"2024-09-08T19:00:00-05:00": "2024-09-09", // the same, west of Greenwich
		"2024-09-09T00:00:00+03:00": "2024-09-09", // midnight of the portal
		"2024-09-09":                "2024-09-09",
		"":                          "",
		"скоро":                     "скоро",
	} {
		if got := scalar(text).day(); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestABatchKeepsTheOrderOfItsCommands(t *testing.T) {
	body, err := dealCommands("7").MarshalJSON()
	want := `{"deal":"crm.deal.get?id=7",` +
		`"contact":"crm.contact.get?id=%24result%5Bdeal%5D%5BCONTACT_ID%5D",` +
		`"company":"crm.company.get?id=%24result%5Bdeal%5D%5BCOMPANY_ID%5D",` +
		`"user":"user.get?ID=%24result%5Bdeal%5D%5BASSIGNED_BY_ID%5D"}`
	if err != nil || string(body) != want {
		t.Errorf("got %s, %v", body, err)
	}
}

func TestTheLanguageIsReadWhereAShopKeepsIt(t *testing.T) {
	for value, want := range map[string]offboarding.Lang{`"en"`: "en", `"Русский"`: "ru", `"en-GB"`: "en", `"de"`: "", `"45"`: "", `null`: ""} {
		if got := langIn(fmt.Appendf(nil, `{"ID":"1","UF_CRM_LANG":%s}`, value)); got != want {
			t.Errorf("%s is %q, want %q", value, got, want)
		}
	}
}
