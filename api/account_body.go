package api

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// AccountRequest creates an account.
type AccountRequest struct {
	Provider    string            `json:"provider" example:"amocrm" enums:"amocrm,bitrix24,generic"`
	Name        string            `json:"name" example:"Romashka"`
	BaseURL     string            `json:"base_url,omitempty" example:"https://example.amocrm.ru"`
	Credentials map[string]string `json:"credentials"`
	Lang        string            `json:"lang,omitempty" example:"ru" enums:"ru,en"`
	TimeZone    string            `json:"time_zone,omitempty" example:"Europe/Moscow"`
	Triggers    []TriggerBody     `json:"triggers,omitempty"`
	Mode        string            `json:"mode,omitempty" example:"shadow" enums:"shadow,live"`
	MailFrom    string            `json:"mail_from,omitempty" example:"Romashka <care@example.com>"`
	HookProof   string            `json:"hook_proof,omitempty" example:"signature" enums:"signature,address_key"`
	Policy      *PolicyBody       `json:"policy,omitempty"`
} //	@name	AccountRequest

// AccountPatch changes an account; what is left out stays.
type AccountPatch struct {
	Name        *string           `json:"name,omitempty" example:"Romashka"`
	BaseURL     *string           `json:"base_url,omitempty" example:"https://example.amocrm.ru"`
	Credentials map[string]string `json:"credentials,omitempty"`
	Lang        *string           `json:"lang,omitempty" example:"en" enums:"ru,en"`
	TimeZone    *string           `json:"time_zone,omitempty" example:"Europe/Moscow"`
	Triggers    *[]TriggerBody    `json:"triggers,omitempty"`
	Mode        *string           `json:"mode,omitempty" example:"live" enums:"shadow,live"`
	MailFrom    *string           `json:"mail_from,omitempty" example:"care@example.com"`
	HookProof   *string           `json:"hook_proof,omitempty" example:"address_key" enums:"signature,address_key"`
	Policy      *PolicyBody       `json:"policy,omitempty"`
} //	@name	AccountPatch

// TriggerBody gives a stage its meaning.
type TriggerBody struct {
	PipelineID string `json:"pipeline_id" example:"8572511"`
	StageID    string `json:"stage_id" example:"143"`
	Means      string `json:"means" example:"cancelled" enums:"cancelled,returned,proposed_refusal"`
} //	@name	Trigger

// AccountResponse is an account without its secrets.
type AccountResponse struct {
	ID             uuid.UUID     `json:"id"`
	Provider       string        `json:"provider" example:"amocrm"`
	Name           string        `json:"name" example:"Romashka"`
	BaseURL        string        `json:"base_url,omitempty" example:"https://example.amocrm.ru"`
	HookURL        string        `json:"hook_url,omitempty" example:"https://opendoor.example.com/hooks/amocrm/…"`
	CredentialKeys []string      `json:"credential_keys" example:"access_token"`
	RemoteID       string        `json:"remote_id,omitempty" example:"32720107"`
	Lang           string        `json:"lang" example:"ru"`
	TimeZone       string        `json:"time_zone" example:"Europe/Moscow"`
	Triggers       []TriggerBody `json:"triggers"`
	Mode           string        `json:"mode" example:"shadow"`
	MailFrom       string        `json:"mail_from,omitempty" example:"care@example.com"`
	Policy         PolicyBody    `json:"policy"`
	AuthorizeURL   string        `json:"authorize_url,omitempty" example:"https://www.amocrm.ru/oauth?client_id=…"`
	Status         string        `json:"status" example:"active" enums:"active,suspended,reauth_needed"`
	StatusReason   string        `json:"status_reason,omitempty" example:"the CRM answered 402: the account is unpaid"`
	NextAllowedAt  *time.Time    `json:"next_allowed_at,omitempty"`
	HookProof      string        `json:"hook_proof,omitempty" example:"signature" enums:"signature,address_key"`
	Mapped         bool          `json:"mapped,omitempty" example:"true"`
	LastEventAt    *time.Time    `json:"last_event_at,omitempty"`
	WatchedAt      *time.Time    `json:"watched_at,omitempty"`
	Problems       []ProblemLine `json:"problems"`
	CreatedAt      time.Time     `json:"created_at"`
	UpdatedAt      time.Time     `json:"updated_at"`
	Version        int           `json:"version" example:"1"`
} //	@name	Account

// ProblemLine is something that is wrong with an account now.
type ProblemLine struct {
	Kind   string    `json:"kind" example:"token_ends" enums:"access,parked,rights,token_ends,owner,hook,hooks_silent,stages,fields,moved,flood,receiver_dead,settings"`
	Since  time.Time `json:"since"`
	Text   string    `json:"text" example:"The long-lived token ends at 2027-05-01 12:00."`
	Advice string    `json:"advice,omitempty" example:"Make a new long-lived token as an administrator."`
} //	@name	AccountProblem

// CheckResponse is the result of a live check.
type CheckResponse struct {
	OK    bool        `json:"ok" example:"true"`
	Items []CheckLine `json:"items"`
} //	@name	CheckResponse

// CheckLine is one finding of a live check.
type CheckLine struct {
	Name   string `json:"name" example:"token"`
	OK     bool   `json:"ok" example:"true"`
	Detail string `json:"detail" example:"valid until 2027-05-01"`
	Advice string `json:"advice,omitempty" example:"Make a new long-lived token as an administrator."`
} //	@name	CheckLine

// PipelineBody is a live pipeline of the CRM.
type PipelineBody struct {
	ID     string      `json:"id" example:"8572511"`
	Name   string      `json:"name" example:"Обслуживание"`
	Stages []StageBody `json:"stages"`
} //	@name	Pipeline

// StageBody is a live stage of a pipeline.
type StageBody struct {
	ID      string `json:"id" example:"143"`
	Name    string `json:"name" example:"Закрыто и не реализовано"`
	Outcome string `json:"outcome" example:"lost" enums:"open,won,lost"`
} //	@name	Stage

// ReleaseResponse says how many held cases were released.
type ReleaseResponse struct {
	Released int `json:"released" example:"120"`
} //	@name	ReleaseResponse

func (h accountHandlers) patch(acc *offboarding.Account, r AccountPatch) []ProblemField {
	set := func(to *string, from *string) {
		if from != nil {
			*to = strings.TrimSpace(*from)
		}
	}
	set(&acc.Name, r.Name)
	set(&acc.TimeZone, r.TimeZone)
	set(&acc.MailFrom, r.MailFrom)
	if r.BaseURL != nil {
		acc.BaseURL = trimURL(*r.BaseURL)
	}
	if r.Lang != nil {
		acc.Lang = offboarding.Lang(*r.Lang)
	}
	if r.Mode != nil {
		acc.Mode = offboarding.Mode(*r.Mode)
	}
	if r.Triggers != nil {
		acc.Triggers = triggersOf(*r.Triggers)
	}
	if r.HookProof != nil {
		acc.Dialect.Proof = offboarding.HookProof(*r.HookProof)
	}
	for k, v := range r.Credentials {
		if acc.Credentials == nil {
			acc.Credentials = offboarding.Credentials{}
		}
		acc.Credentials[k] = v
	}
	return append(r.Policy.apply(&acc.Policy), h.checkAccount(acc)...)
}

func (h accountHandlers) hookURL(acc *offboarding.Account) string {
	return h.cfg.Keys.HookURL(strings.TrimRight(h.cfg.PublicURL, "/"), acc)
}

// response shows an account; the hook's address is a secret of administrators.
func (h accountHandlers) response(a *offboarding.Account, who caller, problems ...*offboarding.Problem) AccountResponse {
	res := AccountResponse{
		ID: a.ID, Provider: string(a.Provider), Name: a.Name, BaseURL: a.BaseURL, RemoteID: a.RemoteID, Lang: string(a.Lang), TimeZone: a.TimeZone,
		Triggers: []TriggerBody{}, Mode: string(a.Mode), MailFrom: a.MailFrom, Policy: policyBody(a.Policy), Status: string(a.Status),
		StatusReason: a.StatusReason, CreatedAt: a.CreatedAt.UTC(), UpdatedAt: a.UpdatedAt.UTC(), Version: a.Version, CredentialKeys: []string{},
		Mapped: len(a.Dialect.Mapping) > 0, LastEventAt: optional(a.Rhythm.LastHook), WatchedAt: optional(a.WatchedAt), Problems: []ProblemLine{},
	}
	if a.NextCallAt.After(h.cfg.Clock.Wall()) {
		res.NextAllowedAt = optional(a.NextCallAt)
	}
	if a.Provider == offboarding.Generic {
		res.HookProof = string(cmp.Or(a.Dialect.Proof, offboarding.ProofSignature))
	}
	for _, p := range problems {
		if p.AccountID == a.ID {
			res.Problems = append(res.Problems, ProblemLine{string(p.Kind), p.Since.UTC(), p.Text, p.Advice})
		}
	}
	if who.role == RoleAdmin {
		res.HookURL = h.hookURL(a)
		res.AuthorizeURL = h.cfg.Consent.Link(a)
	}
	for k, v := range a.Credentials {
		if v != "" {
			res.CredentialKeys = append(res.CredentialKeys, k)
		}
	}
	slices.Sort(res.CredentialKeys)
	for _, t := range a.Triggers {
		res.Triggers = append(res.Triggers, TriggerBody{t.PipelineID, t.StageID, string(t.Means)})
	}
	return res
}

func triggersOf(in []TriggerBody) []offboarding.Trigger {
	var out []offboarding.Trigger
	for _, t := range in {
		out = append(out, offboarding.Trigger{PipelineID: t.PipelineID, StageID: t.StageID, Means: offboarding.Means(t.Means)})
	}
	return out
}

func trimURL(s string) string { return strings.TrimRight(strings.TrimSpace(s), "/") }
