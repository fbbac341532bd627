package amocrm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

// Check tries the connection: token, rights, pipelines, hook and fields. When
// the token does not work the rest is not asked.
func (c *Connector) Check(ctx context.Context, acc *offboarding.Account) []offboarding.CheckItem {
	a, item := c.checkToken(ctx, acc)
	items := []offboarding.CheckItem{item}
	if !item.OK {
		return items
	}
	items = append(items,
		c.checkRights(ctx, acc, a.CurrentUserID),
		c.checkPipelines(ctx, acc),
		c.checkHook(ctx, acc),
		c.checkFields(ctx, acc),
	)
	return append(items, c.checkTokenEnd(acc)...)
}

func (c *Connector) checkToken(ctx context.Context, acc *offboarding.Account) (crmAccount, offboarding.CheckItem) {
	a, err := c.account(ctx, acc, 0)
	switch {
	case err != nil:
		return a, failed(acc, "token", err)
	case acc.RemoteID != "" && a.ID.id() != acc.RemoteID:
		return a, offboarding.CheckItem{Name: "token", Detail: fmt.Sprintf(say(acc, otherAccount), a.ID.id(), acc.RemoteID)}
	}
	return a, offboarding.CheckItem{Name: "token", OK: true, Detail: fmt.Sprintf(say(acc, foundAccount), a.Name, a.ID.id())}
}

func (c *Connector) checkRights(ctx context.Context, acc *offboarding.Account, me number) offboarding.CheckItem {
	item := offboarding.CheckItem{Name: "rights"}
	_, err := c.fields(ctx, acc, 0)
	switch {
	case offboarding.IsKind(err, offboarding.KindInvalid):
		item.Detail, item.Advice = say(acc, fieldsUnreadable), say(acc, makeAdmin)
		return item
	case err != nil:
		return failed(acc, item.Name, err)
	}
	u, err := c.user(ctx, acc, me)
	switch {
	case err != nil && !offboarding.IsKind(err, offboarding.KindInvalid):
		return failed(acc, item.Name, err)
	case err != nil || !bool(u.Rights.V.IsAdmin):
		item.Detail, item.Advice = say(acc, userIsNoAdmin), say(acc, makeAdmin)
	default:
		item.OK, item.Detail = true, say(acc, userIsAdmin)
	}
	return item
}

func (c *Connector) checkPipelines(ctx context.Context, acc *offboarding.Account) offboarding.CheckItem {
	item := offboarding.CheckItem{Name: "pipelines"}
	live, err := c.Pipelines(ctx, acc)
	if err != nil {
		return failed(acc, item.Name, err)
	}
	var gone []string
	for _, t := range acc.Triggers {
		if t.PipelineID == customersPipeline {
			continue // periodic clients, whose stages are days
		}
		there := slices.ContainsFunc(live, func(p offboarding.Pipeline) bool {
			return (t.PipelineID == "" || p.ID == t.PipelineID) &&
				slices.ContainsFunc(p.Stages, func(s offboarding.Stage) bool { return s.ID == t.StageID })
		})
		if !there {
			gone = append(gone, t.PipelineID+"/"+t.StageID)
		}
	}
	if len(gone) > 0 {
		item.Detail, item.Advice = fmt.Sprintf(say(acc, stagesGone), strings.Join(gone, ", ")), say(acc, chooseStages)
		return item
	}
	item.OK, item.Detail = true, fmt.Sprintf(say(acc, stagesFound), len(live))
	return item
}

// checkHook looks for the hook that Setup has subscribed; without a setup any
// hook of an opendoor will do.
func (c *Connector) checkHook(ctx context.Context, acc *offboarding.Account) offboarding.CheckItem {
	item := offboarding.CheckItem{Name: "hook"}
	all, err := c.webhooks(ctx, acc, "")
	switch {
	case byHand(err):
		item.OK, item.Detail = true, say(acc, hookUnknowable)
		return item
	case err != nil:
		return failed(acc, item.Name, err)
	}
	hash := setupOf(acc).HookHash
	for _, h := range all {
		ours := strings.Contains(string(h.Destination), "/hooks/amocrm/")
		if hash != "" {
			ours = hashOf(string(h.Destination)) == hash
		}
		if !ours {
			continue
		}
		lacks := h.lacks()
		switch {
		case bool(h.Disabled):
			item.Detail, item.Advice = say(acc, hookOff), say(acc, switchOn)
		case len(lacks) > 0:
			item.Detail, item.Advice = fmt.Sprintf(say(acc, hookIncomplete), strings.Join(lacks, ", ")), say(acc, runSetup)
		default:
			item.OK, item.Detail = true, say(acc, hookWorks)
		}
		return item
	}
	item.Detail, item.Advice = say(acc, hookMissing), say(acc, runSetup)
	return item
}

func (c *Connector) checkFields(ctx context.Context, acc *offboarding.Account) offboarding.CheckItem {
	item := offboarding.CheckItem{Name: "fields"}
	all, err := c.fields(ctx, acc, cacheFor)
	if err != nil {
		return failed(acc, item.Name, err)
	}
	found := ourFields(all)
	var missing []string
	for _, want := range offboarding.CardFields() {
		if _, ok := found[want.Code]; !ok {
			missing = append(missing, want.Code)
		}
	}
	if len(missing) > 0 {
		item.Detail, item.Advice = fmt.Sprintf(say(acc, fieldsMissing), strings.Join(missing, ", ")), say(acc, runSetup)
		return item
	}
	item.OK, item.Detail = true, say(acc, fieldsFound)
	return item
}

// failed explains an error to the administrator. Only messages that were made
// to be shown appear.
func failed(acc *offboarding.Account, name string, err error) offboarding.CheckItem {
	item := offboarding.CheckItem{Name: name}
	backoff, waits := errors.AsType[*offboarding.Backoff](err)
	_, postponed := errors.AsType[*offboarding.Postpone](err)
	item.Unknown = true
	switch {
	case offboarding.IsKind(err, offboarding.KindUnauthorized):
		item.Detail, item.Advice, item.Refused, item.Unknown = say(acc, checkUnauthorized), say(acc, tokenRenew), true, false
	case waits && backoff.Park:
		item.Detail, item.Advice, item.Parked, item.Unknown = say(acc, checkParked), say(acc, payOrAsk), true, false
	case postponed:
		item.Detail = say(acc, checkPostponed)
	case offboarding.IsKind(err, offboarding.KindInvalid):
		item.Unknown = false
		item.Detail = fmt.Sprintf(say(acc, checkMisconfigured), outbound.Reason(acc.Lang, err, reasons))
	default:
		item.Detail = fmt.Sprintf(say(acc, checkFailed), outbound.Reason(acc.Lang, err, reasons))
	}
	return item
}
