package bitrix24

import (
	"context"
	"errors"
	"slices"
	"strings"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

// Check tries the connection: who we are, what we may do, whether what the
// account relies on is still there.
func (c *Connector) Check(ctx context.Context, acc *offboarding.Account) []offboarding.CheckItem {
	who, item := c.checkProfile(ctx, acc)
	items := []offboarding.CheckItem{item}
	if item.OK {
		items = append(items, c.checkScope(ctx, acc), c.checkDeals(ctx, acc))
		items = append(items, c.checkStages(ctx, acc)...)
		items = append(items, c.checkFields(ctx, acc))
		items = append(items, c.checkOwner(ctx, acc, who.ID.id())...)
		items = append(items, c.checkAddress(acc)...)
		items = append(items, c.checkBound(ctx, acc)...)
	}
	return append(items, checkToken(acc))
}

// broken explains an error, and whether it says anything about the account.
func broken(acc *offboarding.Account, name string, err error) offboarding.CheckItem {
	item := offboarding.CheckItem{Name: name, Detail: outbound.Reason(acc.Lang, err, reasons), Unknown: true}
	if shown, ok := errors.AsType[*offboarding.Error](err); ok && shown.Err != nil {
		item.Detail += " (" + shown.Err.Error() + ")" // the portal's own words, without its secret
	}
	backoff, waits := errors.AsType[*offboarding.Backoff](err)
	switch {
	case offboarding.IsKind(err, offboarding.KindUnauthorized):
		item.Unknown, item.Refused = false, true
		item.Advice = say(acc.Lang, "Выпустите новый входящий вебхук и сохраните его адрес в подключении (webhook_url).", "Issue a new inbound webhook and store its address with the account (webhook_url).")
	case waits && backoff.Park:
		item.Unknown, item.Parked = false, true
		item.Advice = say(acc.Lang, "Проверьте тариф и подписку портала: без них REST не отвечает.", "Look at the portal's plan and subscription: without them REST does not answer.")
	case soft(err):
		item.Unknown = false
	}
	return item
}

func (c *Connector) checkProfile(ctx context.Context, acc *offboarding.Account) (me, offboarding.CheckItem) {
	const name = "connection"
	who, err := c.profile(ctx, acc)
	if err != nil {
		return who, broken(acc, name, err)
	}
	detail := say(acc.Lang, "портал ", "portal ") + portalOf(acc) + say(acc.Lang, ", сотрудник № ", ", employee no. ") + who.ID.text()
	if n := fullName(who.Name, who.LastName); n != "" {
		detail += " (" + n + ")"
	}
	if !who.Admin.yes() {
		detail += say(acc.Lang, ", не администратор: поля сделки придётся создать вручную", ", no administrator: deal fields must be created by hand")
	}
	return who, offboarding.CheckItem{Name: name, OK: true, Detail: detail}
}

func (c *Connector) checkScope(ctx context.Context, acc *offboarding.Account) offboarding.CheckItem {
	const name = "scope"
	r, err := c.call(ctx, acc, "scope", nil)
	if hasNo(err) {
		return offboarding.CheckItem{Name: name, OK: true, Detail: say(acc.Lang, "портал не сообщает права вебхука", "the portal does not tell the webhook's scopes")}
	}
	if err != nil {
		return broken(acc, name, err)
	}
	var granted list[scalar]
	if err := r.into("scope", &granted); err != nil {
		return broken(acc, name, err)
	}
	has := func(names ...scalar) bool {
		return slices.ContainsFunc(granted, func(s scalar) bool { return slices.Contains(names, scalar(strings.ToLower(s.text()))) })
	}
	if !has("crm") {
		return offboarding.CheckItem{Name: name, Detail: say(acc.Lang,
			"у вебхука нет права «CRM» (crm): без него сделки не прочитать", "the webhook lacks the scope crm: without it no deal can be read")}
	}
	if !has("user", "user_basic", "user_brief") {
		return offboarding.CheckItem{Name: name, OK: true, Detail: say(acc.Lang,
			"право «CRM» есть; добавьте «Пользователи (базовый)» (user_basic), чтобы письма подписывал ответственный",
			"crm is granted; add user_basic, so that letters can be signed by the person responsible")}
	}
	return offboarding.CheckItem{Name: name, OK: true, Detail: say(acc.Lang, "права вебхука достаточны", "the webhook's scopes suffice")}
}

func (c *Connector) checkDeals(ctx context.Context, acc *offboarding.Account) offboarding.CheckItem {
	const name = "deals"
	r, err := c.call(ctx, acc, "crm.deal.list", params{"select": []string{"ID"}, "order": params{"ID": "DESC"}, "start": -1})
	if err != nil {
		return broken(acc, name, err)
	}
	var rows list[struct {
		ID scalar `json:"ID"`
	}]
	if err := r.into("crm.deal.list", &rows); err != nil {
		return broken(acc, name, err)
	}
	if len(rows) == 0 {
		return offboarding.CheckItem{Name: name, OK: true, Detail: say(acc.Lang,
			"вебхук не видит ни одной сделки: их нет или не хватает прав", "the webhook sees no deal: there is none, or its owner may not see them")}
	}
	return offboarding.CheckItem{Name: name, OK: true, Detail: say(acc.Lang, "сделки читаются", "deals can be read")}
}

// checkStages looks whether the pipelines can be read and every stage that has a
// meaning is still there.
func (c *Connector) checkStages(ctx context.Context, acc *offboarding.Account) []offboarding.CheckItem {
	pipelines, err := c.Pipelines(ctx, acc)
	if err != nil {
		return []offboarding.CheckItem{broken(acc, "pipelines", err)}
	}
	names := make([]string, len(pipelines))
	for i, p := range pipelines {
		names[i] = p.Name
	}
	items := []offboarding.CheckItem{{
		Name: "pipelines", OK: len(pipelines) > 0,
		Detail: say(acc.Lang, "воронки: ", "pipelines: ") + strings.Join(names, ", "),
	}}
	var lost []string
	for _, t := range acc.Triggers {
		if !slices.ContainsFunc(pipelines, func(p offboarding.Pipeline) bool {
			return (t.PipelineID == "" || p.ID == t.PipelineID) &&
				slices.ContainsFunc(p.Stages, func(s offboarding.Stage) bool { return s.ID == t.StageID })
		}) {
			lost = append(lost, strings.TrimPrefix(t.PipelineID+"/"+t.StageID, "/"))
		}
	}
	triggers := offboarding.CheckItem{Name: "triggers", OK: true}
	switch {
	case len(lost) > 0:
		triggers.OK = false
		triggers.Detail = say(acc.Lang, "таких стадий больше нет: ", "these stages are gone: ") + strings.Join(lost, ", ")
		triggers.Advice = say(acc.Lang, "Выберите другие стадии в настройках подключения (triggers).", "Choose other stages in the account's settings (triggers).")
	case len(acc.Triggers) == 0:
		triggers.Detail = say(acc.Lang, "стадии не выбраны: уходом считается любая проигранная сделка", "no stages chosen: every lost deal counts as a cancellation")
	default:
		triggers.Detail = say(acc.Lang, "все выбранные стадии на месте", "all chosen stages are there")
	}
	return append(items, triggers)
}

func (c *Connector) checkFields(ctx context.Context, acc *offboarding.Account) offboarding.CheckItem {
	const name = "fields"
	remote, err := c.remoteFields(ctx, acc)
	if err != nil && !soft(err) {
		return broken(acc, name, err)
	}
	there := ours(remote)
	var missing []string
	for _, def := range offboarding.CardFields() {
		if _, ok := there[def.Code]; !ok {
			missing = append(missing, fieldPrefix+def.Code)
		}
	}
	switch {
	case len(missing) == 0:
		return offboarding.CheckItem{Name: name, OK: true, Detail: say(acc.Lang, "все поля карточки на месте", "all fields of the card are there")}
	case len(acc.CardSetup) == 0:
		return offboarding.CheckItem{Name: name, OK: true, Detail: say(acc.Lang,
			"поля ещё не созданы: выполните setup", "the fields are not created yet: run setup")}
	}
	return offboarding.CheckItem{
		Name: name, Detail: say(acc.Lang, "нет полей: ", "missing fields: ") + strings.Join(missing, ", "),
		Advice: say(acc.Lang, "Повторите настройку подключения: opendoor account setup.", "Run the account's setup again: opendoor account setup."),
	}
}

func checkToken(acc *offboarding.Account) offboarding.CheckItem {
	if byOAuth(acc) {
		item := offboarding.CheckItem{Name: "application_token", OK: len(tokens(acc)) > 0, Detail: say(acc.Lang, "приложение установлено, токен известен", "the application is installed, its token is known")}
		if !item.OK {
			item.Detail = say(acc.Lang, "портал не сообщил токен приложения: переустановите его", "the portal has not told the application token: reinstall the application")
		}
		return item
	}
	if len(tokens(acc)) == 0 {
		return offboarding.CheckItem{Name: "application_token", Detail: say(acc.Lang,
			"нет application_token: события портала не принимаются, работают только роботы и опрос",
			"application_token is missing: the portal's events are refused; only robots and polling work")}
	}
	return offboarding.CheckItem{Name: "application_token", OK: true, Detail: say(acc.Lang, "токен исходящего вебхука задан", "the token of the outbound webhook is set")}
}
