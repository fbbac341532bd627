package store

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gorm.io/gorm"

	"opendoor/offboarding"
)

// column is one of a table as its database declares it.
type column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Dump writes every row as it stands at one moment, table by table: a line with
// the columns, then a line per row, an array of texts and nulls. open returns
// where a table goes. It returns the hashes of all contents of the file store
// that rows point to. Writers are not held up.
func (s *Store) Dump(ctx context.Context, open func(table string) (io.Writer, error)) (contents []string, err error) {
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		return nil, s.done("dump", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	begin := "BEGIN DEFERRED" // in WAL mode a reader sees one moment
	if s.dialect == Postgres {
		begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	}
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		return nil, s.done("dump", err)
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") }()
	tables, err := s.tables(ctx, conn)
	if err != nil {
		return nil, s.done("dump", err)
	}
	for _, t := range tables {
		out, err := open(t)
		if err == nil {
			err = s.dumpTable(ctx, conn, t, out)
		}
		if err != nil {
			return nil, fmt.Errorf("dump %s: %w", t, err)
		}
	}
	contents, err = texts(ctx, conn, "SELECT DISTINCT sha256 FROM files ORDER BY 1")
	return contents, s.done("dump", err)
}

// querier is a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func texts(ctx context.Context, q querier, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, rows.Err()
}

// tables lists ours, without that of the migrations.
func (s *Store) tables(ctx context.Context, q querier) ([]string, error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%' ORDER BY name"
	if s.dialect == Postgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'goose%' ORDER BY table_name"
	}
	return texts(ctx, q, query)
}

func (s *Store) columns(ctx context.Context, q querier, table string) ([]column, error) {
	query := "SELECT name || ' ' || lower(type) FROM pragma_table_info('" + table + "') ORDER BY cid"
	if s.dialect == Postgres {
		query = "SELECT column_name || ' ' || udt_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '" + table + "' ORDER BY ordinal_position"
	}
	lines, err := texts(ctx, q, query)
	out := make([]column, 0, len(lines))
	for _, l := range lines {
		name, kind, _ := strings.Cut(l, " ")
		out = append(out, column{name, kind})
	}
	return out, err
}

// asText is a column as a text that both databases take back.
func (s *Store) asText(c column) string {
	name := `"` + c.Name + `"`
	switch c.Type {
	case "blob":
		return "CASE WHEN " + name + " IS NULL THEN NULL ELSE lower(hex(" + name + ")) END"
	case "bytea":
		return "encode(" + name + ", 'hex')"
	case "bool":
		return name + "::int::text"
	case "timestamptz":
		return "to_char(" + name + " AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00:00'"
	}
	return "CAST(" + name + " AS text)"
}

func (s *Store) dumpTable(ctx context.Context, q querier, table string, w io.Writer) error {
	columns, err := s.columns(ctx, q, table)
	if err != nil {
		return err
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = s.asText(c)
	}
	rows, err := q.QueryContext(ctx, "SELECT "+strings.Join(names, ", ")+` FROM "`+table+`"`)
	if err != nil {
		return err
	}
	defer rows.Close()
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	if err := out.Encode(columns); err != nil {
		return err
	}
	cells := make([]*string, len(columns))
	into := make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := out.Encode(cells); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Holding returns the name of a table that has rows, or "".
func (s *Store) Holding(ctx context.Context) (string, error) {
	all, err := s.tables(ctx, s.pool)
	if err != nil {
		return "", s.done("look for rows", err)
	}
	for _, t := range all {
		var n int
		if err := s.pool.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM "`+t+`" LIMIT 1) AS one`).Scan(&n); err != nil {
			return "", s.done("look for rows", err)
		}
		if n > 0 {
			return t, nil
		}
	}
	return "", nil
}

// Load takes back what Dump wrote, of either database, all or nothing. open
// returns the lines of a table. Sending is paused in the same transaction: what
// left since the dump was made would leave again.
func (s *Store) Load(ctx context.Context, tables []string, open func(table string) (io.Reader, error), paused string) error {
	return s.writeTx(ctx, "load", func(db *gorm.DB) error {
		tx, ok := db.Statement.ConnPool.(*sql.Tx)
		if !ok {
			return errors.New("load: not in a transaction")
		}
		known, err := s.tables(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if !slices.Contains(known, t) {
				return fmt.Errorf("the schema has no table %q", t)
			}
			r, err := open(t)
			if err == nil {
				err = s.loadTable(ctx, tx, t, r)
			}
			if err != nil {
				return fmt.Errorf("load %s: %w", t, err)
			}
		}
		if s.dialect == Postgres {
			if _, err := tx.ExecContext(ctx, "SELECT setval('cases_no', coalesce((SELECT max(no) FROM cases), 0) + 1, false)"); err != nil {
				return err
			}
		}
		if err := db.Where("name = ?", offboarding.SettingSendingPaused).Delete(&settingRow{}).Error; err != nil {
			return err
		}
		return db.Create(&settingRow{Name: offboarding.SettingSendingPaused, Value: paused}).Error
	})
}

// maxDumpLine bounds one row: a delivery's body is at most 2 MiB, twice that in hex.
const maxDumpLine = 64 << 20

func (s *Store) loadTable(ctx context.Context, tx *sql.Tx, table string, r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxDumpLine)
	var given []column
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &given) != nil {
		return errors.Join(errors.New("the first line does not name columns"), lines.Err())
	}
	ours, err := s.columns(ctx, tx, table)
	if err != nil {
		return err
	}
	names, places := make([]string, len(given)), make([]string, len(given))
	for i, g := range given {
		at := slices.IndexFunc(ours, func(c column) bool { return c.Name == g.Name })
		if at < 0 {
			return fmt.Errorf("the schema has no column %q", g.Name)
		}
		names[i], places[i] = `"`+g.Name+`"`, "?"
		if s.dialect == Postgres {
			places[i] = fmt.Sprintf("CAST($%d AS %s)", i+1, ours[at].Type)
		}
	}
	statement := fmt.Sprintf(`INSERT INTO "%s" (%s) VALUES (%s)`, table, strings.Join(names, ", "), strings.Join(places, ", ")) //nolint:gosec // names that the schema has
	put, err := tx.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	defer func() { _ = put.Close() }()
	for lines.Scan() {
		var cells []*string
		if err := json.Unmarshal(lines.Bytes(), &cells); err != nil || len(cells) != len(given) {
			return errors.Join(errors.New("a row cannot be read"), err)
		}
		values := make([]any, len(cells))
		for i, cell := range cells {
			if values[i], err = loaded(given[i], cell); err != nil {
				return err
			}
		}
		if _, err := put.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return lines.Err()
}

// loaded is a cell as the databases take it; types of columns do the rest.
func loaded(c column, cell *string) (any, error) {
	switch {
	case cell == nil:
		return nil, nil
	case c.Type == "blob" || c.Type == "bytea":
		return hex.DecodeString(*cell)
	}
	return *cell, nil
}

// MigrateTo brings the schema up to a version and no further, as a dump of that
// version needs it.
func (s *Store) MigrateTo(ctx context.Context, version int64) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	_, err = p.UpTo(ctx, version)
	return s.done("migrate", err)
}
