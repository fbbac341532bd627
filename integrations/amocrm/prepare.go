package amocrm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"opendoor/offboarding"
)

// tokenEndings are the days before the end at which people are told.
var tokenEndings = []int{1, 7, 30}

// checkTokenEnd tells when a long-lived token ends (reference §3.4): it cannot
// be refreshed, as a token of OAuth is.
func (c *Connector) checkTokenEnd(acc *offboarding.Account) []offboarding.CheckItem {
	cl := claimsOf(acc.Credentials["access_token"])
	if cl.Expires <= 0 || byOAuth(acc) {
		return nil
	}
	ends := unix(cl.Expires)
	left := ends.Sub(c.wall())
	item := offboarding.CheckItem{Name: "token_ends", OK: true, Detail: fmt.Sprintf(say(acc, tokenValid), ends.In(acc.Location()).Format(time.DateOnly))}
	for _, days := range tokenEndings {
		if left <= time.Duration(days)*24*time.Hour {
			item.OK, item.Stage = false, strconv.Itoa(days)
			item.Detail = fmt.Sprintf(say(acc, tokenEnds), ends.In(acc.Location()).Format("2006-01-02 15:04"))
			item.Advice = say(acc, tokenRenew)
			break
		}
	}
	return []offboarding.CheckItem{item}
}

// Rights lists what the token may do.
func (c *Connector) Rights(ctx context.Context, acc *offboarding.Account) ([]offboarding.Right, error) {
	a, err := c.account(ctx, acc, 0)
	if err != nil {
		return nil, err
	}
	readable := true
	if _, err := c.fields(ctx, acc, 0); offboarding.IsKind(err, offboarding.KindInvalid) {
		readable = false
	} else if err != nil {
		return nil, err
	}
	u, err := c.user(ctx, acc, a.CurrentUserID)
	if err != nil && !offboarding.IsKind(err, offboarding.KindInvalid) {
		return nil, err
	}
	_, err = c.webhooks(ctx, acc, "")
	if err != nil && !byHand(err) {
		return nil, err
	}
	rights := []offboarding.Right{
		{Name: "leads", OK: true, Needed: true, Detail: say(acc, rightLeads)},
		{Name: "administrator", OK: bool(u.Rights.V.IsAdmin), Detail: say(acc, rightAdmin)},
		{Name: "fields", OK: readable, Detail: say(acc, rightFields)},
		{Name: "webhooks", OK: err == nil, Detail: say(acc, rightHooks)},
	}
	token, err := c.accessTo(ctx, acc)
	if err != nil {
		return nil, err
	}
	if cl := claimsOf(token.token); len(cl.Scopes) > 0 {
		rights = append(rights,
			offboarding.Right{Name: "scope crm", OK: slices.Contains(cl.Scopes, "crm"), Needed: true, Detail: say(acc, rightCRM)},
			offboarding.Right{Name: "scope files", OK: slices.Contains(cl.Scopes, "files"), Detail: say(acc, rightFiles)},
		)
	}
	return rights, nil
}

// Bounds of one look at the past: at most so many calls, whatever the account holds.
const (
	caughtPages  = 4
	caughtPage   = 250 // the most that leads answer
	caughtEvents = 4   // pages of the journal
)

// Caught looks for leads that came into the stages since then. Final stages are
// dated by the CRM; of others only the journal knows when a lead came.
func (c *Connector) Caught(ctx context.Context, acc *offboarding.Account, stages []offboarding.StageRef, since time.Time) (offboarding.Caught, error) {
	var out offboarding.Caught
	var final, others []offboarding.StageRef
	for _, s := range stages {
		if id := s.StageID; id == strconv.Itoa(stageLost) || id == strconv.Itoa(stageWon) {
			final = append(final, s)
		} else {
			others = append(others, s)
		}
	}
	if err := c.caughtFinal(ctx, acc, final, since, &out); err != nil {
		return out, err
	}
	if err := c.caughtByJournal(ctx, acc, others, since, &out); err != nil {
		return out, err
	}
	slices.SortFunc(out.Deals, func(a, b offboarding.CaughtDeal) int { return b.At.Compare(a.At) })
	return out, nil
}

func (c *Connector) caughtFinal(ctx context.Context, acc *offboarding.Account, stages []offboarding.StageRef, since time.Time, out *offboarding.Caught) error {
	if len(stages) == 0 {
		return nil
	}
	query := url.Values{"limit": {itoa(caughtPage)}, "order[id]": {"desc"}, "filter[closed_at][from]": {itoa(since.Unix())}}
	for i, s := range stages { // both keys are needed (reference §4.5)
		query.Set(fmt.Sprintf("filter[statuses][%d][pipeline_id]", i), s.PipelineID)
		query.Set(fmt.Sprintf("filter[statuses][%d][status_id]", i), s.StageID)
	}
	for page := int64(1); page <= caughtPages; page++ {
		query.Set("page", itoa(page))
		var answer collection
		found, err := c.get(ctx, acc, "leads", query, &answer)
		if err != nil {
			return fmt.Errorf("look for lost leads: %w", err)
		}
		for _, l := range answer.Embedded.V.Leads {
			ref := offboarding.StageRef{PipelineID: l.PipelineID.id(), StageID: l.StatusID.id()}
			at := unix(l.ClosedAt)
			if !slices.Contains(stages, ref) || at.Before(since) { // an account that ignores the filter
				continue
			}
			out.Deals = append(out.Deals, offboarding.CaughtDeal{ID: l.ID.id(), Title: string(l.Name), URL: leadURL(acc, l.ID), Stage: ref, At: at})
		}
		if !found || !answer.more() {
			return nil
		}
	}
	out.More = true
	return nil
}

func (c *Connector) caughtByJournal(ctx context.Context, acc *offboarding.Account, stages []offboarding.StageRef, since time.Time, out *offboarding.Caught) error {
	if len(stages) == 0 {
		return nil
	}
	query := url.Values{
		"filter[type]": {"lead_status_changed"}, "filter[entity]": {"lead"}, "limit": {itoa(pollPage)},
		"filter[created_at]": {fmt.Sprintf("%d,%d", since.Unix(), c.latest().Unix()+int64(pollAhead/time.Second))},
	}
	for i, s := range stages {
		query.Set(fmt.Sprintf("filter[value_after][leads_statuses][%d][pipeline_id]", i), s.PipelineID)
		query.Set(fmt.Sprintf("filter[value_after][leads_statuses][%d][status_id]", i), s.StageID)
	}
	known := map[number]int{}
	for page := int64(1); page <= caughtEvents; page++ {
		query.Set("page", itoa(page))
		var answer collection
		found, err := c.get(ctx, acc, "events", query, &answer)
		if err != nil {
			return fmt.Errorf("look through the journal: %w", err)
		}
		for _, e := range answer.Embedded.V.Events {
			to := stageOf(e.After)
			if to == nil || !slices.Contains(stages, *to) || e.EntityID <= 0 {
				continue
			}
			if _, seen := known[e.EntityID]; seen {
				continue // newest first: the last time counts
			}
			known[e.EntityID] = len(out.Deals)
			out.Deals = append(out.Deals, offboarding.CaughtDeal{ID: e.EntityID.id(), URL: leadURL(acc, e.EntityID), Stage: *to, At: unix(e.CreatedAt)})
		}
		if !found || !answer.more() {
			return c.nameLeads(ctx, acc, known, out)
		}
	}
	out.More = true
	return c.nameLeads(ctx, acc, known, out)
}

// namedLeads is how many examples get their names, in one call.
const namedLeads = 50

// nameLeads asks for the names of the newest leads of the journal.
func (c *Connector) nameLeads(ctx context.Context, acc *offboarding.Account, known map[number]int, out *offboarding.Caught) error {
	ids := make([]number, 0, len(known))
	for id := range known {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b number) int { return out.Deals[known[b]].At.Compare(out.Deals[known[a]].At) })
	ids = ids[:min(len(ids), namedLeads)]
	if len(ids) == 0 {
		return nil
	}
	query := url.Values{"limit": {itoa(namedLeads)}}
	for _, id := range ids {
		query.Add("filter[id][]", id.id())
	}
	var answer collection
	if _, err := c.get(ctx, acc, "leads", query, &answer); err != nil {
		return fmt.Errorf("name leads: %w", err)
	}
	for _, l := range answer.Embedded.V.Leads {
		if i, ok := known[l.ID]; ok {
			out.Deals[i].Title = string(l.Name)
		}
	}
	return nil
}

// Subscribe makes the CRM send hooks to hookURL, or says how a person does it.
func (c *Connector) Subscribe(ctx context.Context, acc *offboarding.Account, hookURL string) (*offboarding.SetupReport, error) {
	hook, err := c.subscribe(ctx, acc, hookURL)
	if err != nil {
		return nil, err
	}
	report := &offboarding.SetupReport{Hook: hook}
	if hook.State == offboarding.HookByHand {
		report.Advice = []string{hook.Detail}
	}
	setup := setupOf(acc)
	setup.HookHash = hashOf(hookURL)
	if report.CardSetup, err = json.Marshal(setup); err != nil {
		return nil, fmt.Errorf("write card setup: %w", err)
	}
	return report, nil
}

// Unsubscribe takes our hook away.
func (c *Connector) Unsubscribe(ctx context.Context, acc *offboarding.Account, hookURL string) (offboarding.SetupHook, error) {
	hook := offboarding.SetupHook{URL: hookURL, State: offboarding.HookUnsubscribed}
	_, err := c.send(ctx, acc, http.MethodDelete, "webhooks", map[string]string{"destination": hookURL}, nil)
	if byHand(err) {
		hook.State, hook.Detail = offboarding.HookByHand, fmt.Sprintf(say(acc, removeHook), hookURL)
		return hook, nil
	}
	if err != nil && !refusedWith(err, http.StatusNotFound) {
		return hook, fmt.Errorf("unsubscribe the hook: %w", err)
	}
	return hook, nil
}

// RemoveFields deletes our fields, known by their codes, and what stands in them.
func (c *Connector) RemoveFields(ctx context.Context, acc *offboarding.Account) ([]string, error) {
	c.forgetFields(acc)
	defer c.forgetFields(acc)
	all, err := c.fields(ctx, acc, 0)
	if err != nil {
		return nil, err
	}
	var removed []string
	var failed []error
	found := ourFields(all)
	for _, want := range offboarding.CardFields() {
		f, ok := found[want.Code]
		if !ok {
			continue
		}
		if _, err := c.send(ctx, acc, http.MethodDelete, "leads/custom_fields/"+f.ID.id(), nil, nil); err != nil {
			failed = append(failed, fmt.Errorf("delete field %s: %w", want.Code, err))
			continue
		}
		removed = append(removed, want.Code)
	}
	return removed, errors.Join(failed...)
}
