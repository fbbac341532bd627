package letters

import "opendoor/offboarding"

// Elements lists the required elements of a template (domain §6), or nil.
func Elements(template string) []string {
	k, ok := offboarding.LetterKindOf(template)
	if !ok {
		return nil
	}
	return required[k.Kind]
}

var required = map[string][]string{
	"acknowledgement": {"thanks", "heard", "next_step", "person"},
	"survey":          {"why_we_ask", "one_minute", "voluntary", "one_tap"},
	// Domain §6 names no elements for the reminder; it would be no survey without these.
	"survey_reminder":   {"voluntary", "one_tap"},
	"apology":           {"fact", "apology", "remedy"},
	"save":              {"reason", "one_proposal", "stay_link", "proceed_link"},
	"letter_template":   {"filled_letter", "clause", "effective_on", "address"},
	"settlement":        {"lines", "total", "due_on", "contact", "contestable"},
	"handover_delivery": {"inventory", "deadline", "open_matters", "successor_help", "how_to_confirm"},
	"delay_notice":      {"what", "why", "new_date", "person", "apology"},
	"successor_letter":  {"greeting", "consent_ref", "contents", "question_channel", "wish"},
	"farewell":          {"thanks", "regret", "contact_stays", "how_to_return", "consent_reminder"},
	"company_parting":   {"thank", "reframe", "refund", "apologise_recommend"},
	"news":              {"useful_reason", "unsubscribe"},
	"what_changed":      {"useful_reason", "unsubscribe"},
	"lapse_check_in":    {"useful_reason", "unsubscribe"},
	"return_offer":      {"what_changed", "fitting_terms", "no_obligation"},
}
