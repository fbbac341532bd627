package amocrm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"opendoor/offboarding"
)

// subscription is what a hook must be subscribed to: both twins of a stage
// change, because the CRM does not always send both, and what undoes one.
var subscription = []string{"status_lead", "update_lead", "add_lead", "delete_lead", "restore_lead", "responsible_lead"}

// Setup makes our fields and subscribes the hook. It is repeatable: what is
// there is kept. What the token's user or the plan does not allow is left to a
// person, with advice. Without hookURL the hook is left alone.
func (c *Connector) Setup(ctx context.Context, acc *offboarding.Account, hookURL string) (*offboarding.SetupReport, error) {
	var report offboarding.SetupReport
	setup, err := c.setUpFields(ctx, acc, &report)
	if err != nil {
		return nil, err
	}
	setup.HookHash = setupOf(acc).HookHash
	if hookURL != "" {
		if report.Hook, err = c.subscribe(ctx, acc, hookURL); err != nil {
			return nil, err
		}
		setup.HookHash = hashOf(hookURL)
	}
	if report.Hook.State == offboarding.HookByHand {
		report.Advice = append(report.Advice, report.Hook.Detail)
	}
	slices.Sort(report.Advice)
	report.Advice = slices.Compact(report.Advice)
	if report.CardSetup, err = json.Marshal(setup); err != nil {
		return nil, fmt.Errorf("write card setup: %w", err)
	}
	return &report, nil
}

func hashOf(hookURL string) string {
	sum := sha256.Sum256([]byte(hookURL))
	return hex.EncodeToString(sum[:])
}

type newField struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	Code      string `json:"code"`
	Sort      int    `json:"sort"`
	IsAPIOnly bool   `json:"is_api_only"` // people see the field but do not edit it
	Enums     []enum `json:"enums,omitempty"`
	RequestID string `json:"request_id"`
}

func (c *Connector) setUpFields(ctx context.Context, acc *offboarding.Account, report *offboarding.SetupReport) (cardSetup, error) {
	c.forgetFields(acc)
	defer c.forgetFields(acc)
	all, err := c.fields(ctx, acc, cacheFor)
	if offboarding.IsKind(err, offboarding.KindInvalid) {
		report.Advice = append(report.Advice, say(acc, adviceFields))
		return cardSetup{}, nil
	}
	if err != nil {
		return cardSetup{}, err
	}
	created := map[string]bool{}
	var missing []newField
	for i, want := range offboarding.CardFields() {
		at := slices.IndexFunc(all, func(f customField) bool { return f.is(want) })
		switch {
		case at < 0:
			missing = append(missing, newField{
				Name: want.Names[acc.Lang.Or(offboarding.RU)], Type: typeOf(want.Type), Code: want.Code, Sort: 600 + i,
				IsAPIOnly: true, Enums: enumsFor(want, nil, acc.Lang), RequestID: want.Code,
			})
		case string(all[at].Type) != typeOf(want.Type):
			report.Advice = append(report.Advice, fmt.Sprintf(say(acc, adviceType), want.Code, all[at].Name, typeOf(want.Type)))
		default:
			if err := c.completeField(ctx, acc, &all[at], want); err != nil {
				if !offboarding.IsKind(err, offboarding.KindInvalid) {
					return cardSetup{}, err
				}
				report.Advice = append(report.Advice, say(acc, adviceFields))
			}
		}
	}
	if len(missing) > 0 {
		_, err := c.send(ctx, acc, http.MethodPost, "leads/custom_fields", missing, nil)
		switch {
		case offboarding.IsKind(err, offboarding.KindInvalid):
			report.Advice = append(report.Advice, say(acc, adviceFields))
		case err != nil:
			return cardSetup{}, fmt.Errorf("create fields: %w", err)
		default:
			// Sample answers differ in what they tell of new fields; the list is sure.
			if all, err = c.fields(ctx, acc, 0); err != nil {
				return cardSetup{}, err
			}
			for _, f := range missing {
				created[f.Code] = true
			}
		}
	}
	setup := cardSetup{Fields: ourFields(all)}
	for _, want := range offboarding.CardFields() {
		if f, ok := setup.Fields[want.Code]; ok {
			report.Fields = append(report.Fields, offboarding.SetupField{
				Code: want.Code, RemoteID: f.ID.id(), Name: nameOf(all, f.ID), Created: created[want.Code],
			})
		}
	}
	return setup, nil
}

// completeField adds the values that a select of an older version lacks. The
// values that are there are sent along: the list replaces the old one.
func (c *Connector) completeField(ctx context.Context, acc *offboarding.Account, f *customField, want offboarding.CardField) error {
	enums := enumsFor(want, f, acc.Lang)
	if len(enums) == len(f.Enums) {
		return nil
	}
	var answer customField
	_, err := c.send(ctx, acc, http.MethodPatch, "leads/custom_fields/"+f.ID.id(), map[string]any{"enums": enums}, &answer)
	if err != nil {
		return fmt.Errorf("add values to a field: %w", err)
	}
	if len(answer.Enums) > 0 {
		f.Enums = answer.Enums
	}
	return nil
}

// enumsFor lists the values of a select: those it has, and the missing ones.
func enumsFor(want offboarding.CardField, has *customField, lang offboarding.Lang) []enum {
	var enums []enum
	if has != nil {
		enums = slices.Clone([]enum(has.Enums))
	}
	for i, option := range want.Options {
		if has != nil {
			if _, ok := enumOf(*has, option); ok {
				continue
			}
		}
		enums = append(enums, enum{
			Value: text(option.Names[lang.Or(offboarding.RU)]), Code: text(option.Code), Sort: number(i + 1),
		})
	}
	return enums
}

func nameOf(all []customField, id number) string {
	for _, f := range all {
		if f.ID == id {
			return string(f.Name)
		}
	}
	return ""
}

// subscribe makes the CRM send hooks to hookURL. A POST replaces the settings,
// so they are read first and sent back with ours.
func (c *Connector) subscribe(ctx context.Context, acc *offboarding.Account, hookURL string) (offboarding.SetupHook, error) {
	hook := offboarding.SetupHook{URL: hookURL}
	all, err := c.webhooks(ctx, acc, hookURL)
	if byHand(err) {
		return handHook(acc, hook), nil
	}
	if err != nil {
		return hook, err
	}
	settings := slices.Clone(subscription)
	for _, there := range all {
		if string(there.Destination) != hookURL {
			continue
		}
		if lacks := there.lacks(); len(lacks) == 0 && !bool(there.Disabled) {
			hook.State = "already_subscribed"
			return hook, nil
		}
		for _, s := range there.Settings {
			if !slices.Contains(settings, string(s)) {
				settings = append(settings, string(s))
			}
		}
	}
	wanted := map[string]any{"destination": hookURL, "settings": settings, "sort": 10}
	_, err = c.send(ctx, acc, http.MethodPost, "webhooks", wanted, nil)
	if byHand(err) {
		return handHook(acc, hook), nil
	}
	if err != nil {
		return hook, fmt.Errorf("subscribe the hook: %w", err)
	}
	hook.State, hook.Created = "subscribed", true
	return hook, nil
}

func (c *Connector) webhooks(ctx context.Context, acc *offboarding.Account, destination string) ([]webhook, error) {
	var query url.Values
	if destination != "" {
		query = url.Values{"filter[destination]": {destination}}
	}
	var answer collection
	if _, err := c.get(ctx, acc, "webhooks", query, &answer); err != nil {
		return nil, fmt.Errorf("read the hooks: %w", err)
	}
	return answer.Embedded.V.Hooks, nil
}

// lacks lists what of our subscription a hook is not subscribed to.
func (w webhook) lacks() []string {
	var missing []string
	for _, s := range subscription {
		if !slices.Contains(w.Settings, text(s)) {
			missing = append(missing, s)
		}
	}
	return missing
}

// byHand reports whether the CRM lets only a person subscribe hooks: on cheaper
// plans, and for users who are no administrators.
func byHand(err error) bool {
	return refusedWith(err, http.StatusPaymentRequired) || offboarding.IsKind(err, offboarding.KindInvalid)
}

func handHook(acc *offboarding.Account, hook offboarding.SetupHook) offboarding.SetupHook {
	hook.State = "by_hand"
	where := adviceHookAmo
	if base, err := url.Parse(acc.BaseURL); err == nil && strings.HasSuffix(base.Hostname(), ".kommo.com") {
		where = adviceHookKommo
	}
	hook.Detail = fmt.Sprintf(say(acc, where), hook.URL)
	return hook
}

// Pipelines lists the pipelines that are in use, with their stages.
func (c *Connector) Pipelines(ctx context.Context, acc *offboarding.Account) ([]offboarding.Pipeline, error) {
	all, err := c.pipelines(ctx, acc, 0)
	if err != nil {
		return nil, err
	}
	out := make([]offboarding.Pipeline, 0, len(all))
	for _, p := range all {
		if p.IsArchive {
			continue
		}
		pipe := offboarding.Pipeline{ID: p.ID.id(), Name: string(p.Name)}
		for _, s := range p.Embedded.V.Statuses {
			pipe.Stages = append(pipe.Stages, offboarding.Stage{ID: s.ID.id(), Name: string(s.Name), Outcome: outcomeOf(s.ID)})
		}
		out = append(out, pipe)
	}
	return out, nil
}

// RemoteID asks the CRM for its own id of the account, so that it need not be
// learned from the first hook.
func (c *Connector) RemoteID(ctx context.Context, acc *offboarding.Account) (string, error) {
	a, err := c.account(ctx, acc, 0)
	if err != nil {
		return "", err
	}
	return strconv.FormatInt(int64(a.ID), 10), nil
}
