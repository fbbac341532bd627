package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"opendoor/integrations/sms/smssim"
	"opendoor/integrations/telegram/telegramsim"
)

// Sample secrets of the channels beside mail; they open nothing but the sandbox.
const (
	sandboxBotToken  = "100000001:sandbox-token-of-a-bot-that-is-none"
	sandboxBot       = "sandbox_bot"
	sandboxSMSLogin  = "sandbox"
	sandboxSMSSecret = "sandbox-secret"
)

// openWays listens as Telegram and as a provider of text messages. Beside what
// the vendors answer, /_sim/ shows what arrived and lets people answer.
func (s *sandbox) openWays(a sandboxAddrs) (err error) {
	s.chat, s.sms = telegramsim.New(sandboxBotToken, sandboxBot), smssim.New(sandboxSMSLogin, sandboxSMSSecret)
	if s.chatURL, err = s.listen(a.telegram, s.chatWithPeople()); err == nil {
		s.smsURL, err = s.listen(a.sms, s.phonesWithPeople())
	}
	return err
}

// ways are the settings by which a server speaks with the channels.
func (s *sandbox) ways() string {
	provider := strings.TrimPrefix(s.smsURL, "http://")
	return fmt.Sprintf(`Telegram  OPENDOOR_TELEGRAM_TOKEN=%s
          OPENDOOR_TELEGRAM_API_URL=%s
          what people got %s/_sim/messages; say something: POST %s/_sim/say, form person=701 text=/start%%20…
SMS       OPENDOOR_SMS_URL=smsc+http://%s:%s@%s?sender=SANDBOX&answers=on
          or smsru+http://%s@%s
          what phones got %s/_sim/messages; answer: POST %s/_sim/say, form person=79000000001 text=стоп
          what is told of it: POST %s/_sim/tell, form report=delivered, under way, too late or nobody
`, sandboxBotToken, s.chatURL, s.chatURL, s.chatURL, sandboxSMSLogin, sandboxSMSSecret, provider, sandboxSMSSecret, provider, s.smsURL, s.smsURL, s.smsURL)
}

func (s *sandbox) chatWithPeople() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", s.chat)
	mux.HandleFunc("GET /_sim/messages", func(w http.ResponseWriter, _ *http.Request) { asJSON(w, s.chat.Arrived()) })
	mux.HandleFunc("POST /_sim/say", func(w http.ResponseWriter, r *http.Request) {
		person, err := strconv.ParseInt(r.FormValue("person"), 10, 64)
		if err != nil || r.FormValue("text") == "" {
			http.Error(w, "person, a number, and text are needed", http.StatusUnprocessableEntity)
			return
		}
		s.chat.Write(person, r.FormValue("text"))
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func (s *sandbox) phonesWithPeople() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", s.sms)
	mux.HandleFunc("GET /_sim/messages", func(w http.ResponseWriter, _ *http.Request) { asJSON(w, s.sms.Arrived()) })
	mux.HandleFunc("POST /_sim/say", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("person") == "" || r.FormValue("text") == "" {
			http.Error(w, "person, the number of a phone, and text are needed", http.StatusUnprocessableEntity)
			return
		}
		s.sms.Answer(r.FormValue("person"), r.FormValue("text"))
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /_sim/tell", func(w http.ResponseWriter, r *http.Request) {
		report, ok := map[string]smssim.Report{
			"delivered": smssim.Delivered, string(smssim.UnderWay): smssim.UnderWay, string(smssim.TooLate): smssim.TooLate, string(smssim.Nobody): smssim.Nobody,
		}[r.FormValue("report")]
		if !ok {
			http.Error(w, "report is delivered, under way, too late or nobody", http.StatusUnprocessableEntity)
			return
		}
		s.sms.Tell(report)
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func asJSON[T any](w http.ResponseWriter, all []T) {
	if all == nil {
		all = []T{}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(all)
}
