package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"opendoor/store/internal/stmtcache"
)

// sqliteConns bounds the connections to one file. One would deadlock a query
// inside a query; more only wait for each other.
const sqliteConns = 8

// sqliteStatements is how many compiled statements each connection keeps, of
// some kilobytes each.
const sqliteStatements = 100

// sqliteSettings: WAL lets readers and the writer work side by side; FULL
// makes "committed" survive a power cut; UTC text sorts by time; immediate
// transactions cannot fail halfway because another one wrote first.
const sqliteSettings = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)" +
	"&_pragma=synchronous(FULL)&_time_format=sqlite&_timezone=UTC&_txlock=immediate"

// forgetful are the settings of what is nowhere but in memory and has no power cut to survive.
var forgetful = strings.NewReplacer("journal_mode(WAL)", "journal_mode(MEMORY)", "synchronous(FULL)", "synchronous(OFF)")

func openSQLite(path string) (*sql.DB, gorm.Dialector, error) {
	if err := makeFile(path); err != nil {
		return nil, nil, fmt.Errorf("open the database: %w", err)
	}
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	return openSQLiteAt("file:" + escaped + sqliteSettings)
}

func openSQLiteAt(address string) (*sql.DB, gorm.Dialector, error) {
	if strings.Contains(address, "?vfs=memdb&") {
		address = forgetful.Replace(address)
	}
	connector, err := sqlite.NewConnector(address)
	if err != nil {
		return nil, nil, fmt.Errorf("open the database: %w", err)
	}
	pool := sql.OpenDB(stmtcache.New(connector, sqliteStatements))
	pool.SetMaxOpenConns(sqliteConns)
	pool.SetMaxIdleConns(sqliteConns)
	return pool, sqliteDialector{gormsqlite.Dialector{DriverName: "sqlite", Conn: pool}}, nil
}

// sqliteDialector is gorm's dialect over the driver without cgo, whose errors
// gorm does not know.
type sqliteDialector struct{ gormsqlite.Dialector }

// Translate turns the driver's error codes into gorm's errors.
func (d sqliteDialector) Translate(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return errors.Join(gorm.ErrDuplicatedKey, err)
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return errors.Join(gorm.ErrForeignKeyViolated, err)
	case sqlite3.SQLITE_CONSTRAINT_CHECK:
		return errors.Join(gorm.ErrCheckConstraintViolated, err)
	}
	return err
}

// sqliteCode returns the primary result code of an SQLite error, or 0.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}
