package store

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

//go:embed figures.sql
var figuresSQL string

// figureQueries are the queries of figures.sql by name. docs/metrics.md shows them.
var figureQueries = readQueries(figuresSQL)

func readQueries(file string) map[string]string {
	out := map[string]string{}
	for _, part := range strings.Split("\n"+file, "\n-- name: ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		out[name] = strings.TrimSpace(text)
	}
	return out
}

// FigureNames lists the queries of figures.
func FigureNames() []string { return slices.Sorted(maps.Keys(figureQueries)) }

// FigureQuery is the text of a query of figures.
func FigureQuery(name string) string { return figureQueries[name] }

// Tallies counts one figure.
func (s *Store) Tallies(ctx context.Context, name string, span offboarding.FigureSpan) ([]offboarding.Tally, error) {
	query, ok := figureQueries[name]
	if !ok {
		return nil, fmt.Errorf("count %s: %w", name, offboarding.ErrNotFound)
	}
	var out []offboarding.Tally
	err := s.read(ctx, "count "+name, func(db *gorm.DB) error {
		accounts, err := accountsOf(db, span.Scope)
		if err != nil || len(accounts) == 0 {
			return err
		}
		return db.Raw(query, figureArguments(span, accounts)).Scan(&out).Error
	})
	return out, err
}

// accountsOf are all accounts within the scope, deleted ones too: their cases stay.
func accountsOf(db *gorm.DB, scope []uuid.UUID) ([]string, error) {
	if scope != nil {
		ids := make([]string, len(scope))
		for i, id := range scope {
			ids[i] = id.String()
		}
		return ids, nil
	}
	var ids []string
	err := db.Session(&gorm.Session{NewDB: true}).Model(&accountRow{}).Order("id").Pluck("id", &ids).Error
	return ids, err
}

// figureArguments are the values that the queries name.
func figureArguments(span offboarding.FigureSpan, accounts []string) map[string]any {
	now := span.Now.UTC()
	return map[string]any{
		"from": span.From, "to": span.To, "accounts": accounts,
		"from_day": dayNumber(span.From), "to_day": dayNumber(span.To),
		"today": now.Format(time.DateOnly), "now": now.Format("2006-01-02T15:04:05"), "day": now.Unix() / 86400,
		"quarter_ago": now.AddDate(0, 0, -92).Format(time.DateOnly), // the longest quarter
	}
}

// dayNumber counts days since 1970-01-01, as the views do.
func dayNumber(day string) int64 {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0
	}
	return t.Unix() / 86400
}
