package bitrix24sim

import (
	"fmt"
	"slices"
	"strings"
)

// Troubles that an administrator of the portal makes, mostly without knowing.

// DeleteStage takes a stage of deals out of its pipeline; deals that stand there
// go to the pipeline's first. An empty code means the last stage that may be
// deleted and that means "lost".
func (s *Sim) DeleteStage(code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range slices.Backward(s.pipelines) {
		for _, st := range slices.Backward(p.stages) {
			if st.system || code != "" && st.code != code || code == "" && st.semantics() != "F" {
				continue
			}
			p.stages = slices.DeleteFunc(p.stages, func(have *stage) bool { return have == st })
			for _, d := range s.deals.rows {
				if toString(d.values["STAGE_ID"]) == st.code {
					d.values["STAGE_ID"], d.values["STAGE_SEMANTIC_ID"], d.values["CLOSED"] = p.stages[0].code, p.stages[0].semantics(), "N"
				}
			}
			return nil
		}
	}
	return fmt.Errorf("stage %q: %w", code, ErrNotFound)
}

// DeleteUserField takes a custom field off deals. A name that ends with * means
// the first that begins so.
func (s *Sim) DeleteUserField(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	prefix, many := strings.CutSuffix(name, "*")
	for _, u := range s.deals.kind.userFields {
		if u.name == name || many && strings.HasPrefix(u.name, prefix) {
			s.deals.kind.drop(u)
			return nil
		}
	}
	return fmt.Errorf("field %s: %w", name, ErrNotFound)
}

// Employ dismisses an employee or takes one back; 0 means the one behind the
// incoming webhook.
func (s *Sim) Employ(userID int, works bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if userID == 0 {
		userID = s.cfg.UserID
	}
	u := s.user(userID)
	if u == nil {
		return fmt.Errorf("employee %d: %w", userID, ErrNotFound)
	}
	u.active = works
	return nil
}

// SetRedirect changes where the application's page of consent leads back to.
func (s *Sim) SetRedirect(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg.Redirect = address
}

// uninstallHandler is where the application wants to hear that it was removed.
func (s *Sim) uninstallHandler() string {
	for _, h := range s.handlers {
		if h.app && h.events["ONAPPUNINSTALL"] {
			return h.url
		}
	}
	return ""
}
