package bitrix24

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"opendoor/offboarding"
)

// me is the employee behind the webhook.
type me struct {
	ID       scalar `json:"ID"`
	Admin    scalar `json:"ADMIN"`
	Name     scalar `json:"NAME"`
	LastName scalar `json:"LAST_NAME"`
}

func (c *Connector) profile(ctx context.Context, acc *offboarding.Account) (me, error) {
	var who me
	r, err := c.call(ctx, acc, "profile", nil)
	if err == nil {
		err = r.into("profile", &who)
	}
	return who, err
}

// checkOwner looks whether the employee behind the webhook still works there.
// When one is dismissed, webhooks stop or move to a system user, whom user.get
// never returns (reference §1). Without the scope nobody can tell.
func (c *Connector) checkOwner(ctx context.Context, acc *offboarding.Account, id string) []offboarding.CheckItem {
	if id == "" || acc.Credentials["webhook_url"] == "" {
		return nil
	}
	item := offboarding.CheckItem{Name: "owner", OK: true, Detail: say(acc.Lang, "владелец вебхука работает", "the webhook's owner works there")}
	u, err := c.user(ctx, acc, id)
	switch {
	case soft(err) || offboarding.IsKind(err, offboarding.KindUnauthorized):
		item.Detail = say(acc.Lang, "нет права видеть сотрудников, владельца вебхука не проверить", "employees cannot be seen, so the webhook's owner is not checked")
	case err != nil:
		return []offboarding.CheckItem{broken(acc, "owner", err)}
	case u.Inactive:
		item.OK = false
		item.Detail = say(acc.Lang, "Владелец вебхука (№ "+id+") уволен или не виден: вебхук может перестать работать в любой день.",
			"The owner of the webhook (no. "+id+") was dismissed or is not visible: the webhook may stop any day.")
		item.Advice = say(acc.Lang, "Выпустите входящий вебхук от имени действующего администратора и сохраните его адрес в подключении (webhook_url).",
			"Issue an inbound webhook in the name of an administrator who works there and store its address with the account (webhook_url).")
	}
	return []offboarding.CheckItem{item}
}

// checkAddress reminds of a portal that was renamed: it is followed in memory only.
func (c *Connector) checkAddress(acc *offboarding.Account) []offboarding.CheckItem {
	a, err := c.addressOf(acc)
	if err != nil || a.base == a.kept {
		return nil
	}
	return []offboarding.CheckItem{{
		Name:   "address",
		Detail: say(acc.Lang, "Портал переименован, теперь он здесь: "+a.host+".", "The portal was renamed and is now at "+a.host+"."),
		Advice: say(acc.Lang, "Обновите адрес входящего вебхука в подключении (webhook_url).", "Change the address of the inbound webhook in the account (webhook_url)."),
	}}
}

// checkBound looks whether the application's handlers are still there: they
// vanish when it is updated (reference §2.6). An outgoing webhook cannot be seen.
func (c *Connector) checkBound(ctx context.Context, acc *offboarding.Account) []offboarding.CheckItem {
	const name = "hook"
	if !byOAuth(acc) {
		return nil
	}
	r, err := c.call(ctx, acc, "event.get", nil)
	if err != nil {
		return []offboarding.CheckItem{broken(acc, name, err)}
	}
	var bound list[boundEvent]
	if err := r.into("event.get", &bound); err != nil {
		return []offboarding.CheckItem{broken(acc, name, err)}
	}
	var missing []string
	for _, event := range eventsFor(acc) {
		if !slices.ContainsFunc(bound, func(b boundEvent) bool {
			return strings.EqualFold(b.Event.text(), event) && strings.Contains(b.Handler.text(), "/hooks/bitrix24/")
		}) {
			missing = append(missing, event)
		}
	}
	if len(missing) == 0 {
		return []offboarding.CheckItem{{Name: name, OK: true, Detail: say(acc.Lang, "приложение подписано на события", "the application is subscribed to its events")}}
	}
	return []offboarding.CheckItem{{
		Name:   name,
		Detail: say(acc.Lang, "приложение не подписано на события: ", "the application is not subscribed to: ") + strings.Join(missing, ", "),
		Advice: say(acc.Lang, "Повторите настройку подключения: opendoor account setup.", "Run the account's setup again: opendoor account setup."),
	}}
}

// Rights lists what the webhook may do.
func (c *Connector) Rights(ctx context.Context, acc *offboarding.Account) ([]offboarding.Right, error) {
	who, err := c.profile(ctx, acc)
	if err != nil {
		return nil, err
	}
	rights := []offboarding.Right{{Name: "administrator", OK: who.Admin.yes(), Detail: say(acc.Lang, "администратор CRM: поля сделки создадим сами", "CRM administrator: deal fields can be made by opendoor itself")}}
	r, err := c.call(ctx, acc, "scope", nil)
	if hasNo(err) {
		return rights, nil
	}
	if err != nil {
		return nil, err
	}
	var granted list[scalar]
	if err := r.into("scope", &granted); err != nil {
		return nil, err
	}
	for _, want := range []struct {
		names  []string
		needed bool
		ru, en string
	}{
		{[]string{"crm"}, true, "сделки, контакты, поля и комментарии", "deals, contacts, fields and comments"},
		{[]string{"user_basic", "user"}, false, "имя и почта ответственного для подписи писем", "name and mail of the person responsible, who signs letters"},
		{[]string{"task"}, false, "задачи вне CRM", "tasks outside the CRM"},
		{[]string{"disk"}, false, "файлы пакета передачи дел", "files of the handover package"},
	} {
		ok := slices.ContainsFunc(granted, func(s scalar) bool { return slices.Contains(want.names, strings.ToLower(s.text())) })
		rights = append(rights, offboarding.Right{Name: want.names[0], OK: ok, Needed: want.needed, Detail: say(acc.Lang, want.ru, want.en)})
	}
	return rights, nil
}

const caughtPages = 20 // of 50 deals: the bucket of a portal holds 50 calls

// caughtRow is a deal as the look at the past needs it.
type caughtRow struct {
	ID       scalar `json:"ID"`
	Title    scalar `json:"TITLE"`
	Category scalar `json:"CATEGORY_ID"`
	StageID  scalar `json:"STAGE_ID"`
	Moved    scalar `json:"MOVED_TIME"`
}

// Caught looks for deals that stand in the stages and came there since then. It
// walks by id, newest first, without counting (reference §4.4).
func (c *Connector) Caught(ctx context.Context, acc *offboarding.Account, stages []offboarding.StageRef, since time.Time) (offboarding.Caught, error) {
	var out offboarding.Caught
	if len(stages) == 0 {
		return out, nil
	}
	byType := map[int][]offboarding.StageRef{}
	for _, s := range stages {
		typeID, smart := smartType(s.StageID)
		if !smart {
			typeID = dealType
		}
		byType[typeID] = append(byType[typeID], s)
	}
	for typeID, stages := range byType {
		look := c.caughtItems
		if typeID == dealType {
			look = c.caughtDeals
		}
		found, more, err := look(ctx, acc, typeID, stages, since)
		if err != nil {
			return out, err
		}
		out.Deals, out.More = append(out.Deals, found...), out.More || more
	}
	slices.SortFunc(out.Deals, func(a, b offboarding.CaughtDeal) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(a.ID, b.ID))
	})
	return out, nil
}

func (c *Connector) caughtDeals(ctx context.Context, acc *offboarding.Account, _ int, stages []offboarding.StageRef, since time.Time) (found []offboarding.CaughtDeal, more bool, err error) {
	a, err := c.addressOf(acc)
	if err != nil {
		return nil, false, err
	}
	ids := make([]string, 0, len(stages))
	for _, s := range stages {
		ids = append(ids, s.StageID)
	}
	filter := params{"@STAGE_ID": ids, ">=MOVED_TIME": since.Format(time.RFC3339)}
	for range caughtPages {
		r, err := c.call(ctx, acc, "crm.deal.list", params{
			"select": []string{"ID", "TITLE", "CATEGORY_ID", "STAGE_ID", "MOVED_TIME"}, "order": params{"ID": "DESC"}, "filter": filter, "start": -1,
		})
		if err != nil {
			return found, false, err
		}
		var rows list[caughtRow]
		if err := r.into("crm.deal.list", &rows); err != nil {
			return found, false, err
		}
		last := int64(0)
		for _, row := range rows {
			id, err := strconv.ParseInt(row.ID.id(), 10, 64)
			if err != nil {
				continue
			}
			last = id
			ref := offboarding.StageRef{PipelineID: pipelineOf(row.Category), StageID: row.StageID.text()}
			at := row.Moved.time()
			if !slices.Contains(stages, ref) || at.Before(since) { // a portal may ignore a filter that it does not know
				continue
			}
			found = append(found, offboarding.CaughtDeal{
				ID: row.ID.id(), Title: row.Title.text(), URL: a.origin + "/crm/deal/details/" + row.ID.id() + "/", Stage: ref, At: at,
			})
		}
		if len(rows) < historyPage || last == 0 {
			return found, false, nil
		}
		filter["<ID"] = last
	}
	return found, true, nil
}

// Subscribe says how a person makes the outgoing webhook, which REST cannot; an
// application subscribes itself.
func (c *Connector) Subscribe(ctx context.Context, acc *offboarding.Account, hookURL string) (*offboarding.SetupReport, error) {
	a, err := c.addressOf(acc)
	if err != nil {
		return nil, err
	}
	if a.app {
		report := &offboarding.SetupReport{}
		return report, c.bindApp(ctx, acc, hookURL, report)
	}
	hook := offboarding.SetupHook{URL: hookURL, State: offboarding.HookByHand, Detail: hookByHand(acc, a.origin, hookURL)}
	report := &offboarding.SetupReport{Hook: hook, Advice: []string{hook.Detail, robotByHand(acc.Lang, hookURL)}}
	if len(tokens(acc)) == 0 {
		report.Advice = append(report.Advice, say(acc.Lang,
			"Скопируйте «Токен приложения» из формы исходящего вебхука в настройки подключения (application_token): без него события портала не принимаются.",
			"Copy the application token from the form of the outbound webhook into the connection's settings (application_token): without it the portal's events are refused."))
	}
	return report, nil
}

// Unsubscribe says how a person takes the outgoing webhook away; an application
// does it itself.
func (c *Connector) Unsubscribe(ctx context.Context, acc *offboarding.Account, hookURL string) (offboarding.SetupHook, error) {
	a, err := c.addressOf(acc)
	if err != nil {
		return offboarding.SetupHook{}, err
	}
	if a.app {
		return c.unbindApp(ctx, acc, hookURL)
	}
	return offboarding.SetupHook{URL: hookURL, State: offboarding.HookByHand, Detail: say(acc.Lang,
		"Удалите исходящий вебхук в портале "+a.origin+": «Приложения» → «Разработчикам» → «Интеграции» → вебхук с адресом "+hookURL+" → «Удалить». Если на стадиях стоит робот с этим адресом, удалите и его.",
		"Remove the outbound webhook in the portal "+a.origin+": Applications → Developer resources → Integrations → the webhook with the address "+hookURL+" → Delete. If a robot on a stage has this address, remove it too.")}, nil
}

// RemoveFields deletes our fields and what stands in them.
func (c *Connector) RemoveFields(ctx context.Context, acc *offboarding.Account) ([]string, error) {
	a, err := c.addressOf(acc)
	if err != nil {
		return nil, err
	}
	defer c.forgetCard(a)
	remote, err := c.remoteFields(ctx, acc)
	if err != nil {
		return nil, err
	}
	found := ours(remote)
	var removed []string
	var failed []error
	for _, def := range offboarding.CardFields() {
		f, ok := found[def.Code]
		if !ok {
			continue
		}
		if _, err := c.call(ctx, acc, "crm.deal.userfield.delete", params{"id": f.ID}); err != nil {
			failed = append(failed, fmt.Errorf("delete field %s: %w", def.Code, err))
			continue
		}
		removed = append(removed, def.Code)
	}
	return removed, errors.Join(failed...)
}
