package amocrmsim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Troubles that an administrator of the CRM makes, mostly without knowing.

// DeleteStage takes a stage out of its pipeline; leads that stand there go to
// the pipeline's first. 0 and 0 mean the last stage that may be deleted.
func (s *Sim) DeleteStage(pipelineID, statusID int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range slices.Backward(s.pipes) {
		for _, st := range slices.Backward(p.statuses) {
			if !st.editable || st.kind != 0 || pipelineID != 0 && p.id != pipelineID || statusID != 0 && st.id != statusID {
				continue
			}
			p.statuses = slices.DeleteFunc(p.statuses, func(have *status) bool { return have == st })
			for _, e := range s.entities[kindLeads].byID {
				if e.pipelineID == p.id && e.statusID == st.id {
					e.statusID = p.first().id
				}
			}
			return nil
		}
	}
	return fmt.Errorf("stage %d of pipeline %d: %w", statusID, pipelineID, ErrUnknown)
}

// DeleteField takes a custom field off leads, with everything in it. A code that
// ends with * means the first that begins so.
func (s *Sim) DeleteField(code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	prefix, many := strings.CutSuffix(code, "*")
	for _, id := range s.fields[kindLeads].order {
		f := s.fields[kindLeads].byID[id]
		if f.code == code || many && strings.HasPrefix(f.code, prefix) {
			s.dropField(f)
			return nil
		}
	}
	return fmt.Errorf("field %s: %w", code, ErrUnknown)
}

func (s *Sim) dropField(f *customField) {
	s.fields[f.kind].remove(f.id)
	for _, id := range s.entities[f.kind].order {
		e := s.entities[f.kind].byID[id]
		e.values = slices.DeleteFunc(e.values, func(v fieldValue) bool { return v.fieldID == f.id })
	}
}

// SwitchCustomers switches the account's customers on or off. While they are
// off, everything about them is refused.
func (s *Sim) SwitchCustomers(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noCustomers = !on
}

// IssueLongLivedToken makes another long-lived token, which ends after the time.
func (s *Sim) IssueLongLivedToken(life time.Duration) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	token := s.newJWT(now, now.Add(life), s.domain())
	s.oauth.grants[token] = &grant{clientID: s.cfg.ClientID, userID: adminID, expires: now.Add(life), scopes: s.cfg.Scopes}
	return token
}

// SetRedirect changes the redirect address of the integration, as its owner
// does in its settings.
func (s *Sim) SetRedirect(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg.RedirectURI = address
}
