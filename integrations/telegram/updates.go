package telegram

import (
	"encoding/json"
	"strconv"
	"strings"

	"opendoor/offboarding"
)

// update is as much of an update as we understand. All of it was written by
// somebody else.
type update struct {
	ID       int64     `json:"update_id"`
	Message  *message  `json:"message"`
	Callback *callback `json:"callback_query"`
	Member   *member   `json:"my_chat_member"`
}

type message struct {
	Chat    chat   `json:"chat"`
	From    user   `json:"from"`
	Text    string `json:"text"`
	Caption string `json:"caption"`
}

type callback struct {
	ID   string `json:"id"`
	From user   `json:"from"`
	Data string `json:"data"`
}

type member struct {
	Chat chat `json:"chat"`
	New  struct {
		Status string `json:"status"`
	} `json:"new_chat_member"`
}

type chat struct {
	ID   int64  `json:"id"`
	Type string `json:"type"`
}

type user struct {
	ID    int64  `json:"id"`
	IsBot bool   `json:"is_bot"`
	Lang  string `json:"language_code"`
}

// A person may send a picture or a voice; that is an answer all the same.
const wordless = "[сообщение без текста / a message without words]"

// arrivalOf reads an update; false: it is nothing to us. Only private chats
// count: in a group nobody has agreed to anything.
func (b *Bot) arrivalOf(u update) (offboarding.Arrival, bool) {
	a := offboarding.Arrival{Channel: offboarding.ChannelTelegram, ProviderID: b.id + ":" + strconv.FormatInt(u.ID, 10)}
	switch {
	case u.Message != nil:
		m := u.Message
		if !private(m.Chat) || m.From.IsBot {
			return a, false
		}
		a.From = strconv.FormatInt(m.Chat.ID, 10)
		a.Kind, a.Text = offboarding.InboundReply, m.Text+m.Caption
		if payload, ok := startOf(m.Text); ok {
			a.Kind, a.Token, a.Text = offboarding.InboundStart, payload, ""
		} else if a.Text == "" {
			a.Text = wordless
		}
		return a, true
	case u.Callback != nil:
		c := u.Callback
		if c.From.IsBot || c.From.ID <= 0 {
			return a, false
		}
		a.From = strconv.FormatInt(c.From.ID, 10) // a private chat has the number of its person
		switch c.Data {
		case offboarding.ButtonStop:
			a.Kind = offboarding.InboundStop
		case offboarding.ButtonOffers:
			a.Kind = offboarding.InboundOffers
		default:
			return a, false
		}
		return a, true
	case u.Member != nil && private(u.Member.Chat) && u.Member.New.Status == "kicked":
		// Who blocks the bot does not want to be written to, and says so here.
		a.From, a.Kind = strconv.FormatInt(u.Member.Chat.ID, 10), offboarding.InboundStop
		return a, true
	}
	return a, false
}

func private(c chat) bool { return c.Type == "private" && c.ID > 0 }

// startOf returns what stands behind /start, the payload of a link to the bot.
func startOf(text string) (string, bool) {
	command, payload, _ := strings.Cut(strings.TrimSpace(text), " ")
	name, _, _ := strings.Cut(command, "@")
	return strings.TrimSpace(payload), name == "/start"
}

// read reads what getUpdates answered. One update that makes no sense is left
// out and costs the others nothing; the highest number is told of all of them.
func read(raw json.RawMessage) (updates []update, last int64) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return nil, 0
	}
	for _, item := range items {
		var n struct {
			ID int64 `json:"update_id"`
		}
		if json.Unmarshal(item, &n) != nil {
			continue
		}
		last = max(last, n.ID)
		var u update
		if json.Unmarshal(item, &u) == nil {
			updates = append(updates, u)
		}
	}
	return updates, last
}

// said is what a person who pressed a button is told at once, in the answer to
// the press itself.
func said(a offboarding.Arrival, lang string) string {
	ru := !strings.HasPrefix(lang, "en")
	switch {
	case a.Kind == offboarding.InboundStop && ru:
		return "Больше не напишем. Спасибо, что сказали."
	case a.Kind == offboarding.InboundStop:
		return "We will not write any more. Thank you for telling us."
	case ru:
		return "Договорились. Передумать можно словом «стоп»."
	}
	return "Agreed. You can change your mind with the word “stop”."
}
