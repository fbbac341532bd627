package bitrix24

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

const (
	portalID  = "d897063e1ce7c5eb9f04b9751eef5915"
	hookToken = "jvh9y1ulvt2m6k5or90v9mg8nn32ozas"
	appToken  = "51856fefc120afa4b628cc82d3935cce"
)

// account is the portal of the fixtures, with its webhook's and its
// application's token.
func account() *offboarding.Account {
	return &offboarding.Account{
		Provider: offboarding.Bitrix24, RemoteID: portalID, Lang: offboarding.RU, TimeZone: "Europe/Moscow",
		Credentials: offboarding.Credentials{
			"webhook_url": "https://some-domain.bitrix24.com/rest/1/secret/", "application_token": hookToken + ", " + appToken,
		},
	}
}

func quietConnector(t testing.TB) *Connector {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	client, err := outbound.New(outbound.Config{UserAgent: "opendoor/test"})
	if err != nil {
		t.Fatal(err)
	}
	return New(Config{HTTP: client, Limiter: outbound.NewLimiter(nil, log), Breakers: outbound.NewBreakers(log), Wall: time.Now, Log: log})
}

func form(body string) *offboarding.Delivery {
	return &offboarding.Delivery{
		Origin: offboarding.OriginHook, Method: http.MethodPost,
		ContentType: "application/x-www-form-urlencoded", Body: []byte(body),
	}
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestBodiesOfThePortalMeanWhatTheIndexSays(t *testing.T) {
	deal := func(kind offboarding.EventKind, id string, ts int64) offboarding.UnpackedEvent {
		return offboarding.UnpackedEvent{Kind: kind, EntityID: id, Hint: offboarding.Hint{OccurredAt: time.Unix(ts, 0).UTC()}}
	}
	ignored := func(kind offboarding.EventKind, id string, ts int64) offboarding.UnpackedEvent {
		e := deal(kind, id, ts)
		e.Ignore = "some reason"
		return e
	}
	robot := func(id string, ts int64) offboarding.UnpackedEvent {
		e := offboarding.UnpackedEvent{Kind: offboarding.DealStageChanged, EntityID: id, Hint: offboarding.Hint{Robot: true}}
		if ts > 0 {
			e.Hint.OccurredAt = time.Unix(ts, 0).UTC()
		}
		return e
	}
	moved := deal(offboarding.DealStageChanged, "6675", 1736424182)
	moved.Hint.To = &offboarding.StageRef{PipelineID: "1", StageID: "C1:NEW"}
	started := robot("1188", 1745994253)
	started.Hint.Start = true
	robotLead := offboarding.UnpackedEvent{Kind: offboarding.OtherEvent, EntityID: "456", Hint: offboarding.Hint{Robot: true}, Ignore: "some reason"}

	tests := map[string]struct {
		member  string // what our side takes the portal for; empty: the portal of the index
		token   string
		refused bool
		foreign bool
		event   offboarding.UnpackedEvent
	}{
		"webhook-deal-add.form":                  {event: deal(offboarding.DealAdded, "7405", 1766047124)},
		"webhook-deal-update.form":               {event: deal(offboarding.DealUpdated, "759", 1736405807)},
		"webhook-deal-update-ru-cloud.form":      {member: "21ccf8c74e08b561d906d15810999215", token: "u9wegnswnnjhleh7e7kau7ysthotba32", event: deal(offboarding.DealUpdated, "1187", 1765368003)},
		"webhook-deal-update-no-handler-id.form": {member: "c1345a4922beee8612617e3de5daa83a", token: "w5u9bpa2e8qb5icxvt1xcisttw0t0n6i", event: deal(offboarding.DealUpdated, "39", 1707749333)},
		"webhook-deal-delete.form":               {event: deal(offboarding.DealDeleted, "1765", 1736405294)},
		"webhook-contact-update.form":            {event: ignored("contact.updated", "82", 1724697689)},
		"webhook-lead-update.form":               {event: ignored(offboarding.OtherEvent, "1000983", 1742807189)},
		"webhook-company-update.form":            {event: ignored("company.updated", "2917", 1743165490)},
		"webhook-dynamic-item-update.form":       {event: ignored(offboarding.OtherEvent, "1032:21", 1739049397)},
		"webhook-task-update.form":               {event: ignored("task.updated", "123", 1466439714)},
		"app-deal-update-user.form":              {event: deal(offboarding.DealUpdated, "759", 1736405807)},
		"app-deal-update-system.form":            {event: deal(offboarding.DealUpdated, "759", 1736405911)},
		"app-deal-move-to-category.form":         {event: moved},
		"app-install.form":                       {event: ignored(offboarding.OtherEvent, "", 1696527000)},
		"app-uninstall.form":                     {event: ignored(offboarding.OtherEvent, "", 1466439714)},
		"app-test.form":                          {event: ignored(offboarding.OtherEvent, "", 1573120286)},
		"app-offline-signal.form":                {event: ignored(offboarding.OtherEvent, "", 1466439714)},
		"robot-builtin-deal.form":                {member: "0b196b2634db60e8e21eb6a3f2256d10", event: robot("1", 0)},
		"robot-app-deal.form":                    {event: started},
		"robot-builtin-lead.form":                {event: robotLead},
		"placement-deal-tab.form":                {event: offboarding.UnpackedEvent{Kind: offboarding.OtherEvent, Ignore: "some reason"}},
		"dynamic-item-delete.form":               {event: ignored(offboarding.OtherEvent, "1220:23", 1723538149)},
		"missing-application-token.form":         {refused: true},
		"wrong-application-token.form":           {refused: true},
		"domain-renamed.form":                    {event: deal(offboarding.DealUpdated, "759", 1736405807)},
		"unknown-event.form":                     {event: ignored(offboarding.OtherEvent, "5", 1736405807)},
	}
	seen := 0
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			acc := account()
			if tt.member != "" {
				acc.RemoteID = tt.member
			}
			if tt.token != "" {
				acc.Credentials["application_token"] = tt.token
			}
			checkBody(t, acc, form(string(fixture(t, "webhooks/"+name))), tt.refused, tt.event)
		})
		seen++
	}
	files, err := filepath.Glob("testdata/webhooks/*.form")
	if err != nil || len(files) != seen {
		t.Errorf("%d bodies are described, testdata has %d (%v)", seen, len(files), err)
	}
}

// checkBody proves and unpacks; reasons of ignored events need only be there.
func checkBody(t *testing.T, acc *offboarding.Account, d *offboarding.Delivery, refused bool, want offboarding.UnpackedEvent) {
	t.Helper()
	c := quietConnector(t)
	err := c.Prove(acc, d)
	if refused {
		if !offboarding.IsKind(err, offboarding.KindUnauthorized) {
			t.Fatalf("Prove = %v, want a refusal", err)
		}
		return
	}
	if err != nil {
		t.Fatalf("Prove = %v", err)
	}
	got := c.Unpack(acc, d)
	if got.Malformed != "" || got.Foreign != "" || len(got.Events) != 1 {
		t.Fatalf("Unpack = %+v", got)
	}
	if want.Ignore != "" && got.Events[0].Ignore != "" {
		want.Ignore = got.Events[0].Ignore
	}
	if diff := cmp.Diff(want, got.Events[0]); diff != "" {
		t.Error(diff)
	}
}

func TestARobotMayPutFieldsOfTheDealIntoItsAddress(t *testing.T) {
	request := string(fixture(t, "webhooks/robot-builtin-deal.request"))
	head, body, ok := strings.Cut(request, "\r\n\r\n")
	if !ok {
		t.Fatal("the fixture is no request")
	}
	_, query, _ := strings.Cut(strings.Fields(head)[1], "?")
	d := form(body)
	d.Query = query
	acc := account()
	acc.RemoteID = "21ccf8c74e08b561d906d15810999215"
	checkBody(t, acc, d, false, offboarding.UnpackedEvent{
		Kind: offboarding.DealStageChanged, EntityID: "1187", Hint: offboarding.Hint{Robot: true},
	})
}

func TestOtherBodiesOfTheSameShapesAreUnderstood(t *testing.T) {
	auth := "&auth[member_id]=" + portalID + "&auth[application_token]=" + hookToken
	event := func(kind offboarding.EventKind, id, ignore string) offboarding.UnpackedEvent {
		return offboarding.UnpackedEvent{Kind: kind, EntityID: id, Ignore: ignore}
	}
	robot := offboarding.Hint{Robot: true}
	tests := map[string]struct {
		method, query, body, contentType string
		event                            offboarding.UnpackedEvent
	}{
		"raw brackets":            {body: "event=ONCRMDEALUPDATE&data[FIELDS][ID]=759" + auth, event: event(offboarding.DealUpdated, "759", "")},
		"mixed case":              {body: "event=onCrmDealUpdate&data[FIELDS][ID]=759" + auth, event: event(offboarding.DealUpdated, "759", "")},
		"comment in a timeline":   {body: "event=onCrmTimelineCommentAdd&data[ID]=77" + auth, event: event(offboarding.OtherEvent, "77", "x")},
		"activity":                {body: "event=ONCRMACTIVITYADD&data[FIELDS][ID]=12" + auth, event: event(offboarding.OtherEvent, "12", "x")},
		"field definition":        {body: "event=ONCRMDEALUSERFIELDSETENUMVALUES&data[FIELDS][ID]=5815&data[FIELDS][ENTITY_ID]=CRM_DEAL&data[FIELDS][FIELD_NAME]=UF_CRM_1" + auth, event: event(offboarding.OtherEvent, "5815", "x")},
		"one type of item":        {body: "event=ONCRMDYNAMICITEMUPDATE_147&data[FIELDS][ID]=21" + auth, event: event(offboarding.OtherEvent, "147:21", "x")},
		"lead deleted":            {body: "event=ONCRMLEADDELETE&data[FIELDS][ID]=3" + auth, event: event(offboarding.OtherEvent, "3", "x")},
		"contact added":           {body: "event=ONCRMCONTACTADD&data[FIELDS][ID]=3" + auth, event: event("contact.added", "3", "x")},
		"company deleted":         {body: "event=ONCRMCOMPANYDELETE&data[FIELDS][ID]=3" + auth, event: event("company.deleted", "3", "x")},
		"task added, no before":   {body: "event=ONTASKADD&data[FIELDS_BEFORE]=undefined&data[FIELDS_AFTER][ID]=9" + auth, event: event("task.added", "9", "x")},
		"task deleted, no after":  {body: "event=ONTASKDELETE&data[FIELDS_BEFORE][ID]=9&data[FIELDS_AFTER]=undefined" + auth, event: event("task.deleted", "9", "x")},
		"move without a category": {body: "event=ONCRMDEALMOVETOCATEGORY&data[FIELDS][ID]=5" + auth, event: event(offboarding.DealStageChanged, "5", "")},
		"json": {
			contentType: "application/json",
			body:        `{"event":"ONCRMDEALUPDATE","data":{"FIELDS":{"ID":759}},"auth":{"application_token":"` + hookToken + `","member_id":"` + portalID + `"}}`,
			event:       event(offboarding.DealUpdated, "759", ""),
		},
		"our own robot without the token": {body: "code=opendoor_start&document_id[0]=crm&document_id[1]=CCrmDocumentDeal&document_id[2]=DEAL_7", event: offboarding.UnpackedEvent{Kind: offboarding.DealStageChanged, EntityID: "7", Hint: robot}},
		"a comment on a task":             {body: "event=ONTASKCOMMENTADD&data[FIELDS_BEFORE]=undefined&data[FIELDS_AFTER][ID]=55&data[FIELDS_AFTER][TASK_ID]=8017&auth[application_token]=jvh9y1ulvt2m6k5or90v9mg8nn32ozas", event: offboarding.UnpackedEvent{Kind: "task.commented", EntityID: "8017", Ignore: "x"}},
		"robot on a contact":              {body: "document_id[0]=crm&document_id[1]=CCrmDocumentContact&document_id[2]=CONTACT_7", event: offboarding.UnpackedEvent{Kind: "contact.updated", EntityID: "7", Hint: robot, Ignore: "x"}},
		"robot on a company":              {body: "document_id[0]=crm&document_id[1]=CCrmDocumentCompany&document_id[2]=COMPANY_9", event: offboarding.UnpackedEvent{Kind: "company.updated", EntityID: "9", Hint: robot, Ignore: "x"}},
		"robot on a smart process":        {body: `document_id[0]=crm&document_id[1]=Bitrix\Crm\Integration\BizProc\Document\Dynamic&document_id[2]=DYNAMIC_1036_24`, event: offboarding.UnpackedEvent{Kind: offboarding.OtherEvent, EntityID: "1036:24", Hint: robot, Ignore: "x"}},
		"robot on a task":                 {body: `document_id[0]=tasks&document_id[1]=Bitrix\Tasks\Integration\Bizproc\Document\Task&document_id[2]=49728`, event: offboarding.UnpackedEvent{Kind: "task.updated", EntityID: "49728", Hint: robot, Ignore: "x"}},
		"robot without numbers":           {body: "document_id[]=crm&document_id[]=CCrmDocumentDeal&document_id[]=DEAL_12", event: offboarding.UnpackedEvent{Kind: offboarding.DealStageChanged, EntityID: "12", Hint: robot}},
		"robot that can only get":         {method: http.MethodGet, query: "deal_id=812&reason=%D0%9F%D0%B5", event: offboarding.UnpackedEvent{Kind: offboarding.DealStageChanged, EntityID: "812", Hint: robot}},
		"get with the code":               {method: http.MethodGet, query: "key=x&DEAL_ID=DEAL_812", event: offboarding.UnpackedEvent{Kind: offboarding.DealStageChanged, EntityID: "812", Hint: robot}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := form(tt.body)
			d.Query = tt.query
			if tt.method != "" {
				d.Method = tt.method
			}
			if tt.contentType != "" {
				d.ContentType = tt.contentType
			}
			checkBody(t, account(), d, false, tt.event)
		})
	}
}

func TestOnlyTheRightTokenProvesAnEvent(t *testing.T) {
	const event = "event=ONCRMDEALUPDATE&data[FIELDS][ID]=1"
	tests := map[string]struct {
		stored, body string
		query        string
		method       string
		refused      bool
	}{
		"right":                        {stored: "abc", body: event + "&auth[application_token]=abc"},
		"right, encoded":               {stored: "abc", body: event + "&auth%5Bapplication_token%5D=abc"},
		"one of several webhooks":      {stored: "abc def", body: event + "&auth[application_token]=def"},
		"several, joined":              {stored: "abc def", body: event + "&auth[application_token]=abc+def", refused: true},
		"wrong":                        {stored: "abc", body: event + "&auth[application_token]=abd", refused: true},
		"in another case":              {stored: "abc", body: event + "&auth[application_token]=ABC", refused: true},
		"missing":                      {stored: "abc", body: event, refused: true},
		"empty":                        {stored: "abc", body: event + "&auth[application_token]=", refused: true},
		"nothing stored, nothing sent": {body: event, refused: true},
		"nothing stored, empty sent":   {body: event + "&auth[application_token]=", refused: true},
		"event without a name":         {stored: "abc", body: "event=&data[FIELDS][ID]=1", refused: true},
		"event behind a space":         {stored: "abc", body: "+event=ONCRMDEALUPDATE&data[FIELDS][ID]=1", refused: true},
		"token as a list":              {stored: "abc", body: event + "&auth[application_token][]=abc", refused: true},
		"robot without a token":        {stored: "abc", body: "document_id[2]=DEAL_1"},
		"robot with the right token":   {stored: "abc", body: "document_id[2]=DEAL_1&auth[application_token]=abc"},
		"robot with a wrong token":     {stored: "abc", body: "document_id[2]=DEAL_1&auth[application_token]=x", refused: true},
		"robot with an empty token":    {stored: "abc", body: "document_id[2]=DEAL_1&auth[application_token]=", refused: true},
		"robot that can only get":      {stored: "abc", method: http.MethodGet, query: "deal_id=1"},
		"event by get":                 {stored: "abc", method: http.MethodGet, query: event, refused: true},
		"json event without a token":   {stored: "abc", body: `{"event":"ONCRMDEALUPDATE"}`, refused: true},
		"no sense at all":              {stored: "abc", body: "%%%&&&===\x00"},
		"nothing":                      {stored: "abc"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			acc := account()
			acc.Credentials["application_token"] = tt.stored
			d := form(tt.body)
			d.Query = tt.query
			if tt.method != "" {
				d.Method = tt.method
			}
			err := quietConnector(t).Prove(acc, d)
			if refused := offboarding.IsKind(err, offboarding.KindUnauthorized); refused != tt.refused || (err != nil && !refused) {
				t.Errorf("Prove = %v, want refused = %v", err, tt.refused)
			}
		})
	}
}

func TestBodiesWithoutSenseAreMalformed(t *testing.T) {
	auth := "&auth[application_token]=" + hookToken
	for name, body := range map[string]string{
		"nothing":               "",
		"no pairs":              "%%%&&&===",
		"an event about nobody": "event=ONCRMDEALUPDATE" + auth,
		"the word undefined":    "event=ONCRMDEALUPDATE&data[FIELDS][ID]=undefined" + auth,
		"a negative deal":       "event=ONCRMDEALUPDATE&data[FIELDS][ID]=-5" + auth,
		"a deal too many":       "event=ONCRMDEALUPDATE&data[FIELDS][ID]=99999999999999999999" + auth,
		"robot without a deal":  "document_id[0]=crm&document_id[1]=CCrmDocumentDeal&document_id[2]=DEAL_",
		"robot without a text":  "document_id[x]=1",
		"a row of the poller":   `{"poll":"bitrix24","history":{"ID":"1","OWNER_ID":"5"}}`,
		"a deal in the body":    "deal_id=5",
	} {
		t.Run(name, func(t *testing.T) {
			u := quietConnector(t).Unpack(account(), form(body))
			if u.Malformed == "" || len(u.Events) != 0 {
				t.Errorf("Unpack = %+v, want malformed", u)
			}
		})
	}
}

func TestAnotherPortalsBodyIsForeignAndOursIsLearnedByItsToken(t *testing.T) {
	body := func(member, token string) string {
		return "event=ONCRMDEALUPDATE&data[FIELDS][ID]=1&auth[member_id]=" + member + "&auth[application_token]=" + token
	}
	tests := map[string]struct {
		known, body string
		learned     string
		foreign     bool
	}{
		"ours":                      {known: portalID, body: body(portalID, hookToken), learned: portalID},
		"ours, in capitals":         {known: portalID, body: body(strings.ToUpper(portalID), hookToken), learned: strings.ToUpper(portalID)},
		"another's":                 {known: portalID, body: body("ffff", hookToken), learned: "ffff", foreign: true},
		"another's robot":           {known: portalID, body: "document_id[2]=DEAL_1&auth[member_id]=ffff", learned: "ffff", foreign: true},
		"first hook":                {body: body(portalID, hookToken), learned: portalID},
		"a robot teaches us no one": {body: "document_id[2]=DEAL_1&auth[member_id]=ffff"},
		"names nobody":              {known: portalID, body: body("", hookToken)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			acc := account()
			acc.RemoteID = tt.known
			u := quietConnector(t).Unpack(acc, form(tt.body))
			if u.RemoteID != tt.learned || (u.Foreign != "") != tt.foreign {
				t.Errorf("Unpack = %+v, want remote id %q, foreign %v", u, tt.learned, tt.foreign)
			}
			if tt.foreign && u.Events[0].Ignore == "" {
				t.Error("a foreign event would be acted on")
			}
		})
	}
}

func TestTheMemberIDOfTheCredentialsCounts(t *testing.T) {
	acc := account()
	acc.RemoteID = ""
	acc.Credentials["member_id"] = portalID
	u := quietConnector(t).Unpack(acc, form("event=ONCRMDEALUPDATE&data[FIELDS][ID]=1&auth[member_id]=ffff&auth[application_token]="+hookToken))
	if u.Foreign == "" {
		t.Errorf("Unpack = %+v, want foreign", u)
	}
}

func FuzzUnpack(f *testing.F) {
	files, err := filepath.Glob("testdata/webhooks/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, "deal_id=5", false)
	}
	f.Add([]byte(`{"poll":"bitrix24","history":{"ID":901,"OWNER_ID":"6680","CREATED_TIME":false,"STAGE_ID":[]}}`), "", true)
	f.Add([]byte(`{"event":["a"],"data":{"FIELDS":[{"ID":{}}]},"document_id":"DEAL_1"}`), "", false)
	c := quietConnector(f)
	f.Fuzz(func(t *testing.T, body []byte, query string, polled bool) {
		d := &offboarding.Delivery{Method: http.MethodPost, Body: body, Query: query, Origin: offboarding.OriginHook}
		if polled {
			d.Origin = offboarding.OriginPoll
		}
		if len(body) == 0 {
			d.Method = http.MethodGet
		}
		acc := account()
		_ = c.Prove(acc, d)
		u := c.Unpack(acc, d)
		if (u.Malformed == "") != (len(u.Events) == 1) {
			t.Fatalf("neither one event nor malformed: %+v", u)
		}
		for _, e := range u.Events {
			if e.Kind == "" {
				t.Fatalf("event without a kind: %+v", e)
			}
			if e.Ignore == "" && !isID(e.EntityID) {
				t.Fatalf("deal without an id: %+v", e)
			}
		}
	})
}
