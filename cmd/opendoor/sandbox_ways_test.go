package main

import (
	"net/http"
	"strings"
	"testing"
)

// What the sandbox prints is all that a server needs to speak with its channels,
// and people at their end can be played.
func TestTheSandboxHasTelegramAndTextMessages(t *testing.T) {
	s := openTestSandbox(t, "ru")
	for _, want := range []string{"OPENDOOR_TELEGRAM_TOKEN=" + sandboxBotToken, "OPENDOOR_TELEGRAM_API_URL=" + s.chatURL, "OPENDOOR_SMS_URL=smsc+http://sandbox:sandbox-secret@"} {
		if !strings.Contains(s.ways(), want) {
			t.Errorf("%q is not printed:\n%s", want, s.ways())
		}
	}
	get(t, http.MethodPost, s.chatURL+"/bot"+sandboxBotToken+"/sendMessage", aJSON, `{"chat_id":701,"text":"Здравствуйте."}`)
	get(t, http.MethodPost, s.smsURL+"/sys/send.php", aForm, "login=sandbox&psw=sandbox-secret&fmt=3&phones=79000000001&mes=Hi&id=1")
	for url, want := range map[string]string{s.chatURL: "Здравствуйте.", s.smsURL: "79000000001"} {
		if status, body, _ := get(t, http.MethodGet, url+"/_sim/messages", "", ""); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("arrived: %d %s", status, body)
		}
		if status, _, _ := get(t, http.MethodPost, url+"/_sim/say", aForm, "person=701&text=/start%20x"); status != http.StatusNoContent {
			t.Errorf("somebody says something: %d", status)
		}
		if status, _, _ := get(t, http.MethodPost, url+"/_sim/say", aForm, "person=&text="); status != http.StatusUnprocessableEntity {
			t.Errorf("nobody says nothing: %d", status)
		}
	}
	if _, news, _ := get(t, http.MethodPost, s.chatURL+"/bot"+sandboxBotToken+"/getUpdates", aJSON, `{"limit":10}`); !strings.Contains(news, "/start x") {
		t.Errorf("the bot hears %s", news)
	}
	for report, want := range map[string]int{"too late": http.StatusNoContent, "eaten": http.StatusUnprocessableEntity} {
		if status, _, _ := get(t, http.MethodPost, s.smsURL+"/_sim/tell", aForm, "report="+report); status != want {
			t.Errorf("%s: %d", report, status)
		}
	}
	if _, told, _ := get(t, http.MethodPost, s.smsURL+"/sys/status.php", aForm, "login=sandbox&psw=sandbox-secret&fmt=3&phone=79000000001,&id=1,"); !strings.Contains(told, `"status":3`) {
		t.Errorf("the provider tells %s", told)
	}
}
