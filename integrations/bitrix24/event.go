package bitrix24

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"opendoor/integrations/phpform"
	"opendoor/offboarding"
)

// eventOf says what the known events mean to us. Names are compared without
// regard to case: the documentation prints some in mixed case. An empty ignore
// means that the deal is read back.
var eventOf = map[string]struct {
	kind   offboarding.EventKind
	ignore string
}{
	"ONCRMDEALADD":            {kind: offboarding.DealAdded},
	"ONCRMDEALUPDATE":         {kind: offboarding.DealUpdated},
	"ONCRMDEALDELETE":         {kind: offboarding.DealDeleted},
	"ONCRMDEALMOVETOCATEGORY": {kind: offboarding.DealStageChanged},

	"ONCRMCONTACTADD":    {"contact.added", notADeal},
	"ONCRMCONTACTUPDATE": {"contact.updated", notADeal},
	"ONCRMCONTACTDELETE": {"contact.deleted", notADeal},
	"ONCRMCOMPANYADD":    {"company.added", notADeal},
	"ONCRMCOMPANYUPDATE": {"company.updated", notADeal},
	"ONCRMCOMPANYDELETE": {"company.deleted", notADeal},

	"ONTASKADD":           {"task.added", "tasks do not open cases"},
	"ONTASKUPDATE":        {"task.updated", "tasks do not open cases"},
	"ONTASKDELETE":        {"task.deleted", "tasks do not open cases"},
	"ONTASKCOMMENTADD":    {"task.commented", "tasks do not open cases"},
	"ONTASKCOMMENTUPDATE": {"task.commented", "tasks do not open cases"},
	"ONTASKCOMMENTDELETE": {"task.commented", "tasks do not open cases"},

	"ONAPPINSTALL":       {offboarding.OtherEvent, "the application was installed"},
	"ONAPPUNINSTALL":     {offboarding.OtherEvent, "the application was removed from the portal"},
	"ONAPPUPDATE":        {offboarding.OtherEvent, "the application was updated"},
	"ONAPPPAYMENT":       {offboarding.OtherEvent, "the application was paid for"},
	"ONAPPMETHODCONFIRM": {offboarding.OtherEvent, "an administrator decided about a method"},
	"ONAPPTEST":          {offboarding.OtherEvent, "a test of the connection"},
	"ONOFFLINEEVENT":     {offboarding.OtherEvent, "the portal's own queue of events has rows; the next poll reads them"},
}

const notADeal = "only deals open cases"

// familyOf catches events that differ in their ending only: ADD, UPDATE,
// DELETE, SETENUMVALUES, and _147 for one type of smart process.
var familyOf = []struct{ prefix, ignore string }{
	{"ONCRMDEALUSERFIELD", "the definition of a field changed, not a deal"},
	{"ONCRMDEALRECURRING", "the template of repeated deals changed, not a deal"},
	{"ONCRMDYNAMICITEM", "an item of a smart process; " + notADeal},
	{"ONCRMLEAD", "a lead; " + notADeal},
	{"ONCRMCONTACT", notADeal},
	{"ONCRMCOMPANY", notADeal},
	{"ONCRMACTIVITY", "an activity; " + notADeal},
	{"ONCRMTIMELINECOMMENT", "a comment in a timeline; " + notADeal},
	{"ONCRMTIMELINE", "an entry in a timeline; " + notADeal},
}

// readEvent reads a body with an event's name.
func readEvent(acc *offboarding.Account, form *phpform.Node) (event offboarding.UnpackedEvent, malformed string) {
	name := strings.ToUpper(strings.TrimSpace(form.Text("event")))
	fields := form.Get("data", "FIELDS")
	event = offboarding.UnpackedEvent{Kind: offboarding.OtherEvent, EntityID: entityID(form)}
	if typeID := dynamicType(name, fields); typeID != "" && event.EntityID != "" {
		event.EntityID = typeID + ":" + event.EntityID // the id alone is not unique
		if kind, ok := itemKind(name); ok && chose(acc, typeID) {
			event.Kind = kind
			return event, ""
		}
	}

	known, ok := eventOf[name]
	if !ok {
		event.Ignore = "an event that opendoor does not know: " + printable(name)
		for _, f := range familyOf {
			if strings.HasPrefix(name, f.prefix) {
				event.Ignore = f.ignore
				break
			}
		}
		return event, ""
	}
	event.Kind, event.Ignore = known.kind, known.ignore
	if event.Ignore == "" && event.EntityID == "" {
		return event, "the event names no deal"
	}
	if name == "ONCRMDEALMOVETOCATEGORY" {
		to := offboarding.StageRef{PipelineID: fields.Text("CATEGORY_ID"), StageID: fields.Text("STAGE_ID")}
		if to != (offboarding.StageRef{}) {
			event.Hint.To = &to
		}
	}
	return event, ""
}

// entityID finds the id of what an event is about. Tasks have it before and
// after the change, comments of a timeline directly in data; the literal word
// "undefined" stands where there is none.
func entityID(form *phpform.Node) string {
	data := form.Get("data")
	if id := data.Text("FIELDS_AFTER", "TASK_ID"); isID(id) {
		return id // of a comment, whose own id says nothing to us
	}
	for _, path := range [][]string{{"FIELDS", "ID"}, {"FIELDS_AFTER", "ID"}, {"FIELDS_BEFORE", "ID"}, {"ID"}} {
		if id := strings.TrimSpace(data.Text(path...)); isID(id) {
			return id
		}
	}
	return ""
}

// dynamicType returns the type of a smart process item: it stands in the body,
// or behind the name of an event that is bound for one type.
func dynamicType(name string, fields *phpform.Node) string {
	rest, ok := strings.CutPrefix(name, "ONCRMDYNAMICITEM")
	if !ok {
		return ""
	}
	if id := fields.Text("ENTITY_TYPE_ID"); isID(id) {
		return id
	}
	if _, suffix, ok := strings.Cut(rest, "_"); ok && isID(suffix) {
		return suffix
	}
	return ""
}

// itemKind reads what happened to an item in the name of its event, which may
// end with the type.
func itemKind(name string) (offboarding.EventKind, bool) {
	action, _, _ := strings.Cut(strings.TrimPrefix(name, "ONCRMDYNAMICITEM"), "_")
	kind, ok := map[string]offboarding.EventKind{
		"ADD": offboarding.DealAdded, "UPDATE": offboarding.DealUpdated, "DELETE": offboarding.DealDeleted,
	}[action]
	return kind, ok
}

// isID reports whether s is what Bitrix24 uses as an id: a positive decimal
// without sign and leading zeros.
func isID(s string) bool {
	n, ok := phpform.Index(s)
	return ok && n > 0
}

// unixTime reads the seconds at which the queue server sent an event, not when
// the change happened. Nonsense is the zero time.
func unixTime(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > 1<<33 { // the year 2242
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// printable makes a foreign word fit for a sentence.
func printable(s string) string {
	out := []rune{}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			r = '?'
		}
		if out = append(out, r); len(out) == 64 {
			break
		}
	}
	return string(out)
}
