package offboarding

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding/survey"
)

// The causes of domain §4.1.
const (
	CauseSilence     = "silence"
	CauseBrokenTerms = "broken_terms"
	CauseThirdParty  = "third_party"
	CauseDestroyer   = "destroyer"
	CauseNone        = "none"
)

var causes = []string{CauseSilence, CauseBrokenTerms, CauseThirdParty, CauseDestroyer, CauseNone}

// Classification is what a person made of what the client said.
type Classification struct {
	Reason         string         `json:"reason"`
	Cause          string         `json:"cause"`
	ServiceRelated ServiceRelated `json:"service_related"`
	Why            string         `json:"why,omitempty"`
	By             Person         `json:"by"`
	At             time.Time      `json:"at"`
}

// Classify sets the level-2 reason by a person's judgement. Cause and share of
// our own work follow from the reason and the client's word; who says otherwise
// explains it.
func (d *Desk) Classify(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, cl Classification, by Actor) (*Case, error) {
	now := d.now()
	return change(ctx, d.store, scope, caseID, func(tx Store, acc *Account, c *Case) error {
		if err := c.seenAt(version); err != nil {
			return err
		}
		r, ok := survey.Lookup(cl.Reason)
		if !ok || r.Code == r.Group || r.Code == survey.NoAnswer {
			return Invalid("the reason must be one of level 2", FieldError{"reason", "such as contact.slow; see GET /reasons"})
		}
		if c.Initiator == ByCompany {
			return Rule("company_reason_stands", "a parting by the company has the company's reason")
		}
		cause, related := r.Cause, ServiceRelated(r.ServiceRelated)
		if c.Answer != nil && c.Answer.ServiceRelated != "" {
			related = c.Answer.ServiceRelated // the client's own word wins
		}
		if cl.Cause == "" {
			cl.Cause = cause
		}
		if cl.ServiceRelated == "" {
			cl.ServiceRelated = related
		}
		if !slices.Contains(causes, cl.Cause) {
			return Invalid("unknown cause", FieldError{"cause", strings.Join(causes, ", ")})
		}
		if !slices.Contains([]ServiceRelated{ServiceYes, ServicePartly, ServiceNo, ServiceUnknown}, cl.ServiceRelated) {
			return Invalid("unknown share of our own work", FieldError{"service_related", "yes, partly, no or unknown"})
		}
		differs := cl.Cause != cause || cl.ServiceRelated != related || related != ServiceRelated(r.ServiceRelated) && r.ServiceRelated != string(ServiceUnknown)
		if differs && strings.TrimSpace(cl.Why) == "" {
			return Rule("explanation_missing", "cause or share differ from what reason and client say: that is explained")
		}
		cl.At = now.UTC()
		c.Classified = &cl
		c.Reason = StatedReason{Code: cl.Reason, Source: "reviewer"}
		c.Cause, c.ServiceRelated = cl.Cause, cl.ServiceRelated
		if err := tx.Record(ctx, c.line(by, "reason.classified", c.reasonSaid("the reason was set"), nil)); err != nil {
			return err
		}
		return saveAndSync(ctx, tx, acc, c, now)
	})
}

// reasonSaid adds the reason to a line of the timeline, unless it is not for
// everybody.
func (c *Case) reasonSaid(what string) string {
	if c.Shielded() {
		return what + "; who may read it is limited"
	}
	return what + ": " + c.Reason.Code
}
