package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgtype"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// On PostgreSQL many rows are handed over as one array for each column, so that
// a statement reads the same for two rows and for two hundred: the server and
// the driver then know it already. Written out, each number of rows would be a
// statement of its own, to be parsed and planned on each connection, with
// thousands of parameters.

// columnValues are the values of one column, row by row.
type columnValues struct{ pgtype.FlatArray[any] }

// Value only tells gorm that this is one parameter; the driver sends an array.
func (columnValues) Value() (driver.Value, error) {
	return nil, errors.New("columns go to PostgreSQL as arrays")
}

// unnested writes rows as a table. The planner is not told how many rows there
// are, or it would plan anew for each number of them: that is what the inner
// SELECT hides.
func unnested(types []string, rows [][]any) (string, []any) {
	args := make([]any, len(types))
	for j := range types {
		values := make([]any, len(rows))
		for i, row := range rows {
			values[i] = row[j]
		}
		args[j] = columnValues{values}
	}
	return "SELECT * FROM unnest((SELECT CAST(? AS " + strings.Join(types, "[])), (SELECT CAST(? AS ") + "[])))", args
}

// columnTypes knows what the tables are made of, as the server says; each table
// is asked for once.
type columnTypes struct{ tables sync.Map }

// build writes the rows of an INSERT.
func (t *columnTypes) build(c clause.Clause, b clause.Builder) {
	v, _ := c.Expression.(clause.Values)
	stmt, _ := b.(*gorm.Statement)
	if stmt == nil || len(v.Values) < 2 || hasExpressions(v.Values) {
		c.Build(b)
		return
	}
	types, err := t.of(stmt.Context, stmt.ConnPool, stmt.Table)
	if err != nil {
		_ = stmt.AddError(err)
		return
	}
	names, kinds := make([]string, len(v.Columns)), make([]string, len(v.Columns))
	for i, c := range v.Columns {
		names[i], kinds[i] = c.Name, types[c.Name]
	}
	list, args := unnested(kinds, v.Values)
	clause.Expr{SQL: "(" + strings.Join(names, ", ") + ") " + list, Vars: args}.Build(b)
}

// hasExpressions reports whether some value is SQL of its own.
func hasExpressions(rows [][]any) bool {
	for _, row := range rows {
		for _, v := range row {
			if _, ok := v.(clause.Expression); ok {
				return true
			}
		}
	}
	return false
}

// of returns the types of a table's columns by their names.
func (t *columnTypes) of(ctx context.Context, pool gorm.ConnPool, table string) (map[string]string, error) {
	if known, ok := t.tables.Load(table); ok {
		return known.(map[string]string), nil
	}
	rows, err := pool.QueryContext(ctx, `SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
		WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`, table)
	if err != nil {
		return nil, fmt.Errorf("ask for the columns of %s: %w", table, err)
	}
	defer rows.Close()
	types := map[string]string{}
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			return nil, fmt.Errorf("read the columns of %s: %w", table, err)
		}
		types[name] = kind
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the columns of %s: %w", table, err)
	}
	t.tables.Store(table, types)
	return types, nil
}
