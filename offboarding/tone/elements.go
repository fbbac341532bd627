package tone

import "slices"

// required names the elements that a letter of each kind must hold (domain §6).
var required = map[string][]string{
	"acknowledgement":   {"thanks", "heard", "next_step", "person"},
	"survey":            {"why_we_ask", "one_minute", "voluntary", "one_tap"},
	"apology":           {"fact", "apology", "remedy"},
	"save":              {"reason", "one_proposal", "stay_link", "proceed_link"},
	"letter_template":   {"filled_letter", "clause", "effective_on", "address"},
	"settlement":        {"lines", "total", "due_on", "contact", "contestable"},
	"handover_delivery": {"inventory", "deadline", "open_matters", "successor_help", "how_to_confirm"},
	"delay_notice":      {"what", "why", "new_date", "person", "apology"},
	"successor_letter":  {"greeting", "consent_ref", "contents", "question_channel", "wish"},
	"farewell":          {"thanks", "regret", "contact_stays", "how_to_return", "consent_reminder"},
	"company_parting":   {"thank", "reframe", "refund", "apologise_recommend"},
	"touch":             {"useful_reason", "unsubscribe"},
	"news":              {"useful_reason", "unsubscribe"},
	"what_changed":      {"useful_reason", "unsubscribe"},
	"lapse_check_in":    {"useful_reason", "unsubscribe"},
	"return_offer":      {"what_changed", "fitting_terms", "no_obligation"},
}

// Kinds lists the kinds of letters that the guard knows.
var Kinds = []string{
	"acknowledgement", "survey", "survey_reminder", "apology", "save", "stayed", "letter_template", "settlement", "handover_delivery",
	"delay_notice", "acceptance_request", "successor_letter", "farewell", "closing", "company_parting", "refund_notice", "lapse_check_in",
	"birthday", "news", "what_changed", "return_offer", "welcome_back", "source_question", "opt_out_confirmation", "touch",
}

// Required returns the ids of the elements that a kind must hold.
func Required(kind string) []string { return slices.Clone(required[kind]) }
