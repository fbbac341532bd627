package api

import (
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"opendoor/offboarding"
)

// checkAccount says what is wrong with an account as a whole.
func (h accountHandlers) checkAccount(a *offboarding.Account) []ProblemField {
	var wrong []ProblemField
	bad := func(field, msg string) { wrong = append(wrong, ProblemField{field, msg}) }
	if !a.Provider.Known() {
		bad("provider", "amocrm, bitrix24 or generic")
		return wrong
	}
	if a.Name == "" || len([]rune(a.Name)) > 200 {
		bad("name", "1 to 200 characters")
	}
	if a.Lang != offboarding.RU && a.Lang != offboarding.EN {
		bad("lang", "ru or en")
	}
	if _, err := time.LoadLocation(a.TimeZone); err != nil || a.TimeZone == "Local" {
		bad("time_zone", "an IANA name such as Europe/Moscow")
	}
	if a.Mode != offboarding.Shadow && a.Mode != offboarding.Live {
		bad("mode", "shadow or live")
	}
	if a.MailFrom != "" {
		if _, err := mail.ParseAddress(a.MailFrom); err != nil || strings.ContainsAny(a.MailFrom, "\r\n\x00") {
			bad("mail_from", "an e-mail address, with a name or without")
		}
	}
	wrong = append(wrong, wrongTriggers(a.Triggers)...)
	return append(wrong, h.checkCredentials(a)...)
}

func wrongTriggers(triggers []offboarding.Trigger) []ProblemField {
	var wrong []ProblemField
	for i, t := range triggers {
		if t.StageID == "" || !slices.Contains([]offboarding.Means{offboarding.MeansCancelled, offboarding.MeansReturned, offboarding.MeansProposedRefusal}, t.Means) {
			wrong = append(wrong, ProblemField{"triggers[" + strconv.Itoa(i) + "]", "stage_id, and means of cancelled, returned or proposed_refusal"})
		}
	}
	return wrong
}

// checkCredentials says what is missing to reach the CRM.
func (h accountHandlers) checkCredentials(a *offboarding.Account) []ProblemField {
	var wrong []ProblemField
	bad := func(field, msg string) { wrong = append(wrong, ProblemField{field, msg}) }
	address := func(field, value string, required bool) {
		switch {
		case value == "" && required:
			bad(field, "is required")
		case value != "":
			if err := h.cfg.CheckAddress(a.Provider, value); err != nil {
				bad(field, err.Error())
			}
		}
	}
	allowed := map[offboarding.Provider][]string{
		offboarding.AmoCRM:   {"access_token", "client_id", "client_secret", "redirect_uri", "code"},
		offboarding.Bitrix24: {"webhook_url", "application_token", "member_id", "client_id", "client_secret", "code", "auth_url"},
		offboarding.Generic:  {"secret", "secret_old", "secret_old_until"},
	}[a.Provider]
	for k, v := range a.Credentials {
		if !slices.Contains(allowed, k) {
			bad("credentials."+k, "is not a credential of "+string(a.Provider)+": "+strings.Join(allowed, ", "))
		}
		if len(v) > 8<<10 || strings.ContainsAny(v, "\x00") {
			bad("credentials."+k, "is too long, or holds a zero byte")
		}
	}
	if a.Provider != offboarding.Generic && a.Dialect.Proof != "" {
		bad("hook_proof", "only a generic source chooses how it proves itself")
	}
	switch {
	case a.ByOAuth():
		if a.Credentials["client_secret"] == "" {
			bad("credentials.client_secret", "is required")
		}
		address("credentials.auth_url", a.Credentials["auth_url"], false)
	case a.Credentials[allowed[0]] == "" && a.Credentials["client_id"] == "" && (a.Credentials["client_secret"] != "" || a.Credentials["code"] != ""):
		bad("credentials.client_id", "is required")
	case a.Credentials[allowed[0]] == "":
		bad("credentials."+allowed[0], "is required")
	}
	switch a.Provider {
	case offboarding.AmoCRM:
		address("base_url", a.BaseURL, true)
	case offboarding.Bitrix24:
		address("credentials.webhook_url", a.Credentials["webhook_url"], false)
		if a.ByOAuth() {
			address("base_url", a.BaseURL, false)
		}
	case offboarding.Generic:
		if p := a.Dialect.Proof; p != "" && p != offboarding.ProofSignature && p != offboarding.ProofAddressKey {
			bad("hook_proof", "signature or address_key")
		}
		address("base_url", a.BaseURL, false)
		if s := a.Credentials["secret"]; s != "" && !strings.HasPrefix(s, "whsec_") {
			bad("credentials.secret", "whsec_ and base64")
		}
	}
	return wrong
}
