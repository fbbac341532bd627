// Package telegramsim plays the part of Telegram that the channel meets: the
// Bot API for one bot, with its refusals and limits, and people who write to
// the bot and press its buttons. It imports no test library.
package telegramsim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf16"
)

// Fault is how the next messages fare.
type Fault string

// The ways in which Telegram may fail a message.
const (
	Fine    Fault = ""
	Busy    Fault = "busy"    // 429 with retry_after
	Refuse  Fault = "refuse"  // 400 for the message
	Blocked Fault = "blocked" // 403: the person has blocked the bot
	Cut     Fault = "cut"     // the message arrives, its answer does not
	Page    Fault = "page"    // a proxy answers 502 with a page
)

// Button is a button of a message that arrived.
type Button struct{ Text, URL, Data string }

// Arrived is a message in a chat.
type Arrived struct {
	Chat    int64
	Text    string
	Buttons []Button
}

// Server is Telegram with one bot.
type Server struct {
	token, name string

	mu       sync.Mutex
	arrived  []Arrived
	updates  []map[string]any
	answered []string // presses of buttons, by their id
	fault    Fault
	blocked  map[int64]bool
	next     int64
	news     chan struct{}
	waiting  int
	clashes  int
	asked    int // questions for news
}

// New returns Telegram with a bot of this token and name.
func New(token, name string) *Server {
	return &Server{token: token, name: name, blocked: map[int64]bool{}, next: 1, news: make(chan struct{})}
}

// Fail makes messages fare like this from now on.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Arrived lists the messages that people got.
func (s *Server) Arrived() []Arrived {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Arrived(nil), s.arrived...)
}

// Answered lists the presses of buttons that were answered.
func (s *Server) Answered() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.answered...)
}

// Asked counts questions for news.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Clashes counts questions for news while another one was open.
func (s *Server) Clashes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clashes
}

// Tell puts an update of any shape before the bot, with its number.
func (s *Server) Tell(update map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	update["update_id"] = s.next
	s.next++
	s.updates = append(s.updates, update)
	close(s.news)
	s.news = make(chan struct{})
}

// Write lets a person write to the bot.
func (s *Server) Write(person int64, text string) {
	s.Tell(map[string]any{"message": map[string]any{
		"message_id": 1, "date": 1, "text": text, "chat": map[string]any{"id": person, "type": "private"},
		"from": map[string]any{"id": person, "is_bot": false, "first_name": "Sample", "language_code": "ru"},
	}})
}

// Press lets a person press a button that says something to the bot.
func (s *Server) Press(person int64, id, data string) {
	s.Tell(map[string]any{"callback_query": map[string]any{
		"id": id, "data": data, "chat_instance": "1", "from": map[string]any{"id": person, "is_bot": false, "first_name": "Sample", "language_code": "ru"},
	}})
}

// Block lets a person block the bot.
func (s *Server) Block(person int64) {
	s.mu.Lock()
	s.blocked[person] = true
	s.mu.Unlock()
	s.Tell(map[string]any{"my_chat_member": map[string]any{
		"chat": map[string]any{"id": person, "type": "private"}, "new_chat_member": map[string]any{"status": "kicked"},
	}})
}

// ServeHTTP answers the Bot API at /bot<token>/<method>.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bot, method, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if bot != "bot"+s.token {
		refuse(w, 401, "Unauthorized", 0)
		return
	}
	switch method {
	case "getMe":
		result(w, map[string]any{"id": 1, "is_bot": true, "username": s.name})
	case "sendMessage":
		s.send(w, r)
	case "getUpdates":
		s.getUpdates(w, r)
	case "answerCallbackQuery":
		var in struct {
			ID string `json:"callback_query_id"`
		}
		_ = json.NewDecoder(r.Body).Decode(&in)
		s.mu.Lock()
		s.answered = append(s.answered, in.ID)
		s.mu.Unlock()
		result(w, true)
	default:
		refuse(w, 404, "Not Found", 0)
	}
}

func (s *Server) send(w http.ResponseWriter, r *http.Request) {
	var in struct {
		ChatID int64  `json:"chat_id"`
		Text   string `json:"text"`
		Markup struct {
			Rows [][]struct {
				Text string `json:"text"`
				URL  string `json:"url"`
				Data string `json:"callback_data"`
			} `json:"inline_keyboard"`
		} `json:"reply_markup"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil {
		refuse(w, 400, "Bad Request: can't parse", 0)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch n := len(utf16.Encode([]rune(in.Text))); {
	case s.fault == Busy:
		refuse(w, 429, "Too Many Requests: retry after 3", 3)
		return
	case s.fault == Page:
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<html><title>502 Bad Gateway</title></html>"))
		return
	case s.fault == Blocked || s.blocked[in.ChatID]:
		refuse(w, 403, "Forbidden: bot was blocked by the user", 0)
		return
	case s.fault == Refuse || n == 0 || n > 4096:
		refuse(w, 400, "Bad Request: message is too long", 0)
		return
	case in.ChatID <= 0:
		refuse(w, 400, "Bad Request: chat not found", 0)
		return
	}
	m := Arrived{Chat: in.ChatID, Text: in.Text}
	for _, row := range in.Markup.Rows {
		for _, b := range row {
			m.Buttons = append(m.Buttons, Button{b.Text, b.URL, b.Data})
		}
	}
	s.arrived = append(s.arrived, m)
	if s.fault == Cut {
		panic(http.ErrAbortHandler)
	}
	result(w, map[string]any{"message_id": len(s.arrived), "chat": map[string]any{"id": in.ChatID}})
}

func (s *Server) getUpdates(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Offset  int64 `json:"offset"`
		Limit   int   `json:"limit"`
		Timeout int   `json:"timeout"`
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	s.mu.Lock()
	s.asked++
	if s.waiting > 0 {
		s.clashes++
		s.mu.Unlock()
		refuse(w, 409, "Conflict: terminated by other getUpdates request", 0)
		return
	}
	s.waiting++
	s.mu.Unlock()
	defer func() { s.mu.Lock(); s.waiting--; s.mu.Unlock() }()
	until := time.After(time.Duration(in.Timeout) * time.Second)
	for {
		s.mu.Lock()
		var out []map[string]any
		kept := s.updates[:0:0]
		for _, u := range s.updates {
			if id, _ := u["update_id"].(int64); id >= in.Offset || in.Offset == 0 {
				kept = append(kept, u)
			}
		}
		s.updates = kept // what lies before the offset is confirmed
		for _, u := range kept {
			if len(out) < max(in.Limit, 1) {
				out = append(out, u)
			}
		}
		news := s.news
		s.mu.Unlock()
		if len(out) > 0 {
			result(w, out)
			return
		}
		select {
		case <-news:
		case <-until:
			result(w, []any{})
			return
		case <-r.Context().Done():
			return
		}
	}
}

func result(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"ok": true, "result": v})
}

func refuse(w http.ResponseWriter, code int, description string, wait int) {
	w.Header().Set("Content-Type", "application/json")
	body := map[string]any{"ok": false, "error_code": code, "description": description}
	if wait > 0 {
		body["parameters"] = map[string]any{"retry_after": wait}
		w.Header().Set("Retry-After", strconv.Itoa(wait))
	}
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body)
}
