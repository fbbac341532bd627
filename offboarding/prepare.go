package offboarding

import (
	"context"
	"errors"
	"slices"
	"time"
)

// SetupStep is a part of setup; each may be run alone and again.
type SetupStep string

// The steps of setup, in their order.
const (
	StepRights    SetupStep = "rights"     // what the credential may do
	StepFields    SetupStep = "fields"     // create our fields, or take over those that are there
	StepHook      SetupStep = "hook"       // subscribe, or say what a person ticks where
	StepTestEvent SetupStep = "test_event" // wait for the first event
)

// SetupSteps lists the steps in their order.
var SetupSteps = []SetupStep{StepRights, StepFields, StepHook, StepTestEvent}

// Prepared is what stands after setup.
type Prepared struct {
	SetupReport
	Rights []Right
	State  SetupState
}

// SetUp runs the steps for an account and remembers what it did.
func SetUp(ctx context.Context, s Store, connectors Connectors, acc *Account, hookURL string, steps []SetupStep, by Actor, wall time.Time) (*Prepared, error) {
	con := connectors[acc.Provider]
	out := &Prepared{SetupReport: SetupReport{Hook: SetupHook{URL: hookURL, State: acc.SetUp.Hook}}, State: acc.SetUp}
	has := func(st SetupStep) bool { return slices.Contains(steps, st) }
	var err error
	if has(StepRights) {
		if out.Rights, err = con.Rights(ctx, acc); err != nil {
			return nil, err
		}
	}
	switch {
	case has(StepFields): // with the hook when that is wanted too
		to := ""
		if has(StepHook) {
			to = hookURL
		}
		report, err := con.Setup(ctx, acc, to)
		if err != nil {
			return nil, err
		}
		hook := out.Hook
		out.SetupReport = *report
		if !has(StepHook) {
			out.Hook = hook
		}
		out.State.FieldsMade = out.State.FieldsMade || len(report.Fields) > 0
	case has(StepHook):
		report, err := con.Subscribe(ctx, acc, hookURL)
		if err != nil {
			return nil, err
		}
		out.SetupReport = *report
	}
	if has(StepHook) {
		out.State.Hook = out.Hook.State
	}
	if has(StepTestEvent) {
		// A second's slack: ids are made by the clocks of other processes.
		out.State.WaitsSince, out.State.Arrived = wall.Add(-time.Second).UTC().Truncate(time.Microsecond), nil
	}
	out.State.At = wall.UTC().Truncate(time.Microsecond)
	return out, s.InTx(ctx, func(tx Store) error {
		if len(out.CardSetup) > 0 {
			if err := tx.SetAccountCardSetup(ctx, acc.ID, out.CardSetup); err != nil {
				return err
			}
		}
		if err := tx.ForgetCardFields(ctx, acc.ID, out.Created()); err != nil {
			return err
		}
		if err := tx.SaveSetup(ctx, acc.ID, out.State); err != nil {
			return err
		}
		acc.SetUp = out.State
		mended := map[ProblemKind]bool{
			ProblemFields: has(StepFields) && len(out.Fields) > 0 && len(out.Advice) == 0,
			ProblemHook:   has(StepHook) && out.State.HookSubscribed(),
		}
		if err := endProblems(ctx, tx, acc, func(k ProblemKind) bool { return mended[k] }, wall); err != nil {
			return err
		}
		return tx.Record(ctx, accountLine(acc.ID, by, "account.setup", "the CRM was prepared"))
	})
}

// Undone is what an undone setup leaves.
type Undone struct {
	Hook    SetupHook
	Removed []string // codes of fields
	Advice  []string
}

// UndoSetup takes our hook out of the CRM. Our fields, with what stands in
// them, go only when that is asked for.
func UndoSetup(ctx context.Context, s Store, connectors Connectors, acc *Account, hookURL string, fields bool, by Actor) (*Undone, error) {
	con := connectors[acc.Provider]
	out := &Undone{}
	var err error
	if out.Hook, err = con.Unsubscribe(ctx, acc, hookURL); err != nil {
		return nil, err
	}
	if out.Hook.State == HookByHand {
		out.Advice = append(out.Advice, out.Hook.Detail)
	}
	state := acc.SetUp
	state.Hook, state.WaitsSince, state.Arrived = HookUnsubscribed, time.Time{}, nil
	var failed error
	if fields {
		// What was removed is removed: it is written down even when one was refused.
		if out.Removed, failed = con.RemoveFields(ctx, acc); failed == nil {
			state.FieldsMade = false
		}
	}
	err = s.InTx(ctx, func(tx Store) error {
		if len(out.Removed) > 0 {
			if err := tx.SetAccountCardSetup(ctx, acc.ID, nil); err != nil {
				return err
			}
		}
		if err := tx.SaveSetup(ctx, acc.ID, state); err != nil {
			return err
		}
		acc.SetUp = state
		return tx.Record(ctx, accountLine(acc.ID, by, "account.setup_undone", "what setup had made in the CRM was taken back"))
	})
	return out, errors.Join(failed, err)
}

// Preview is what setup would catch.
type Preview struct {
	Pipelines   []Pipeline
	Suggestions []Suggestion
	Triggers    []Trigger // that were looked at: those given, else the suggested ones
	Caught      Caught
	ByStage     map[StageRef]int
}

// PreviewExamples is how many deals are shown.
const PreviewExamples = 5

const previewStages = 50 // more do not fit into a query

// PreviewSetup shows pipelines and stages with what they seem to mean, and what
// the triggers would have caught since then. It changes nothing.
func PreviewSetup(ctx context.Context, connectors Connectors, acc *Account, triggers []Trigger, since time.Time) (*Preview, error) {
	con := connectors[acc.Provider]
	live, err := con.Pipelines(ctx, acc)
	if err != nil {
		return nil, err
	}
	p := &Preview{Pipelines: live, Suggestions: Suggest(live, acc.Lang), Triggers: triggers, ByStage: map[StageRef]int{}}
	if triggers == nil {
		for _, s := range p.Suggestions {
			p.Triggers = append(p.Triggers, s.Trigger)
		}
	}
	stages := p.cancelling()
	if len(stages) > previewStages {
		stages = stages[:previewStages]
		p.Caught.More = true
	}
	caught, err := con.Caught(ctx, acc, stages, since)
	if err != nil {
		return nil, err
	}
	caught.More = caught.More || p.Caught.More
	p.Caught = caught
	for _, d := range caught.Deals {
		p.ByStage[d.Stage]++
	}
	return p, nil
}

// cancelling lists the live stages whose trigger means cancelled; a trigger
// without a pipeline is meant in all of them.
func (p *Preview) cancelling() []StageRef {
	var out []StageRef
	for _, t := range p.Triggers {
		if t.Means != MeansCancelled {
			continue
		}
		for _, pipe := range p.Pipelines {
			if t.PipelineID != "" && t.PipelineID != pipe.ID {
				continue
			}
			for _, st := range pipe.Stages {
				if ref := (StageRef{PipelineID: pipe.ID, StageID: st.ID}); st.ID == t.StageID && !slices.Contains(out, ref) {
					out = append(out, ref)
				}
			}
		}
	}
	return out
}

// TestAdvice tells how to make an event come.
func TestAdvice(acc *Account) string {
	switch acc.Provider {
	case AmoCRM:
		return acc.say("Откройте любую сделку, измените что-нибудь незначительное, например бюджет на рубль, и сохраните.", "Open any lead, change something small, such as its price by one, and save it.")
	case Bitrix24:
		return acc.say("Откройте любую сделку, измените что-нибудь незначительное, например комментарий, и сохраните.", "Open any deal, change something small, such as its comment, and save it.")
	}
	return acc.say("Отправьте пробное событие: type «test» подойдёт, дела оно не откроет.", "Send a trial event; the type “test” will do and opens no case.")
}
