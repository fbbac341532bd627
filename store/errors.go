package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"opendoor/offboarding"
)

// done turns an error of the database into one that the domain knows. what
// says what we were doing.
func (s *Store) done(what string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*offboarding.Error](err); ok || errors.Is(err, offboarding.ErrFenced) {
		return err
	}
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return offboarding.ErrNotFound
	case taken(err):
		return &offboarding.Error{Kind: offboarding.KindStale, Msg: offboarding.ErrStale.Msg, Err: fmt.Errorf("%s: %w", what, err)}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w", what, err)
	case away(err):
		return offboarding.Unavailable("the database is away", fmt.Errorf("%s: %w", what, err))
	}
	return fmt.Errorf("%s: %w", what, err)
}

// taken reports whether a unique index refused a row. gorm translates the error
// only where it makes the statement itself.
func taken(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "23505" // unique_violation
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return errors.Is(err, gorm.ErrDuplicatedKey)
}

// lostRace reports whether the database ended a transaction in favour of
// another one, so that trying again is right.
func lostRace(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "40001" || e.Code == "40P01" // serialization_failure, deadlock_detected
	}
	code := sqliteCode(err)
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

// away reports whether the database could not be reached or is not taking
// work, as opposed to having refused the statement.
func away(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case strings.HasPrefix(e.Code, "08"), // connection exception
			strings.HasPrefix(e.Code, "53"),  // disk full, out of memory, too many connections
			strings.HasPrefix(e.Code, "57P"), // shutting down, starting up
			e.Code == "25006",                // read-only: a standby
			e.Code == "58030":                // io_error
			return true
		}
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	switch sqliteCode(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed)
}
