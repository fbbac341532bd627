package api

import (
	"maps"
	"net/http"
	"slices"

	"opendoor/offboarding"
	"opendoor/offboarding/survey"
)

// actionFields says which parts of a body an action takes; others are refused
// like unknown fields.
var actionFields = map[string][]string{
	"record_answer": {"reason", "service_related", "detail", "nps", "keep_in_touch", "liked", "comment", "heard_when", "heard_from"},
	"set_intent":    {"intent", "note"},
	"proceed":       {},
	"withdraw":      {"note"},
	"record_letter": {"received_on"},
	"pause":         {"note"},
	"resume":        {},
	"stop_contact":  {"reason"},
	"part":          {"reason", "handover", "settlement"},
	"return":        {"note", "deal_id"},
	"cancel":        {"reason"},
	"save":          {"proposal"},
	"propose":       {"reason", "incidents", "quarrel_with"},
	"review":        {"bad_day", "history_read", "our_fault", "warned_on", "obligations", "legal_checked", "refund", "alternatives", "note"},
	"approve":       {"text"},
	"drop":          {"reason"},

	"shorten_cooling_off": {"reason"},
	"explain_delay":       {"why", "new_date"},
	"release_reason":      {},
	"legal_hold":          {"reason"},
	"lift_hold":           {},
	"set_dates":           {"time_zone", "birthday", "company_day", "season_on"},
}

// actionRoles says who may do what not everybody who works on a case may.
var actionRoles = map[string]access{
	"approve":             {RoleAdmin, RoleApprover},
	"shorten_cooling_off": {RoleAdmin, RoleApprover},
	"release_reason":      {RoleAdmin, RoleApprover, RoleHRManager},
}

func mayAct(who caller, action string) error {
	if allowed, limited := actionRoles[action]; limited && !slices.Contains(allowed, who.role) {
		return refuse(http.StatusForbidden, "the key's role "+string(who.role)+" may not "+action)
	}
	return nil
}

// check refuses parts that the action does not take, and values out of range.
func (r *ActionRequest) check(action string) error {
	takes, ok := actionFields[action]
	if !ok {
		return offboarding.ErrNotFound
	}
	given := map[string]bool{
		"time_zone": r.TimeZone != "", "birthday": r.Birthday != "", "company_day": r.CompanyDay != "", "season_on": r.SeasonOn != "",
		"note": r.Note != "", "reason": r.Reason != "", "intent": r.Intent != "", "received_on": r.ReceivedOn != "", "deal_id": r.DealID != "",
		"handover": r.Handover != "", "settlement": r.Settlement != "", "service_related": r.ServiceRelated != "", "detail": r.Detail != "",
		"nps": r.NPS != nil, "keep_in_touch": r.KeepInTouch != nil, "liked": r.Liked != "", "comment": r.Comment != "",
		"heard_when": r.HeardWhen != "", "heard_from": r.HeardFrom != "",
	}
	maps.Copy(given, r.given())
	wrong := r.wrong()
	for field, is := range given {
		if is && !slices.Contains(takes, field) {
			wrong = append(wrong, ProblemField{field, "is not a field of " + action})
		}
	}
	if action == "review" {
		for field, missing := range map[string]bool{"bad_day": r.BadDay == nil, "our_fault": r.OurFault == nil} {
			if missing {
				wrong = append(wrong, ProblemField{field, "true or false; the question must be answered"})
			}
		}
	}
	if r.NPS != nil && (*r.NPS < 0 || *r.NPS > 10) {
		wrong = append(wrong, ProblemField{"nps", "0 to 10"})
	}
	if r.ServiceRelated != "" && !slices.Contains([]string{"yes", "partly", "no"}, r.ServiceRelated) {
		wrong = append(wrong, ProblemField{"service_related", "yes, partly or no"})
	}
	for field, text := range map[string]string{"note": r.Note, "reason": r.Reason, "detail": r.Detail, "liked": r.Liked, "comment": r.Comment, "text": r.Text, "proposal": r.Proposal, "why": r.Why} {
		if len([]rune(text)) > 4000 {
			wrong = append(wrong, ProblemField{field, "at most 4000 characters"})
		}
	}
	for field, text := range map[string]string{"heard_when": r.HeardWhen, "heard_from": r.HeardFrom} {
		if len([]rune(text)) > survey.MaxHeard {
			wrong = append(wrong, ProblemField{field, "at most 200 characters"})
		}
	}
	for _, ch := range r.KeepInTouch {
		if !slices.ContainsFunc(survey.Channels(), func(known survey.Channel) bool { return known.Code == ch }) {
			wrong = append(wrong, ProblemField{"keep_in_touch", "email, phone, telegram, whatsapp or sms"})
		}
	}
	if len(wrong) > 0 {
		slices.SortFunc(wrong, func(a, b ProblemField) int { return compare(a.Field, b.Field) })
		return refuse(http.StatusUnprocessableEntity, "the action cannot be done like this", wrong...)
	}
	return nil
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// caseResponse shows a case to a role.
func caseResponse(k *offboarding.Case, back offboarding.WriteBackTrack, who offboarding.Person) CaseResponse {
	t := k.Tracks
	if back == "" {
		back = offboarding.WriteBackClean
	}
	res := CaseResponse{
		ID: k.ID, No: k.No, AccountID: k.AccountID, State: string(k.State), Initiator: string(k.Initiator), Intent: string(k.Intent),
		IntentSource: string(k.IntentSource), Reason: ReasonBody{k.Reason.Code, k.Reason.Source}, Cause: k.Cause,
		ServiceRelated: string(k.ServiceRelated), Destination: k.Destination, Mode: string(k.Mode), Held: k.Held, Paused: k.Paused,
		NoContact: k.NoContact, Flags: orEmpty(k.Flags()), RelapseOf: k.RelapseOf, CreatedAt: k.CreatedAt.UTC(), UpdatedAt: k.UpdatedAt.UTC(), Version: k.Version,
		Tracks: TracksBody{
			string(t.Survey), string(t.Save), string(t.Notice), string(t.Handover), string(t.Settlement), string(t.Review), string(t.WinBack), string(back),
		},
		Client:      clientBody(k.Client),
		Responsible: ResponsibleBody{k.Responsible.ID, k.Responsible.Name, k.Responsible.Email},
		Contract: ContractBody{
			Number: k.Contract.Number, Title: k.Contract.Title, NoticeDays: k.Contract.NoticeDays, HandoverDays: k.Contract.HandoverDays,
			ServiceType: k.Contract.ServiceType, Missing: k.Contract.Missing, RecordID: k.Contract.RecordID, NoticeClause: k.Contract.Clause,
		},
		Dates: datesBody(k.Dates), Note: k.Note,
		CRM: CRMBody{string(k.CRM.Provider), k.CRM.DealID, k.CRM.URL, k.CRM.Pipeline, k.CRM.Stage, k.CRM.LossReason},
	}
	if k.Company != (offboarding.Named{}) {
		res.Company = &NamedBody{k.Company.ID, k.Company.Name}
	}
	if m := k.Contract.Amount; m != nil {
		res.Contract.Amount = &MoneyBody{m.AmountMinor, m.Currency}
	}
	if a := k.Answer; a != nil {
		res.Answer = &AnswerBody{a.Reason, string(a.ServiceRelated), a.Detail, a.NPS, a.KeepInTouch, a.Liked, a.Comment, a.Source, a.Label, string(a.Lang), a.Wording, a.At.UTC()}
	}
	res.LifeBody = lifeBody(k)
	if Role(who.Role) == RoleViewer {
		res.hidePeople()
	}
	if hidesComplaint(k, who) {
		res.hideComplaint()
	}
	return res
}

// hidesComplaint reports whether the person is not shown what the client said.
func hidesComplaint(k *offboarding.Case, who offboarding.Person) bool {
	return !k.MayRead(who) || Role(who.Role) == RoleViewer && k.Shielded()
}

// hidePeople takes out what a viewer may not see.
func (r *CaseResponse) hidePeople() {
	r.Client = ClientBody{ID: r.Client.ID, Lang: r.Client.Lang}
	r.Responsible = ResponsibleBody{ID: r.Responsible.ID}
	r.Contract.Title, r.Note = "", ""
	if r.Company != nil {
		r.Company = &NamedBody{ID: r.Company.ID}
	}
	if r.Answer != nil {
		r.Answer.Detail, r.Answer.Liked, r.Answer.Comment = "", "", ""
	}
	r.Refusal, r.IntentHint, r.Classified, r.LegalHold = nil, nil, nil, ""
	if r.Offer != nil {
		r.Offer = &OfferBody{At: r.Offer.At}
	}
}

// hideComplaint takes out what the client said, for whom it may be about.
func (r *CaseResponse) hideComplaint() {
	r.Reason, r.Cause, r.ServiceRelated, r.Note = ReasonBody{}, "", string(offboarding.ServiceUnknown), ""
	r.CRM.LossReason = ""
	r.Answer, r.Classified, r.IntentHint, r.Refusal = nil, nil, nil, nil
}

func datesBody(d offboarding.Dates) DatesBody {
	return DatesBody{
		ReceivedAt: d.ReceivedAt.UTC(), CallBy: optional(d.CallBy), TalkedAt: optional(d.TalkedAt), TalkedAfter: d.TalkedAfter, SurveyDueAt: optional(d.SurveyDueAt), SurveySentAt: optional(d.SurveySentAt),
		SurveyExpiresAt: optional(d.SurveyExpiresAt), AnsweredAt: optional(d.AnsweredAt), DecidedAt: optional(d.DecidedAt),
		NoticeReceivedOn: d.NoticeReceivedOn, EffectiveOn: d.EffectiveOn, HandoverDue: d.HandoverDue, LetterReceivedAt: optional(d.LetterReceivedAt),
		ServiceEndedAt: optional(d.ServiceEndedAt), ReviewOn: d.ReviewOn, SeasonOn: d.SeasonOn, ReactedAt: optional(d.ReactedAt),
		SavedAt: optional(d.SavedAt), PartedAt: optional(d.PartedAt), ReturnedAt: optional(d.ReturnedAt), ClosedAt: optional(d.ClosedAt),
	}
}
