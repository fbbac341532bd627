package offboarding

import (
	"opendoor/offboarding/survey"
)

// FieldType is the type of a field on the CRM's card.
type FieldType string

// The types of card fields.
const (
	FieldSelect FieldType = "select"
	FieldText   FieldType = "text"
	FieldNumber FieldType = "number"
	FieldDate   FieldType = "date"
	FieldURL    FieldType = "url"
)

// CardField defines one of our fields on the CRM's card (contract §6).
type CardField struct {
	Code    string
	Type    FieldType
	Names   map[Lang]string
	Options []CardOption
}

// CardOption is one value of a select by its stable code.
type CardOption struct {
	Code  string
	Names map[Lang]string
}

// The codes of our fields; Bitrix24 puts UF_CRM_ before them.
const (
	FieldState       = "OPENDOOR_STATE"
	FieldReason      = "OPENDOOR_REASON"
	FieldNPS         = "OPENDOOR_NPS"
	FieldEffectiveOn = "OPENDOOR_EFFECTIVE_ON"
	FieldHandover    = "OPENDOOR_HANDOVER"
	FieldNextTouch   = "OPENDOOR_NEXT_TOUCH"
	FieldCaseURL     = "OPENDOOR_CASE_URL"
)

// CardFields lists the fields that Setup creates, in the order of the card.
func CardFields() []CardField {
	states := make([]CardOption, 0, len(States))
	for _, s := range States {
		states = append(states, CardOption{string(s), map[Lang]string{RU: s.Label(RU), EN: s.Label(EN)}})
	}
	reasons := make([]CardOption, 0, 8)
	for _, g := range survey.Groups() {
		reasons = append(reasons, CardOption{g.Code, map[Lang]string{RU: g.Label("ru"), EN: g.Label("en")}})
	}
	handover := make([]CardOption, 0, len(handoverLabels))
	for _, h := range []HandoverTrack{
		HandoverNotNeeded, HandoverCollecting, HandoverReady, HandoverDelivered,
		HandoverAccepted, HandoverAcceptedWithRemarks, HandoverDisputed,
	} {
		handover = append(handover, CardOption{string(h), handoverLabels[h]})
	}
	return []CardField{
		{FieldState, FieldSelect, map[Lang]string{RU: "Уход: состояние", EN: "Leaving: state"}, states},
		{FieldReason, FieldSelect, map[Lang]string{RU: "Уход: причина", EN: "Leaving: reason"}, reasons},
		{FieldNPS, FieldNumber, map[Lang]string{RU: "Уход: оценка 0–10", EN: "Leaving: score 0–10"}, nil},
		{FieldEffectiveOn, FieldDate, map[Lang]string{RU: "Уход: последний день", EN: "Leaving: last day"}, nil},
		{FieldHandover, FieldSelect, map[Lang]string{RU: "Уход: передача дел", EN: "Leaving: handover"}, handover},
		{FieldNextTouch, FieldDate, map[Lang]string{RU: "Уход: следующее касание", EN: "Leaving: next touch"}, nil},
		{FieldCaseURL, FieldURL, map[Lang]string{RU: "Уход: карточка", EN: "Leaving: case"}, nil},
	}
}

var stateLabels = map[State]map[Lang]string{
	StateReceived:       {RU: "Получено", EN: "Received"},
	StateListening:      {RU: "Слушаем", EN: "Listening"},
	StateSaving:         {RU: "Предложили остаться", EN: "Offer to stay"},
	StateSaved:          {RU: "Остаётся", EN: "Stays"},
	StateSavedConfirmed: {RU: "Остался", EN: "Stayed"},
	StateLeaving:        {RU: "Уходит", EN: "Leaving"},
	StateParted:         {RU: "Расстались", EN: "Parted"},
	StateInTouch:        {RU: "На связи", EN: "In touch"},
	StateReturned:       {RU: "Вернулся", EN: "Returned"},
	StateClosed:         {RU: "Закрыто", EN: "Closed"},
	StateCancelled:      {RU: "Отменено", EN: "Cancelled"},
}

// Label returns the state's name for people.
func (s State) Label(l Lang) string { return stateLabels[s][l.Or(RU)] }

var handoverLabels = map[HandoverTrack]map[Lang]string{
	HandoverNotNeeded:           {RU: "Не требуется", EN: "Not needed"},
	HandoverCollecting:          {RU: "Собирается", EN: "Being collected"},
	HandoverReady:               {RU: "Готова", EN: "Ready"},
	HandoverDelivered:           {RU: "Передана", EN: "Delivered"},
	HandoverAccepted:            {RU: "Принята", EN: "Accepted"},
	HandoverAcceptedWithRemarks: {RU: "Принята с замечаниями", EN: "Accepted with remarks"},
	HandoverDisputed:            {RU: "Есть спор", EN: "Disputed"},
}

// Tags of the CRM by which a manager can filter (contract §6).
const (
	TagLeaving  = "opendoor:leaving"
	TagParted   = "opendoor:parted"
	TagReturned = "opendoor:returned"
	TagStayed   = "opendoor:stayed"
)

// AllTags lists every tag of ours, so that a connector knows which to take off.
var AllTags = []string{TagLeaving, TagParted, TagReturned, TagStayed}

// CardOf says what the CRM's card should show of the case. caseURL may be empty.
func CardOf(c *Case, caseURL string) Card {
	card := Card{Fields: []CardValue{
		{Code: FieldState, Option: string(c.State)},
		{Code: FieldCaseURL, Text: caseURL},
	}}
	add := func(v CardValue, known bool) {
		if known {
			card.Fields = append(card.Fields, v)
		}
	}
	group := survey.GroupOf(c.Reason.Code)
	add(CardValue{Code: FieldReason, Option: group}, group != "" && !c.Shielded())
	if c.Answer != nil {
		add(CardValue{Code: FieldNPS, Number: c.Answer.NPS}, c.Answer.NPS != nil)
	}
	add(CardValue{Code: FieldEffectiveOn, Day: c.Dates.EffectiveOn}, c.Dates.EffectiveOn != "")
	add(CardValue{Code: FieldHandover, Option: string(c.Tracks.Handover)}, c.State == StateLeaving || c.State == StateParted)
	switch c.State {
	case StateReceived, StateListening, StateSaving, StateLeaving:
		card.Tags = []string{TagLeaving}
	case StateParted, StateInTouch, StateClosed:
		card.Tags = []string{TagParted}
	case StateReturned:
		card.Tags = []string{TagReturned}
	case StateSaved, StateSavedConfirmed:
		card.Tags = []string{TagStayed}
	}
	return card
}

// Shielded reports whether the reason must not stand on the card, because the
// responsible may be the one who is complained of (conflict shield, domain §11).
func (c *Case) Shielded() bool {
	return survey.GroupOf(c.Reason.Code) == "people" || c.Cause == "destroyer"
}
