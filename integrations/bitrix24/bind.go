package bitrix24

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"opendoor/offboarding"
)

// boundEvents are what an application wants to be told of. The last of them is
// the one that an outgoing webhook never gets (reference §0.3).
var boundEvents = []string{"ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE", "ONCRMDEALMOVETOCATEGORY"}

// itemEvents come besides for an account that has chosen smart processes.
var itemEvents = []string{"ONCRMDYNAMICITEMADD", "ONCRMDYNAMICITEMUPDATE", "ONCRMDYNAMICITEMDELETE"}

// eventsFor lists the events that an account wants to be told of.
func eventsFor(acc *offboarding.Account) []string {
	if len(chosenTypes(acc)) == 0 {
		return boundEvents
	}
	return slices.Concat(boundEvents, itemEvents)
}

const (
	uninstallEvent = "ONAPPUNINSTALL"
	dealTab        = "CRM_DEAL_DETAIL_TAB"
	robotCode      = "opendoor_start"
)

// bindApp subscribes the application to events, puts our tab into the card of
// deals and our robot among the portal's. Events are needed; without the rest
// opendoor works too, so that a missing scope becomes advice.
func (c *Connector) bindApp(ctx context.Context, acc *offboarding.Account, hookURL string, report *offboarding.SetupReport) error {
	created, err := c.bindEvents(ctx, acc, hookURL)
	if err != nil {
		return err
	}
	report.Hook = offboarding.SetupHook{URL: hookURL, State: offboarding.HookAlready, Created: created}
	if created {
		report.Hook.State = offboarding.HookSubscribed
	}
	// Handlers vanish when an application is updated (reference §2.6), and the poll
	// binds its queue once only. That the portal has no queue, the poll finds out.
	if err := c.bindQueue(ctx, acc); err != nil {
		c.log.InfoContext(ctx, "the queue of events is not bound", "account_id", acc.ID, "err", err)
	}
	for _, extra := range []struct {
		what, ru, en string
		do           func() error
	}{
		{
			"placement", "Вкладка в карточке сделки не добавлена: дайте приложению право «Встраивание приложений» (placement) и повторите настройку.",
			"The tab in the deal's card was not added: give the application the scope placement and run setup again.",
			func() error { return c.bindTab(ctx, acc) },
		},
		{
			"robot", "Робот «Начать расставание бережно» не добавлен: дайте приложению право «Бизнес-процессы» (bizproc) и повторите настройку.",
			"The automation rule “Part with care” was not added: give the application the scope bizproc and run setup again.",
			func() error { return c.bindRobot(ctx, acc, hookURL) },
		},
	} {
		err := extra.do()
		if err != nil && (ctx.Err() != nil || isPostponed(err)) {
			return fmt.Errorf("bind %s: %w", extra.what, err)
		}
		if err != nil {
			c.log.WarnContext(ctx, "application part not bound", "account_id", acc.ID, "part", extra.what, "err", err)
			report.Advice = append(report.Advice, say(acc.Lang, extra.ru, extra.en))
		}
	}
	if len(tokens(acc)) == 0 {
		report.Advice = append(report.Advice, say(acc.Lang,
			"Портал ещё не сообщил токен приложения: нажмите «Переустановить» в карточке локального приложения. Без него события портала не принимаются, работает только опрос.",
			"The portal has not told the application token yet: press “Reinstall” in the card of the local application. Without it the portal's events are refused and only polling works."))
	}
	return nil
}

// boundEvent is a row of event.get.
type boundEvent struct {
	Event   scalar `json:"event"`
	Handler scalar `json:"handler"`
}

func (c *Connector) bindEvents(ctx context.Context, acc *offboarding.Account, hookURL string) (created bool, err error) {
	wanted := map[string]string{uninstallEvent: hookURL + "/uninstalled"}
	for _, event := range eventsFor(acc) {
		wanted[event] = hookURL
	}
	missing, err := c.unbound(ctx, acc, wanted)
	if err != nil {
		return false, err
	}
	var refused error
	for _, event := range append([]string{uninstallEvent}, eventsFor(acc)...) {
		if !missing[event] {
			continue
		}
		_, err := c.call(ctx, acc, "event.bind", params{"event": event, "handler": wanted[event]})
		switch {
		case err == nil:
			created = true
		case !offboarding.IsKind(err, offboarding.KindInvalid):
			return created, fmt.Errorf("bind %s: %w", event, err)
		default:
			refused = err
		}
	}
	if refused == nil {
		return created, nil
	}
	// Three different codes say that a handler is there already (reference §2.6).
	missing, err = c.unbound(ctx, acc, wanted)
	if err == nil && len(missing) > 0 {
		err = refused
	}
	return created, err
}

func (c *Connector) unbound(ctx context.Context, acc *offboarding.Account, wanted map[string]string) (map[string]bool, error) {
	r, err := c.call(ctx, acc, "event.get", nil)
	if err != nil {
		return nil, fmt.Errorf("list handlers: %w", err)
	}
	var bound list[boundEvent]
	if err := r.into("event.get", &bound); err != nil {
		return nil, err
	}
	missing := map[string]bool{}
	for event := range wanted {
		missing[event] = true
	}
	for _, b := range bound {
		if name := strings.ToUpper(b.Event.text()); wanted[name] != "" && b.Handler.text() == wanted[name] {
			delete(missing, name)
		}
	}
	return missing, nil
}

// bindTab puts our page into the card of deals.
func (c *Connector) bindTab(ctx context.Context, acc *offboarding.Account) error {
	if c.cardPage == nil {
		return nil
	}
	handler := c.cardPage(acc.ID)
	there := func() (bool, error) {
		r, err := c.call(ctx, acc, "placement.get", nil)
		if err != nil {
			return false, err
		}
		var bound list[struct {
			Placement scalar `json:"placement"`
			Handler   scalar `json:"handler"`
		}]
		if err := r.into("placement.get", &bound); err != nil {
			return false, err
		}
		for _, b := range bound {
			if strings.EqualFold(b.Placement.text(), dealTab) && b.Handler.text() == handler {
				return true, nil
			}
		}
		return false, nil
	}
	if found, err := there(); found || err != nil {
		return err
	}
	_, err := c.call(ctx, acc, "placement.bind", params{
		"PLACEMENT": dealTab, "HANDLER": handler, "TITLE": say(acc.Lang, "Расставание", "Parting"),
		"LANG_ALL": params{"ru": params{"TITLE": "Расставание"}, "en": params{"TITLE": "Parting"}},
	})
	if err != nil {
		if found, again := there(); again == nil && found {
			return nil
		}
	}
	return err
}

// bindRobot offers «Начать расставание бережно» among the portal's robots. It
// tells the hook, as any robot does, and the process does not wait for us.
func (c *Connector) bindRobot(ctx context.Context, acc *offboarding.Account, hookURL string) error {
	r, err := c.call(ctx, acc, "bizproc.robot.list", nil)
	if err != nil {
		return err
	}
	var codes list[scalar]
	if err := r.into("bizproc.robot.list", &codes); err != nil {
		return err
	}
	robot := params{
		"HANDLER": hookURL, "USE_SUBSCRIPTION": "N",
		"NAME":   params{"ru": "Начать расставание бережно", "en": "Part with care"},
		"FILTER": params{"INCLUDE": []any{[]string{"crm", "CCrmDocumentDeal"}}},
	}
	for _, code := range codes {
		if code.text() == robotCode {
			_, err := c.call(ctx, acc, "bizproc.robot.update", params{"CODE": robotCode, "FIELDS": robot})
			return err
		}
	}
	robot["CODE"] = robotCode
	_, err = c.call(ctx, acc, "bizproc.robot.add", robot)
	return err
}

// unbindApp takes back what bindApp has bound. What is not there is gone.
func (c *Connector) unbindApp(ctx context.Context, acc *offboarding.Account, hookURL string) (offboarding.SetupHook, error) {
	hook := offboarding.SetupHook{URL: hookURL, State: offboarding.HookUnsubscribed}
	for _, event := range slices.Concat(boundEvents, itemEvents) {
		if _, err := c.call(ctx, acc, "event.unbind", params{"event": event, "handler": hookURL}); err != nil {
			return hook, fmt.Errorf("unbind %s: %w", event, err)
		}
		if _, err := c.call(ctx, acc, "event.unbind", params{"event": event, "event_type": "offline"}); err != nil && !isOptional(err) {
			return hook, fmt.Errorf("unbind the queue of %s: %w", event, err)
		}
	}
	if c.cardPage != nil {
		if _, err := c.call(ctx, acc, "placement.unbind", params{"PLACEMENT": dealTab, "HANDLER": c.cardPage(acc.ID)}); err != nil && !isOptional(err) {
			return hook, fmt.Errorf("unbind the tab: %w", err)
		}
	}
	if _, err := c.call(ctx, acc, "bizproc.robot.delete", params{"CODE": robotCode}); err != nil && !isOptional(err) {
		return hook, fmt.Errorf("remove the robot: %w", err)
	}
	return hook, nil
}

// isOptional reports whether the portal refused because the part is not there,
// or is none of ours to change.
func isOptional(err error) bool {
	return !isPostponed(err) && (offboarding.IsKind(err, offboarding.KindInvalid) || offboarding.IsKind(err, offboarding.KindUnauthorized) || hasNo(err))
}
