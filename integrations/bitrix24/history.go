package bitrix24

import (
	"context"
	"time"

	"opendoor/offboarding"
)

// sameMoment is how close the making of a deal and its last move must lie for
// them to be one act, as when it is imported straight into "lost".
const sameMoment = 2 * time.Second

// came asks the history of stages whether a deal that was lost as soon as it was
// made had stood in another stage before. The hooks of both acts may come in any
// order and far apart; the history knows. A portal without it does not tell.
func (c *Connector) came(ctx context.Context, acc *offboarding.Account, e entity, stageID string) (bool, error) {
	rows, _, err := c.history(ctx, acc, e.typeID, params{"order": params{"ID": "ASC"}, "filter": params{"OWNER_ID": e.id}})
	if soft(err) || hasNo(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, row := range rows {
		if row.OwnerID.id() == e.id && row.StageID.text() != "" && row.StageID.text() != stageID {
			return true, nil
		}
	}
	return false, nil
}
