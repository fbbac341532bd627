package amocrm

import "opendoor/offboarding"

// event translates a record into the contract's words.
func (r *record) event() offboarding.UnpackedEvent {
	e := offboarding.UnpackedEvent{Kind: offboarding.OtherEvent, EntityID: r.UID}
	if r.ID != 0 {
		e.EntityID = itoa(r.ID)
	}
	if r.Kind == kindIgnored {
		e.Ignore = "opendoor has no use for " + r.Entity + "[" + r.Action + "]"
		return e
	}
	switch r.Entity {
	case "leads":
		e.Kind, e.Hint = r.dealKind(), r.hint()
		if e.Kind == offboarding.DealNote {
			e.Ignore = "a note on the deal changes nothing"
		}
	case "contacts", "companies":
		e.Ignore = "only deals tell that a client leaves"
		if r.Type == "contact" || r.Type == "company" {
			e.Kind = offboarding.EventKind(r.Type + "." + suffixOf(r.Kind))
		}
	case "task", "tasks":
		e.Kind = offboarding.EventKind("task." + suffixOf(r.Kind))
		e.Ignore = "only deals tell that a client leaves"
	case "unsorted":
		e.Ignore = "an incoming request was never a client"
	default:
		e.Ignore = "only deals tell that a client leaves"
	}
	return e
}

func (r *record) dealKind() offboarding.EventKind {
	switch r.Kind {
	case kindStatusChanged:
		return offboarding.DealStageChanged
	case kindTrigger:
		return offboarding.DealUpdated
	}
	return offboarding.EventKind("deal." + suffixOf(r.Kind))
}

func suffixOf(k kind) string {
	switch k {
	case kindCreated:
		return "added"
	case kindNoteAdded:
		return "note"
	case kindTaskCompleted:
		return "completed"
	}
	return string(k)
}

// hint says what the record claims about stages. A change of the responsible
// drags an old_status_id along that means nothing.
func (r *record) hint() offboarding.Hint {
	h := offboarding.Hint{OccurredAt: r.ChangedAt}
	switch r.Kind {
	case kindStatusChanged, kindCreated, kindUpdated:
		h.Robot = r.DigitalPipeline
		h.To = stageRef(r.PipelineID, r.StatusID)
	default:
		return h
	}
	if r.stageMoved() {
		from := r.OldPipelineID
		if from == nil {
			from = r.PipelineID
		}
		h.From = stageRef(from, r.OldStatusID)
	}
	return h
}

func stageRef(pipeline, stage *int64) *offboarding.StageRef {
	if stage == nil {
		return nil
	}
	ref := &offboarding.StageRef{StageID: itoa(*stage)}
	if pipeline != nil {
		ref.PipelineID = itoa(*pipeline)
	}
	return ref
}
