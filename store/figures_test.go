package store_test

import (
	"os"
	"strings"
	"testing"

	"opendoor/store"
	"opendoor/store/storetest"
)

// documentedQueries are those of docs/metrics.md by their headings.
func documentedQueries(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, part := range strings.Split(string(page), "\n### ")[1:] {
		name, rest, _ := strings.Cut(part, "\n")
		_, query, _ := strings.Cut(rest, "```sql\n")
		query, _, _ = strings.Cut(query, "\n```")
		out[name] = query
	}
	return out
}

func TestThePageOfMetricsShowsTheQueriesThatCount(t *testing.T) {
	known := documentedQueries(t)
	for _, name := range store.FigureNames() {
		if known[name] != store.FigureQuery(name) {
			t.Errorf("docs/metrics.md has another query for %s", name)
		}
		delete(known, name)
	}
	for name := range known {
		t.Errorf("docs/metrics.md documents %s, which nothing counts", name)
	}
}

func TestThePageOfMetricsCanBeFollowedByHand(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { storetest.RunFigures(t, openSQLite(t), documentedQueries(t)) })
	t.Run("postgres", func(t *testing.T) { storetest.RunFigures(t, openPostgres(t), documentedQueries(t)) })
}
