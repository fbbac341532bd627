// Package stmtcache keeps the compiled statements of a connection to SQLite.
// The driver compiles each statement each time it is run, which was half of all
// processor time in the embedded database; pgx keeps those of PostgreSQL itself.
package stmtcache

import (
	"container/list"
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
)

// longest is the length of the longest statement that is kept: beyond it are
// inserts of many rows, of which hardly two are alike.
const longest = 8 << 10

// New returns a connector whose connections keep the most statements that they
// used last. Each connection of c must do what the interface full asks for.
func New(c driver.Connector, most int) driver.Connector { return connector{c, most} }

type connector struct {
	driver.Connector
	most int
}

// full is what database/sql asks of a connection beyond driver.Conn.
type full interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// Connect opens a connection that keeps its statements.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	f, ok := inner.(full)
	if !ok {
		_ = inner.Close()
		return nil, fmt.Errorf("stmtcache: a %T lacks what is needed", inner)
	}
	return &conn{full: f, most: c.most, known: map[string]*list.Element{}}, nil
}

// conn is one connection; database/sql never uses one from two goroutines.
type conn struct {
	full
	most  int
	known map[string]*list.Element
	order list.List // of *kept, the one used last in front
}

// runner is a compiled statement.
type runner interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type kept struct {
	runner
	query   string
	reading bool // its rows are being read
	dropped bool // to be closed once they are
}

// ExecContext runs query.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	k, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return c.full.ExecContext(ctx, query, args)
	}
	res, err := k.ExecContext(ctx, args)
	if err != nil {
		c.drop(k)
	}
	return res, err
}

// QueryContext runs query and returns its rows.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	k, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return c.full.QueryContext(ctx, query, args)
	}
	read, err := k.QueryContext(ctx, args)
	if err != nil {
		c.drop(k)
		return nil, err
	}
	typed, ok := read.(typedRows)
	if !ok {
		_ = read.Close()
		return nil, fmt.Errorf("stmtcache: a %T lacks what is needed", read)
	}
	k.reading = true
	return &rows{typed, k}, nil
}

// Close closes the statements and the connection.
func (c *conn) Close() error {
	for _, e := range c.known {
		_ = e.Value.(*kept).Close()
	}
	clear(c.known)
	c.order.Init()
	return c.full.Close()
}

// take returns the compiled query, nil when it is run without being kept:
// its rows are just being read, it is no plain reading or writing, or too long.
func (c *conn) take(ctx context.Context, query string) (*kept, error) {
	if e, ok := c.known[query]; ok {
		k := e.Value.(*kept)
		if k.reading {
			return nil, nil
		}
		c.order.MoveToFront(e)
		return k, nil
	}
	if len(query) > longest || !plain(query) {
		return nil, nil
	}
	stmt, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	r, ok := stmt.(runner)
	if !ok {
		return nil, stmt.Close()
	}
	k := &kept{runner: r, query: query}
	c.known[query] = c.order.PushFront(k)
	if c.order.Len() > c.most {
		c.drop(c.order.Back().Value.(*kept))
	}
	return k, nil
}

// drop forgets a statement. One that failed is compiled anew the next time.
func (c *conn) drop(k *kept) {
	if e, ok := c.known[k.query]; ok && e.Value == any(k) {
		c.order.Remove(e)
		delete(c.known, k.query)
	}
	if k.reading {
		k.dropped = true
		return
	}
	_ = k.Close()
}

// plain reports whether the query reads or writes rows, and does nothing else.
func plain(query string) bool {
	word, _, _ := strings.Cut(strings.TrimSpace(query), " ")
	switch strings.ToUpper(word) {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "WITH":
		return true
	}
	return false
}

// typedRows is what the driver's rows tell of their columns.
type typedRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// rows free their statement when they are closed.
type rows struct {
	typedRows
	of *kept
}

// Close ends the reading.
func (r *rows) Close() error {
	err := r.typedRows.Close()
	r.of.reading = false
	if r.of.dropped {
		r.of.dropped = false
		_ = r.of.Close()
	}
	return err
}
