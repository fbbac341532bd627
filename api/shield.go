package api

import (
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// This file keeps what a client said from whom they may have meant, wherever
// the API shows it (conflict shield, domain §11).

// hiddenFrom tells of which cases the caller may not read what the client said.
func hiddenFrom(c *gin.Context, s offboarding.Store, ids ...uuid.UUID) (func(id uuid.UUID) bool, error) {
	asked := ids[:0:0]
	for _, id := range ids {
		if id != uuid.Nil {
			asked = append(asked, id)
		}
	}
	if len(asked) == 0 {
		return func(uuid.UUID) bool { return false }, nil
	}
	cases, err := s.CasesByID(c.Request.Context(), asked)
	if err != nil {
		return nil, err
	}
	who := personOf(c)
	return func(id uuid.UUID) bool { return cases[id] != nil && !cases[id].MayRead(who) }, nil
}

func caseIDs[R any](rows []R, of func(R) *uuid.UUID) []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(rows))
	for _, r := range rows {
		if id := of(r); id != nil {
			ids = append(ids, *id)
		}
	}
	return ids
}
