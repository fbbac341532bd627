package store

import (
	"slices"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

const (
	defaultPage = 50
	maxPage     = 1000
	// maxMerged is up to how many accounts a page is merged from one index
	// range per account; with more, the rows of foreign accounts are few enough
	// to be stepped over.
	maxMerged = 64
)

// newestFirst reads a page by id. A nil scope means every account. With
// several accounts in scope it takes a page of each from that account's own
// index and merges them: walking one common index would step over all rows of
// a large account outside the scope.
func newestFirst[T any](db *gorm.DB, scope []uuid.UUID, p offboarding.Page, where func(*gorm.DB) *gorm.DB) ([]T, error) {
	limit := p.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	limit = min(limit, maxPage)
	query := func() *gorm.DB {
		q := where(db.Session(&gorm.Session{}).Model(new(T)))
		if p.Before != nil {
			q = q.Where("id < ?", *p.Before)
		}
		return q.Order("id DESC").Limit(limit)
	}
	var rows []T
	var err error
	switch {
	case scope == nil:
		err = query().Find(&rows).Error
	case len(scope) == 0:
	case len(scope) == 1:
		err = query().Where("account_id = ?", scope[0]).Find(&rows).Error
	case len(scope) > maxMerged:
		err = query().Where("account_id IN ?", scope).Find(&rows).Error
	default:
		parts, args := make([]string, 0, len(scope)), make([]any, 0, len(scope)+1)
		for _, account := range scope {
			parts = append(parts, "SELECT * FROM (?) AS part")
			args = append(args, query().Where("account_id = ?", account))
		}
		merged := strings.Join(parts, " UNION ALL ") + " ORDER BY id DESC LIMIT ?"
		err = db.Raw(merged, append(args, limit)...).Scan(&rows).Error
	}
	return rows, err
}

// narrowed is the scope cut down to one account, if one is asked for.
func narrowed(scope []uuid.UUID, account *uuid.UUID) []uuid.UUID {
	if account == nil {
		return scope
	}
	if scope == nil || slices.Contains(scope, *account) {
		return []uuid.UUID{*account}
	}
	return []uuid.UUID{}
}

// inScope adds the caller's scope to a query for one row.
func inScope(db *gorm.DB, scope []uuid.UUID) *gorm.DB {
	if scope == nil {
		return db
	}
	return db.Where("account_id IN ?", scope)
}

// each converts rows.
func each[R, T any](rows []R, to func(*R) (T, error)) ([]T, error) {
	out := make([]T, 0, len(rows))
	for i := range rows {
		v, err := to(&rows[i])
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}
