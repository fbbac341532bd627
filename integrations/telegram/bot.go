// Package telegram is the channel of a Telegram bot: it sends messages with
// buttons and reads what people say to the bot, by the Bot API
// (https://core.telegram.org/bots/api).
//
// Read bot.go (sending), call.go (what an answer means), updates.go (what an
// update says) and listen.go (one process of several listens) in this order.
package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

var _ offboarding.Mailer = (*Bot)(nil)

// PublicAPI is where Telegram answers.
const PublicAPI = "https://api.telegram.org"

// maxText bounds a message, in UTF-16 code units (sendMessage: 1–4096
// characters after entities parsing).
const maxText = 4096

// Telegram lets a bot send about 30 messages a second to different chats
// (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).
var sendRate = outbound.Rate{PerSecond: 25, Burst: 1}

// Config says which bot speaks and through what.
type Config struct {
	API      *url.URL // PublicAPI, or a simulator
	Token    string
	HTTP     *outbound.Client
	Limiter  *outbound.Limiter
	Breakers *outbound.Breakers
}

// Bot sends messages.
type Bot struct {
	cfg Config
	id  string // the part of the token that is no secret
}

// New returns a bot. It calls nobody.
func New(cfg Config) (*Bot, error) {
	id, secret, ok := strings.Cut(cfg.Token, ":")
	if _, err := strconv.ParseUint(id, 10, 64); err != nil || !ok || secret == "" {
		return nil, errors.New("the token of the Telegram bot cannot be read")
	}
	return &Bot{cfg: cfg, id: id}, nil
}

type button struct {
	Text string `json:"text"`
	URL  string `json:"url,omitempty"`
	Data string `json:"callback_data,omitempty"`
}

type keyboard struct {
	Rows [][]button `json:"inline_keyboard"`
}

type sendMessage struct {
	ChatID  int64          `json:"chat_id"`
	Text    string         `json:"text"`
	Preview map[string]any `json:"link_preview_options"`
	Markup  *keyboard      `json:"reply_markup,omitempty"`
}

// Send sends the message to the chat whose number is its address. The Bot API
// knows no key by which it would fold a repeat, so a lost answer stays uncertain.
func (b *Bot) Send(ctx context.Context, e *offboarding.Envelope, fence offboarding.FenceFunc) error {
	chat, err := strconv.ParseInt(e.Message.To, 10, 64)
	if err != nil {
		return offboarding.Invalid("this is no chat of Telegram")
	}
	if n := len(utf16.Encode([]rune(e.Message.Text))); n == 0 || n > maxText {
		return offboarding.Invalid(fmt.Sprintf("the text has %d signs, a message has 1 to %d", n, maxText))
	}
	out := sendMessage{ChatID: chat, Text: e.Message.Text, Preview: map[string]any{"is_disabled": true}}
	if len(e.Buttons) > 0 {
		out.Markup = &keyboard{}
		for _, bt := range e.Buttons {
			out.Markup.Rows = append(out.Markup.Rows, []button{{bt.Label, bt.URL, bt.Says}})
		}
	}
	if err := b.cfg.Limiter.Take(ctx, "telegram:"+b.id, sendRate); err != nil {
		return err
	}
	if err := fence(ctx); err != nil {
		return err
	}
	_, err = b.call(ctx, "sendMessage", out, true)
	return err
}

var botName = regexp.MustCompile(`^[A-Za-z0-9_]{3,64}$`)

// Name asks Telegram for the bot's name, by which people find it.
func (b *Bot) Name(ctx context.Context) (string, error) {
	raw, err := b.call(ctx, "getMe", struct{}{}, false)
	if err != nil {
		return "", err
	}
	var me struct {
		Username string `json:"username"`
	}
	if err := json.Unmarshal(raw, &me); err != nil || !botName.MatchString(me.Username) {
		return "", offboarding.Unavailable("Telegram does not tell the bot's name", err)
	}
	return me.Username, nil
}

// Check tries the token, for doctor.
func (b *Bot) Check(ctx context.Context) (string, error) {
	name, err := b.Name(ctx)
	if err != nil {
		return "", err
	}
	return "the bot @" + name + " answers", nil
}
