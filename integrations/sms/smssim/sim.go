// Package smssim plays two providers of text messages, SMSC.ru and SMS.ru, as
// their documentation says, with their refusals; and people who answer. It
// imports no test library.
package smssim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Fault is how the next messages fare.
type Fault string

// The ways in which a provider may fail a message.
const (
	Fine     Fault = ""
	NoMoney  Fault = "no money"
	Refuse   Fault = "refuse"    // the text
	NoNumber Fault = "no number" // nothing arrives there
	Cut      Fault = "cut"       // the message is taken, the answer is lost
	Page     Fault = "page"      // a page with 502
)

// Report is what the provider tells later of a message that it took.
type Report string

// What a provider tells.
const (
	Delivered Report = "" // it arrived
	UnderWay  Report = "under way"
	TooLate   Report = "too late" // the phone was off for days
	Nobody    Report = "nobody"   // nobody has the number
)

// Arrived is a message that a phone got.
type Arrived struct{ To, Text, From, ID string }

// Server is both providers behind one address.
type Server struct {
	login, secret string

	mu      sync.Mutex
	arrived []Arrived
	answers []map[string]any
	fault   Fault
	report  Report
	asked   int
}

// New returns providers that let in who knows login and secret; the secret is
// SMS.ru's api_id too.
func New(login, secret string) *Server { return &Server{login: login, secret: secret} }

// Fail makes messages fare like this from now on.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Tell makes the provider tell this of all messages that it has.
func (s *Server) Tell(r Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report = r
}

// Arrived lists the messages that phones got.
func (s *Server) Arrived() []Arrived {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Arrived(nil), s.arrived...)
}

// Asked counts how often somebody asked for answers.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Answer lets a phone answer; SMSC.ru tells it, SMS.ru does not.
func (s *Server) Answer(phone, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = append(s.answers, map[string]any{
		"id": len(s.answers) + 1, "phone": phone, "message": text, "to_phone": "79000000009", "sent": "01.02.2026 10:00:00", "received": "01.02.2026 10:00:01",
	})
}

// ServeHTTP answers both APIs.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.HasPrefix(r.URL.Path, "/sys/") {
		s.smsc(w, r)
		return
	}
	s.smsru(w, r)
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}

func page(w http.ResponseWriter) {
	w.WriteHeader(http.StatusBadGateway)
	_, _ = w.Write([]byte("<html>502 Bad Gateway</html>"))
}

// smsc answers https://smsc.ru/api/http/ with fmt=3.
func (s *Server) smsc(w http.ResponseWriter, r *http.Request) {
	f := r.PostForm
	refuse := func(code int, why string) { write(w, map[string]any{"error": why, "error_code": code}) }
	if f.Get("login") != s.login || f.Get("psw") != s.secret {
		refuse(2, "authorise error")
		return
	}
	switch r.URL.Path {
	case "/sys/balance.php":
		write(w, map[string]any{"balance": "123.45"})
	case "/sys/get.php":
		s.asked++
		if len(s.answers) == 0 {
			refuse(3, "messages not found")
			return
		}
		write(w, s.answers)
	case "/sys/status.php":
		ids, phones := strings.Split(f.Get("id"), ","), strings.Split(f.Get("phone"), ",")
		if len(ids) != len(phones) || len(ids) < 2 || ids[len(ids)-1] != "" {
			refuse(1, "parameters error")
			return
		}
		out := []map[string]any{}
		for i, id := range ids[:len(ids)-1] {
			out = append(out, map[string]any{"id": id, "phone": phones[i], "status": s.smscStatus(id, phones[i]), "err": map[bool]int{true: 1}[s.report == Nobody]})
		}
		write(w, out)
	case "/sys/send.php":
		switch {
		case s.fault == Page:
			page(w)
		case s.fault == NoMoney:
			refuse(3, "no money")
		case s.fault == Refuse || f.Get("mes") == "":
			refuse(6, "message is denied")
		case s.fault == NoNumber || len(f.Get("phones")) < 11:
			refuse(7, "invalid number")
		default:
			s.arrived = append(s.arrived, Arrived{f.Get("phones"), f.Get("mes"), f.Get("sender"), f.Get("id")})
			if s.fault == Cut {
				panic(http.ErrAbortHandler)
			}
			write(w, map[string]any{"id": f.Get("id"), "cnt": 1})
		}
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (s *Server) smscStatus(id, phone string) int {
	if !slices.ContainsFunc(s.arrived, func(a Arrived) bool { return a.ID == id && a.To == phone }) {
		return -3 // not found
	}
	return map[Report]int{Delivered: 1, UnderWay: 0, TooLate: 3, Nobody: 20}[s.report]
}

// smsru answers https://sms.ru/api with json=1.
func (s *Server) smsru(w http.ResponseWriter, r *http.Request) {
	f := r.PostForm
	status := func(code int, text string) map[string]any {
		said := "ERROR"
		if code == 100 {
			said = "OK"
		}
		return map[string]any{"status": said, "status_code": code, "status_text": text}
	}
	if f.Get("api_id") != s.secret {
		write(w, status(200, "wrong api_id"))
		return
	}
	switch r.URL.Path {
	case "/my/balance":
		a := status(100, "")
		a["balance"] = 4122.56
		write(w, a)
	case "/sms/status":
		all := map[string]any{}
		for id := range strings.SplitSeq(f.Get("sms_id"), ",") {
			all[id] = status(-1, "not found")
			if n, err := strconv.Atoi(strings.TrimPrefix(id, "000000-")); err == nil && n >= 1 && n <= len(s.arrived) {
				code := map[Report]int{Delivered: 103, UnderWay: 102, TooLate: 104, Nobody: 207}[s.report]
				all[id] = map[string]any{"status": "OK", "status_code": code, "status_text": string(s.report)}
			}
		}
		a := status(100, "")
		a["sms"] = all
		write(w, a)
	case "/sms/send":
		one := status(100, "")
		switch {
		case s.fault == Page:
			page(w)
			return
		case s.fault == NoMoney:
			write(w, status(201, "no money"))
			return
		case s.fault == Refuse || f.Get("msg") == "":
			one = status(205, "too long")
		case s.fault == NoNumber || len(f.Get("to")) < 11:
			one = status(207, "no messages to this number")
		default:
			s.arrived = append(s.arrived, Arrived{f.Get("to"), f.Get("msg"), f.Get("from"), ""})
			if s.fault == Cut {
				panic(http.ErrAbortHandler)
			}
			one["sms_id"] = fmt.Sprintf("000000-%d", len(s.arrived))
		}
		a := status(100, "")
		a["sms"] = map[string]any{f.Get("to"): one}
		write(w, a)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}
