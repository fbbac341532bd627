package main

import (
	"cmp"
	"context"
	"fmt"
	"net/url"

	"opendoor/integrations/outbound"
	"opendoor/integrations/sms"
	"opendoor/integrations/telegram"
	"opendoor/offboarding"
)

// openWays makes the channels beside e-mail that are set up.
func (h *house) openWays(client *outbound.Client, limiter *outbound.Limiter, breakers *outbound.Breakers) (err error) {
	h.ways = offboarding.Ways{}
	if t := h.cfg.Telegram; t.Token != "" {
		api, err := url.Parse(telegram.PublicAPI)
		if err != nil {
			return err
		}
		h.bot, err = telegram.New(telegram.Config{API: cmp.Or(t.API, api), Token: string(t.Token), HTTP: client, Limiter: limiter, Breakers: breakers})
		if err != nil {
			return err
		}
		h.ways[offboarding.ChannelTelegram] = h.bot
	}
	if s := h.cfg.SMS; s.Provider != "" {
		h.sms, err = sms.New(sms.Config{
			Provider: s.Provider, Base: s.Base, Login: s.Login, Secret: string(s.Secret), From: s.From, Answers: s.Answers,
			HTTP: client, Limiter: limiter, Breakers: breakers, Log: h.log, Now: h.clock.Now,
		})
		if err != nil {
			return err
		}
		h.ways[offboarding.ChannelSMS] = h.sms
	}
	return nil
}

// listen hears what clients say on the channels beside e-mail.
func (h *house) listen(ctx context.Context, group *group) error {
	holder, taker := offboarding.NewID().String(), ringing{h.reception(), h.bell}
	if h.bot == nil { // nobody is invited to a bot that does not listen
		if err := h.store.SetSetting(ctx, offboarding.SettingTelegramBot, ""); err != nil {
			return err
		}
	} else {
		group.do("telegram", func() error { telegram.NewListener(h.bot, taker, h.store, holder, h.log).Run(ctx); return nil })
	}
	if h.sms != nil {
		group.do("sms", func() error { h.sms.Listen(ctx, taker, h.store, holder, h.log); return nil })
	}
	return nil
}

// checkWays tries the channels beside e-mail that are set up.
func (h *house) checkWays(ctx context.Context) []finding {
	var out []finding
	if h.bot != nil {
		said, err := h.bot.Check(ctx)
		out = append(out, finding{name: "telegram", detail: said, err: err})
	}
	if h.sms != nil {
		said, err := h.sms.Check(ctx)
		if h.cfg.SMS.Provider == "smsru" && err == nil {
			said += fmt.Sprintf("; answers to text messages are not told by %s, they hold a link instead", h.cfg.SMS.Base.Host)
		}
		out = append(out, finding{name: "text messages", detail: said, err: err})
	}
	return out
}
