// Package pipeline lets statements of a transaction travel to PostgreSQL
// together. A statement takes a hundred microseconds of processor time for its way
// there and back alone, half of it here and half there, which is more than most of
// ours take to be carried out. The beginning of a transaction waits for its first
// statement, and statements that are put off by Later wait for the next one that
// is not; what waited goes over in front of it, in order.
package pipeline

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
)

// most is how many statements wait at most; the next one takes them along.
const most = 64

// New returns a connector whose connections send together what can wait. c must
// be pgx's.
func New(c driver.Connector) driver.Connector { return connector{c} }

type connector struct{ driver.Connector }

// Connect opens a connection.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	pg, ok := inner.(*stdlib.Conn)
	if !ok {
		_ = inner.Close()
		return nil, fmt.Errorf("pipeline: a %T is no connection of pgx", inner)
	}
	return &conn{Conn: pg}, nil
}

type later struct{}

// Later returns a context under which ExecContext puts a statement off: its result
// is driver.ResultNoRows, and what the database says of it comes back from the
// statement or the commit that takes it along. check, if not nil, is told then how
// many rows it changed; its error is returned in the place of the others.
// Outside of a transaction nothing is put off.
func Later(ctx context.Context, check func(rows int64) error) context.Context {
	return context.WithValue(ctx, later{}, check)
}

// conn is one connection; database/sql never uses one from two goroutines.
type conn struct {
	*stdlib.Conn
	lazy  bool // in a transaction that begins with its first statement
	waits []statement
}

type statement struct {
	query string
	args  []any
	check func(rows int64) error
}

// begin is what a transaction begins with; as long as it waits, the server knows
// of no transaction.
const begin = "begin"

// BeginTx begins a transaction with its first statement, unless it is to be
// another one than the database's default.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if opts != (driver.TxOptions{}) {
		return c.Conn.BeginTx(ctx, opts)
	}
	if c.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	c.lazy, c.waits = true, append(c.waits[:0], statement{query: begin})
	return &tx{c, ctx}, nil
}

// ExecContext runs query, or puts it off.
func (c *conn) ExecContext(ctx context.Context, query string, named []driver.NamedValue) (driver.Result, error) {
	check, putOff := ctx.Value(later{}).(func(int64) error)
	if len(named) == 0 && !putOff { // it may be several statements in one text, which have to go alone
		if _, err := c.flush(ctx); err != nil {
			return nil, err
		}
	}
	if len(c.waits) == 0 && (!putOff || !c.lazy) {
		res, err := c.Conn.ExecContext(ctx, query, named)
		if err != nil || check == nil {
			return res, err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return nil, err
		}
		return res, check(n)
	}
	c.waits = append(c.waits, statement{query, values(named), check})
	if putOff && len(c.waits) < most {
		return driver.ResultNoRows, nil
	}
	n, err := c.flush(ctx)
	return driver.RowsAffected(n), err
}

// QueryContext runs query and returns its rows.
func (c *conn) QueryContext(ctx context.Context, query string, named []driver.NamedValue) (driver.Rows, error) {
	if len(c.waits) == 0 {
		return c.Conn.QueryContext(ctx, query, named)
	}
	res, err := c.send(ctx, statement{query: query, args: values(named)})
	if err != nil {
		return nil, err
	}
	r := &rows{res: res, types: c.Conn.Conn().TypeMap(), first: true}
	if r.Rows, err = res.Query(); err == nil {
		r.more = r.Rows.Next() // only then is it known which columns there are
		err = r.Err()
	}
	if err != nil {
		_ = r.Close() // it repeats the error
		return nil, err
	}
	return r, nil
}

// PrepareContext prepares query after what waits.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if _, err := c.flush(ctx); err != nil {
		return nil, err
	}
	return c.Conn.PrepareContext(ctx, query)
}

// flush sends what waits and returns how many rows the last one changed.
func (c *conn) flush(ctx context.Context) (int64, error) {
	if len(c.waits) == 0 {
		return 0, nil
	}
	last := c.waits[len(c.waits)-1]
	c.waits = c.waits[:len(c.waits)-1]
	res, err := c.send(ctx, last)
	if err != nil {
		return 0, err
	}
	tag, err := res.Exec()
	if cerr := res.Close(); err == nil {
		err = cerr
	}
	if err == nil && last.check != nil {
		err = last.check(tag.RowsAffected())
	}
	return tag.RowsAffected(), err
}

// send sends what waits and then last, whose result is the next one to be read.
func (c *conn) send(ctx context.Context, last statement) (pgx.BatchResults, error) {
	b := &pgx.Batch{}
	for _, s := range c.waits {
		b.Queue(s.query, s.args...)
	}
	b.Queue(last.query, last.args...)
	waited := c.waits
	c.waits = nil
	res := c.Conn.Conn().SendBatch(ctx, b)
	for _, s := range waited {
		tag, err := res.Exec()
		if err == nil && s.check != nil {
			err = s.check(tag.RowsAffected())
		}
		if err != nil {
			_ = res.Close() // it repeats the error
			return nil, err
		}
	}
	return res, nil
}

func values(named []driver.NamedValue) []any {
	args := make([]any, len(named))
	for i, a := range named {
		args[i] = a.Value
	}
	return args
}

// tx is a transaction that begins with its first statement.
type tx struct {
	c   *conn
	ctx context.Context //nolint:containedctx // database/sql gives none to Commit and Rollback
}

// Commit sends what waits and commits; what nobody has to check goes over with
// the commit itself.
func (t *tx) Commit() error {
	if t.c.unsent() && len(t.c.waits) == 1 {
		t.c.end()
		return nil
	}
	err := t.commit()
	if err != nil {
		return errors.Join(err, t.Rollback())
	}
	t.c.end()
	return nil
}

func (t *tx) commit() error {
	if slices.ContainsFunc(t.c.waits, func(s statement) bool { return s.check != nil }) {
		if _, err := t.c.flush(t.ctx); err != nil {
			return err
		}
	}
	var tag pgconn.CommandTag
	var err error
	if len(t.c.waits) == 0 {
		tag, err = t.c.Conn.Conn().Exec(t.ctx, "commit")
	} else if res, serr := t.c.send(t.ctx, statement{query: "commit"}); serr != nil {
		err = serr
	} else {
		tag, err = res.Exec()
		err = errors.Join(err, res.Close())
	}
	if err == nil && tag.String() == "ROLLBACK" {
		return pgx.ErrTxCommitRollback
	}
	return err
}

// Rollback forgets what waits and rolls back. A connection of which it is not
// known whether it did is closed.
func (t *tx) Rollback() error {
	unsent := t.c.unsent()
	t.c.end()
	if unsent {
		return nil
	}
	if _, err := t.c.Conn.Conn().Exec(t.ctx, "rollback"); err != nil {
		return errors.Join(err, t.c.Close())
	}
	return nil
}

// unsent reports whether the server knows nothing of the transaction yet.
func (c *conn) unsent() bool { return len(c.waits) > 0 && c.waits[0].query == begin }

func (c *conn) end() { c.lazy, c.waits = false, nil }

// rows are those of a statement that went over with others.
type rows struct {
	pgx.Rows
	res   pgx.BatchResults
	types *pgtype.Map
	first bool // the first row is there already
	more  bool
}

// Columns returns the names of the columns.
func (r *rows) Columns() []string {
	names := make([]string, len(r.FieldDescriptions()))
	for i, f := range r.FieldDescriptions() {
		names[i] = f.Name
	}
	return names
}

// Close ends the reading.
func (r *rows) Close() error {
	r.Rows.Close()
	return r.res.Close()
}

// Next reads a row.
func (r *rows) Next(dest []driver.Value) error {
	if !r.first {
		r.more = r.Rows.Next()
	}
	r.first = false
	if !r.more {
		if err := r.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	for i, f := range r.FieldDescriptions() {
		var err error
		if dest[i], err = r.value(f, r.RawValues()[i]); err != nil {
			return fmt.Errorf("read column %s: %w", f.Name, err)
		}
	}
	return nil
}

func (r *rows) value(f pgconn.FieldDescription, raw []byte) (driver.Value, error) {
	if raw == nil {
		return nil, nil //nolint:nilnil // NULL
	}
	t, ok := r.types.TypeForOID(f.DataTypeOID)
	if !ok {
		return string(raw), nil // such types come as text
	}
	if _, array := t.Codec.(*pgtype.ArrayCodec); !array || f.Format == pgtype.TextFormatCode {
		return t.Codec.DecodeDatabaseSQLValue(r.types, f.DataTypeOID, f.Format, raw)
	}
	list, err := t.Codec.DecodeValue(r.types, f.DataTypeOID, f.Format, raw)
	if err != nil {
		return nil, err
	}
	text, err := r.types.Encode(f.DataTypeOID, pgtype.TextFormatCode, list, nil) // arrays are text to database/sql
	return string(text), err
}
