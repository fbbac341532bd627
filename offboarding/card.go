package offboarding

import (
	"slices"

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
	FieldInitiator   = "OPENDOOR_INITIATOR"
	FieldReason2     = "OPENDOOR_REASON2"
	FieldCause       = "OPENDOOR_CAUSE"
	FieldService     = "OPENDOOR_SERVICE_RELATED"
	FieldIntent      = "OPENDOOR_INTENT"
	FieldSettlement  = "OPENDOOR_SETTLEMENT"
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
		{FieldInitiator, FieldSelect, map[Lang]string{RU: "Уход: инициатор", EN: "Leaving: initiator"}, initiatorOptions},
		{FieldReason2, FieldSelect, map[Lang]string{RU: "Уход: причина подробнее", EN: "Leaving: reason in detail"}, reason2Options()},
		{FieldCause, FieldSelect, map[Lang]string{RU: "Уход: корень причины", EN: "Leaving: root cause"}, causeOptions},
		{FieldService, FieldSelect, map[Lang]string{RU: "Уход: связь с качеством", EN: "Leaving: about our work"}, serviceOptions},
		{FieldIntent, FieldSelect, map[Lang]string{RU: "Уход: намерение", EN: "Leaving: intent"}, intentOptions},
		{FieldSettlement, FieldSelect, map[Lang]string{RU: "Уход: расчёт", EN: "Leaving: settlement"}, settlementOptions},
	}
}

func reason2Options() []CardOption {
	var out []CardOption
	for _, r := range survey.Reasons() {
		if r.Group != shieldedGroup { // never on the card, so that there is nothing to choose either
			out = append(out, CardOption{r.Code, map[Lang]string{RU: r.Label("ru"), EN: r.Label("en")}})
		}
	}
	return out
}

func named(code, ru, en string) CardOption {
	return CardOption{code, map[Lang]string{RU: ru, EN: en}}
}

var (
	initiatorOptions = []CardOption{
		named(string(ByClient), "Клиент", "The client"), named(string(ByCompany), "Компания", "The company"),
		named(string(ByLapse), "Пропал без слов", "Faded away"),
	}
	// The fourth cause, an employee, is never written to the card (domain §11).
	causeOptions = []CardOption{
		named("silence", "Мы пропали", "We went silent"), named("broken_terms", "Нарушили договорённости", "Broken terms"),
		named("third_party", "Повлияла третья сторона", "A third party"), named("none", "Не в нас", "Nothing of ours"),
	}
	serviceOptions = []CardOption{
		named(string(ServiceYes), "Связано", "Yes"), named(string(ServicePartly), "Отчасти", "Partly"),
		named(string(ServiceNo), "Не связано", "No"), named(string(ServiceUnknown), "Неизвестно", "Not known"),
	}
	intentOptions = []CardOption{
		named(string(IntentUnknown), "Неизвестно", "Not known"), named(string(IntentVenting), "Выпускает пар", "Letting off steam"),
		named(string(IntentUndecided), "Сомневается", "Undecided"), named(string(IntentFinal), "Решение принято", "Decided"),
	}
	settlementOptions = []CardOption{
		named(string(SettlementNotNeeded), "Не требуется", "Not needed"), named(string(SettlementDraft), "Черновик", "Draft"),
		named(string(SettlementApproved), "Утверждён", "Approved"), named(string(SettlementSent), "Отправлен", "Sent"),
		named(string(SettlementAgreed), "Согласован", "Agreed"), named(string(SettlementDisputed), "Есть спор", "Disputed"),
		named(string(SettlementSettled), "Закрыт", "Settled"),
	}
)

func optionOf(options []CardOption, code string) bool {
	return slices.ContainsFunc(options, func(o CardOption) bool { return o.Code == code })
}

// CardFieldType is the type of the field with the code.
func CardFieldType(code string) FieldType { return cardFieldTypes[code] }

var cardFieldTypes = func() map[string]FieldType {
	types := map[string]FieldType{}
	for _, f := range CardFields() {
		types[f.Code] = f.Type
	}
	return types
}()

var stateLabels = map[State]map[Lang]string{
	StateProposed:       {RU: "Предложено расстаться", EN: "Parting proposed"},
	StateCoolingOff:     {RU: "Остываем", EN: "Cooling off"},
	StateApproval:       {RU: "Ждёт согласования", EN: "Awaiting approval"},
	StateDropped:        {RU: "Продолжаем работать", EN: "We carry on"},
	StateParting:        {RU: "Прощаемся", EN: "Saying goodbye"},
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

	TagNoService = "opendoor:no_further_service"
)

// AllTags lists every tag of ours, so that a connector knows which to take off.
var AllTags = []string{TagLeaving, TagParted, TagReturned, TagStayed, TagNoService}

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
	add(CardValue{Code: FieldReason2, Option: c.Reason.Code}, !c.Shielded() && optionOf(reason2Options(), c.Reason.Code))
	add(CardValue{Code: FieldCause, Option: c.Cause}, !c.Shielded() && optionOf(causeOptions, c.Cause))
	add(CardValue{Code: FieldService, Option: string(c.ServiceRelated)}, !c.Shielded() && optionOf(serviceOptions, string(c.ServiceRelated)))
	for _, code := range []string{FieldReason, FieldReason2, FieldCause, FieldService} {
		add(CardValue{Code: code}, c.Shielded()) // what stood there before must not stay either
	}
	add(CardValue{Code: FieldInitiator, Option: string(c.Initiator)}, c.Initiator != "")
	add(CardValue{Code: FieldIntent, Option: string(c.Intent)}, c.Intent != "")
	add(CardValue{Code: FieldSettlement, Option: string(c.Tracks.Settlement)}, c.State == StateLeaving || c.State == StateParted)
	if c.Answer != nil {
		add(CardValue{Code: FieldNPS, Number: c.Answer.NPS}, c.Answer.NPS != nil)
	}
	stays := c.State == StateSaved || c.State == StateSavedConfirmed
	add(CardValue{Code: FieldEffectiveOn, Day: c.Dates.EffectiveOn}, c.Dates.EffectiveOn != "" && !stays)
	add(CardValue{Code: FieldEffectiveOn}, c.Dates.EffectiveOn != "" && stays) // the cancellation is withdrawn
	add(CardValue{Code: FieldHandover, Option: string(c.Tracks.Handover)}, c.State == StateLeaving || c.State == StateParted)
	switch c.State {
	case StateReceived, StateListening, StateSaving, StateParting, StateLeaving:
		card.Tags = []string{TagLeaving}
	case StateParted, StateInTouch, StateClosed:
		card.Tags = []string{TagParted}
	case StateReturned:
		card.Tags = []string{TagReturned}
	case StateSaved, StateSavedConfirmed:
		card.Tags = []string{TagStayed}
	}
	if c.NoFurtherService && !c.MayBeInvitedBack() {
		card.Tags = append(card.Tags, TagNoService)
	}
	return card
}
