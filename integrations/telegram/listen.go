package telegram

import (
	"context"
	"log/slog"
	"time"

	"opendoor/offboarding"
)

const (
	waitForNews = 6                // seconds that Telegram keeps a question for news open; every call of ours ends within 10 s
	turn        = 30 * time.Second // of one process; the next one listens so long after it died
	notMyTurn   = 3 * time.Second
	stumble     = 2 * time.Second
	someUpdates = 50
)

// Taker takes in what people say.
type Taker interface {
	Take(ctx context.Context, a offboarding.Arrival) (*offboarding.Inbound, error)
}

// House keeps whose turn it is to listen, and the bot's name for letters that
// invite to it.
type House interface {
	TakeTurn(ctx context.Context, name, holder string, last time.Duration) (bool, error)
	SetSetting(ctx context.Context, name, value string) error
}

// Listener reads what people say to the bot. Of several processes one listens
// at a time; Telegram keeps what nobody has read for a day. An update is
// confirmed only after it is stored, and one that is told twice counts once.
type Listener struct {
	bot    *Bot
	taker  Taker
	house  House
	holder string
	log    *slog.Logger

	named bool
	next  int64 // update from which on we want to hear
	most  int
}

// NewListener returns a listener that has not begun. holder names this process.
func NewListener(bot *Bot, taker Taker, house House, holder string, log *slog.Logger) *Listener {
	return &Listener{bot: bot, taker: taker, house: house, holder: holder, log: log, most: someUpdates}
}

// Run listens until ctx ends.
func (l *Listener) Run(ctx context.Context) {
	failing := false
	for ctx.Err() == nil {
		mine, err := l.house.TakeTurn(ctx, "telegram:"+l.bot.id, l.holder, turn)
		wait := notMyTurn
		if err == nil && mine {
			wait = 0
			err = l.listen(ctx)
		} else {
			l.next = 0 // somebody else goes on
		}
		if err != nil && ctx.Err() == nil {
			if !failing {
				l.log.WarnContext(ctx, "Telegram is not heard, we listen again", "err", err)
			}
			wait = stumble
		} else if failing {
			l.log.InfoContext(ctx, "Telegram is heard again")
		}
		failing = err != nil
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

type getUpdates struct {
	Offset  int64    `json:"offset,omitempty"`
	Limit   int      `json:"limit"`
	Timeout int      `json:"timeout"`
	Allowed []string `json:"allowed_updates"`
}

// listen asks once for news and takes them in.
func (l *Listener) listen(ctx context.Context) error {
	if !l.named {
		name, err := l.bot.Name(ctx)
		if err != nil {
			return err
		}
		if err := l.house.SetSetting(ctx, offboarding.SettingTelegramBot, name); err != nil {
			return err
		}
		l.named = true
	}
	raw, err := l.bot.call(ctx, "getUpdates", getUpdates{l.next, l.most, waitForNews, []string{"message", "callback_query", "my_chat_member"}}, false)
	if err != nil {
		l.most = 1 // should one of them be the trouble, the others are heard
		return err
	}
	l.most = someUpdates
	updates, last := read(raw)
	for _, u := range updates {
		if err := l.take(ctx, u); err != nil {
			return err
		}
		l.next = max(l.next, u.ID+1)
	}
	l.next = max(l.next, last+1)
	return nil
}

func (l *Listener) take(ctx context.Context, u update) error {
	a, ok := l.bot.arrivalOf(u)
	if ok {
		if _, err := l.taker.Take(ctx, a); err != nil {
			return err
		}
	}
	if u.Callback == nil || u.Callback.ID == "" {
		return nil
	}
	// The press has counted; that its button stops blinking is a courtesy.
	press := map[string]any{"callback_query_id": u.Callback.ID}
	if ok {
		press["text"] = said(a, u.Callback.From.Lang)
	}
	if _, err := l.bot.call(ctx, "answerCallbackQuery", press, false); err != nil {
		l.log.DebugContext(ctx, "a press of a button was not answered", "err", err)
	}
	return nil
}
