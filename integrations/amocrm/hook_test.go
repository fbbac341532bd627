package amocrm

import (
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opendoor/offboarding"
)

func newLog(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func quiet() *slog.Logger { return newLog(io.Discard) }

func stage(pipeline, id string) *offboarding.StageRef {
	return &offboarding.StageRef{PipelineID: pipeline, StageID: id}
}

const (
	account  = "account[id]=32720107&account[subdomain]=kommodemo&account[_links][self]=https://kommodemo.kommo.com"
	dpOwn    = "account[id]=32720107&account[subdomain]=kommodemo"
	onlyDeal = "only deals tell that a client leaves"
)

func TestWebhooksSpeakTheContractsWords(t *testing.T) {
	at := time.Unix(1726572999, 0).UTC()
	tests := map[string]struct {
		body string
		want []offboarding.UnpackedEvent
	}{
		"a stage change": {
			"leads[status][0][id]=17&leads[status][0][status_id]=143&leads[status][0][old_status_id]=5&leads[status][0][pipeline_id]=9&leads[status][0][last_modified]=1726572999&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealStageChanged, EntityID: "17", Hint: offboarding.Hint{From: stage("9", "5"), To: stage("9", "143"), OccurredAt: at}}},
		},
		"its twin without the old stage": {
			"leads[update][0][id]=17&leads[update][0][status_id]=143&leads[update][0][pipeline_id]=9&leads[update][0][updated_at]=1726572999&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealUpdated, EntityID: "17", Hint: offboarding.Hint{To: stage("9", "143"), OccurredAt: at}}},
		},
		"an update that tells of the change": {
			"leads[update][0][id]=17&leads[update][0][status_id]=143&leads[update][0][old_status_id]=5&leads[update][0][pipeline_id]=9&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealStageChanged, EntityID: "17", Hint: offboarding.Hint{From: stage("9", "5"), To: stage("9", "143")}}},
		},
		"the same stage of another pipeline": {
			"leads[status][0][id]=17&leads[status][0][status_id]=143&leads[status][0][old_status_id]=143&leads[status][0][pipeline_id]=9&leads[status][0][old_pipeline_id]=8&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealStageChanged, EntityID: "17", Hint: offboarding.Hint{From: stage("8", "143"), To: stage("9", "143")}}},
		},
		"old and new stage are equal": {
			"leads[status][0][id]=17&leads[status][0][status_id]=143&leads[status][0][old_status_id]=143&leads[status][0][pipeline_id]=9&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealUpdated, EntityID: "17", Hint: offboarding.Hint{To: stage("9", "143")}}},
		},
		"a trigger that the admin put on a stage": {
			"leads[status][0][id]=17&leads[status][0][status_id]=143&leads[status][0][old_status_id]=5&leads[status][0][pipeline_id]=9&leads[status][0][old_pipeline_id]=9&" + dpOwn,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealStageChanged, EntityID: "17", Hint: offboarding.Hint{From: stage("9", "5"), To: stage("9", "143"), Robot: true}}},
		},
		"a trigger on a call": {
			"leads[call_in][0][id]=17&leads[call_in][0][status_id]=143&leads[call_in][0][pipeline_id]=9&" + dpOwn,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealUpdated, EntityID: "17"}},
		},
		"a responsible drags an old stage along": {
			"leads[responsible][0][id]=17&leads[responsible][0][status_id]=143&leads[responsible][0][old_status_id]=5&leads[responsible][0][responsible_user_id]=2&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealResponsibleChanged, EntityID: "17"}},
		},
		"an update where the responsible was not changed": {
			"leads[update][0][id]=17&leads[update][0][responsible_user_id]=2&leads[update][0][old_responsible_user_id]=2&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealUpdated, EntityID: "17"}},
		},
		"deleted and restored": {
			"leads[delete][0][id]=17&leads[delete][0][status_id]=143&leads[restore][0][id]=18&leads[restore][0][status_id]=143&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealDeleted, EntityID: "17"}, {Kind: offboarding.DealRestored, EntityID: "18"}},
		},
		"a note is about its lead": {
			"leads[note][0][note][id]=4600471&leads[note][0][note][element_id]=17&leads[note][0][note][note_type]=4&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealNote, EntityID: "17", Ignore: "a note on the deal changes nothing"}},
		},
		"companies come as contacts": {
			"contacts[add][0][id]=1&contacts[add][0][type]=company&companies[update][0][id]=2&contacts[note][0][note][element_id]=3&contacts[note][0][note][element_type]=3&" + account,
			[]offboarding.UnpackedEvent{{Kind: "company.added", EntityID: "1", Ignore: onlyDeal}, {Kind: "company.note", EntityID: "3", Ignore: onlyDeal}, {Kind: "company.updated", EntityID: "2", Ignore: onlyDeal}},
		},
		"tasks in both spellings": {
			"task[update][0][id]=1&task[update][0][status]=1&task[update][0][action_close]=1&tasks[update][0][id]=2&tasks[update][0][status]=1&" + account,
			[]offboarding.UnpackedEvent{{Kind: "task.completed", EntityID: "1", Ignore: onlyDeal}, {Kind: "task.updated", EntityID: "2", Ignore: onlyDeal}},
		},
		"a declined request was never a client": {
			"unsorted[delete][0][uid]=abc&unsorted[delete][0][action]=decline&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.OtherEvent, EntityID: "abc", Ignore: "an incoming request was never a client"}},
		},
		"talks and messages": {
			"talk[add][0][talk_id]=191&outgoing_message[add][0][id]=m-1&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.OtherEvent, EntityID: "191", Ignore: onlyDeal}, {Kind: offboarding.OtherEvent, EntityID: "m-1", Ignore: onlyDeal}},
		},
		"a talk that has only a plain id": {
			"talk[update][0][id]=192&talk[update][0][is_in_work]=0&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.OtherEvent, EntityID: "192", Ignore: onlyDeal}},
		},
		"unknown entities and actions": {
			"chat_templates[review][0][id]=5&leads[teleport][0][id]=17&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.OtherEvent, EntityID: "5", Ignore: "opendoor has no use for chat_templates[review]"}, {Kind: offboarding.OtherEvent, EntityID: "17", Ignore: "opendoor has no use for leads[teleport]"}},
		},
		"a record without an id is dropped, its siblings survive": {
			"leads[status][0][status_id]=143&leads[status][1][id]=0&leads[status][2][id]=1e3&leads[status][3][id]=17&leads[status][4][id]=99999999999999999999&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealStageChanged, EntityID: "17"}},
		},
		"records under made-up keys": {
			"leads[restore][x][id]=17&leads[restore][y][id]=18&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealRestored, EntityID: "17"}, {Kind: offboarding.DealRestored, EntityID: "18"}},
		},
		"the shorthand of the documentation": {
			"leads[restore][id]=17&leads[restore][custom_fields][0][id]=5&account[subdomain]=kommodemo",
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealRestored, EntityID: "17"}},
		},
		"a raw semicolon and a bad percent lose nothing": {
			"leads[status][0][name]=a;b 100%&leads[status][0][id]=17&" + account,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealStageChanged, EntityID: "17"}},
		},
		"JSON of a forwarder, as lists": {
			`{"leads":{"status":[{"id":17,"status_id":"143","old_status_id":5,"pipeline_id":9,"last_modified":1726572999,"tags":[],"custom_fields":null}]},"account":{"id":32720107,"subdomain":"kommodemo","_links":{"self":"https://kommodemo.kommo.com"}}}`,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealStageChanged, EntityID: "17", Hint: offboarding.Hint{From: stage("9", "5"), To: stage("9", "143"), OccurredAt: at}}},
		},
		"JSON wrapped and with numeric keys": {
			`[{"headers":{},"body":{"leads":{"restore":{"3":{"id":"17"}}},"account":{"id":"32720107"}}}]`,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealRestored, EntityID: "17"}},
		},
		"JSON with the form's keys": {
			`{"leads[restore][0][id]":"17","account[id]":"32720107"}`,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealRestored, EntityID: "17"}},
		},
		"our own poll": {
			`{"poll":"amocrm","event":{"id":"01x","type":"lead_status_changed","entity_id":17,"entity_type":"lead","created_by":0,"created_at":1726572999,"account_id":32720107,"value_before":[{"lead_status":{"id":5,"pipeline_id":9}}],"value_after":[{"lead_status":{"id":143,"pipeline_id":9}}]}}`,
			[]offboarding.UnpackedEvent{{Kind: offboarding.DealStageChanged, EntityID: "17", Hint: offboarding.Hint{From: stage("9", "5"), To: stage("9", "143"), OccurredAt: at}}},
		},
	}
	c := New(Config{Log: quiet()})
	acc := &offboarding.Account{RemoteID: "32720107"}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := c.Unpack(acc, &offboarding.Delivery{Body: []byte(tt.body)})
			if got.Malformed != "" || got.Foreign != "" {
				t.Fatalf("malformed %q, foreign %q", got.Malformed, got.Foreign)
			}
			if diff := cmp.Diff(tt.want, got.Events); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBodiesThatMakeNoSenseAreMalformed(t *testing.T) {
	c := New(Config{Log: quiet()})
	for name, body := range map[string]string{
		"empty": "", "blank": " \r\n", "text": "hello", "only the account": account, "broken JSON": `{"leads":`, "JSON of nothing": "[]",
		"no usable id": "leads[status][0][id]=x&" + account, "too large": strings.Repeat("a", 3<<20),
	} {
		t.Run(name, func(t *testing.T) {
			got := c.Unpack(&offboarding.Account{}, &offboarding.Delivery{Body: []byte(body)})
			if got.Malformed == "" || len(got.Events) != 0 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestAHookOfAnotherAccountIsForeign(t *testing.T) {
	lead := "&leads[status][0][id]=1&leads[status][0][status_id]=143"
	tests := map[string]struct {
		acc     offboarding.Account
		body    string
		foreign bool
	}{
		"our id":                             {offboarding.Account{RemoteID: "32720107"}, account, false},
		"another id":                         {offboarding.Account{RemoteID: "999"}, account, true},
		"our id after a rename":              {offboarding.Account{RemoteID: "32720107", BaseURL: "https://newname.kommo.com"}, account, false},
		"id of a record, no account block":   {offboarding.Account{RemoteID: "999"}, "leads[add][0][id]=2&leads[add][0][account_id]=7", true},
		"no id yet, our subdomain":           {offboarding.Account{BaseURL: "https://kommodemo.kommo.com"}, account, false},
		"no id yet, another subdomain":       {offboarding.Account{BaseURL: "https://other.kommo.com"}, account, true},
		"no id yet, a simulator's address":   {offboarding.Account{BaseURL: "http://127.0.0.1:8081"}, account, false},
		"old hook: subdomain only, ours":     {offboarding.Account{RemoteID: "5", BaseURL: "https://test000002.amocrm.ru"}, "account[subdomain]=test000002", false},
		"old hook: subdomain only, not ours": {offboarding.Account{RemoteID: "5", BaseURL: "https://mine.amocrm.ru"}, "account[subdomain]=test000002", true},
		"says nothing about its account":     {offboarding.Account{RemoteID: "5", BaseURL: "https://mine.amocrm.ru"}, "a=b", false},
	}
	c := New(Config{Log: quiet()})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := c.Unpack(&tt.acc, &offboarding.Delivery{Body: []byte(tt.body + lead)})
			if (got.Foreign != "") != tt.foreign || tt.foreign && len(got.Events) > 0 {
				t.Errorf("foreign %q, %d events", got.Foreign, len(got.Events))
			}
		})
	}
}

func TestTheAccountsIDIsLearnedFromTheBody(t *testing.T) {
	c := New(Config{Log: quiet()})
	for body, want := range map[string]string{
		account + "&leads[add][0][id]=1":                                        "32720107",
		"leads[add][0][id]=1&leads[add][0][account_id]=7":                       "7",
		"leads[note][0][note][element_id]=1&leads[note][0][note][account_id]=8": "8",
		"leads[add][0][id]=1&account[id]=abc":                                   "",
	} {
		if got := c.Unpack(&offboarding.Account{}, &offboarding.Delivery{Body: []byte(body)}); got.RemoteID != want {
			t.Errorf("%s: %q, want %q", body, got.RemoteID, want)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	entries, err := os.ReadDir("testdata/webhooks")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile("testdata/webhooks/" + e.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"poll":"amocrm","event":{"id":"1","entity_id":2}}`))
	c := New(Config{Log: quiet()})
	f.Fuzz(func(t *testing.T, b []byte) {
		got := c.Unpack(&offboarding.Account{RemoteID: "1"}, &offboarding.Delivery{Body: b})
		if got.Malformed == "" && got.Foreign == "" && len(got.Events) == 0 {
			t.Fatal("a body without events must say why")
		}
		for _, e := range got.Events {
			if e.Ignore == "" && (e.EntityID == "" || !strings.HasPrefix(string(e.Kind), "deal.")) {
				t.Fatalf("nobody can look at %+v", e)
			}
		}
	})
}
