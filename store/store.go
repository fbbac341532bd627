package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"

	"opendoor/offboarding"
	"opendoor/store/internal/pipeline"
	"opendoor/store/seal"
)

var _ offboarding.Store = (*Store)(nil)

// Options say where the database is and what the Store needs beside it.
type Options struct {
	URL     string           // postgres://…, the path of an SQLite file, or empty: opendoor.db in DataDir
	DataDir string           // made when it is missing
	Memory  bool             // SQLite that is nowhere but in memory and gone when it is closed
	Keys    [][]byte         // master keys of 32 bytes, newest first; without them no secret can be kept
	Log     *slog.Logger     // nil: silent
	Now     func() time.Time // stamps rows; the domain's clock
	Wall    func() time.Time // ends leases on SQLite; the real time. PostgreSQL uses its own clock
}

// The names that Dialect returns.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Store is the database. It is safe for concurrent use.
type Store struct {
	db      *gorm.DB
	pool    *sql.DB
	dialect string
	path    string     // of the SQLite file
	looks   *gorm.DB   // by which due effects are looked for; on SQLite it is db
	turn    chan token // serialises the writers of an SQLite file; nil on PostgreSQL
	inTx    bool
	now     func() time.Time
	wall    func() time.Time
	secrets *seal.Sealer
	log     *slog.Logger
}

type token struct{}

// Open connects to the database and refuses one that would lose what was
// committed, or whose schema is newer than this program. It changes nothing:
// call Migrate before the first use.
func Open(ctx context.Context, o Options) (*Store, error) {
	secrets, err := seal.New(o.Keys, "store")
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{now: o.Now, wall: o.Wall, secrets: secrets, log: o.Log}
	if s.now == nil {
		s.now = time.Now
	}
	if s.wall == nil {
		s.wall = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	var dialector gorm.Dialector
	var looks *sql.DB
	switch {
	case o.Memory:
		s.dialect, s.turn = SQLite, make(chan token, 1)
		s.pool, dialector, err = openSQLiteAt("file:/opendoor-" + offboarding.NewID().String() + "?vfs=memdb&" + strings.TrimPrefix(sqliteSettings, "?"))
	case isPostgres(o.URL):
		s.dialect = Postgres
		s.pool, looks, err = openPostgres(o.URL)
		dialector = overPostgres(s.pool)
	default:
		s.dialect = SQLite
		s.path = sqlitePath(o.URL, o.DataDir)
		s.turn = make(chan token, 1)
		s.pool, dialector, err = openSQLite(s.path)
	}
	if err != nil {
		return nil, err
	}
	if err := s.connect(ctx, dialector, looks); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) connect(ctx context.Context, dialector gorm.Dialector, looks *sql.DB) (err error) {
	if s.db, err = s.over(dialector); err != nil {
		return err
	}
	s.looks = s.db
	if looks != nil {
		if s.looks, err = s.over(overPostgres(looks)); err != nil {
			return err
		}
	}
	if err := s.pool.PingContext(ctx); err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	if s.dialect == Postgres {
		s.db.ClauseBuilders["VALUES"] = new(columnTypes).build
		if err := refuseForgetful(ctx, s.pool); err != nil {
			return err
		}
	}
	return s.refuseNewer(ctx)
}

// over returns gorm over connections that need not stand yet.
func (s *Store) over(dialector gorm.Dialector) (*gorm.DB, error) {
	db, err := gorm.Open(dialector, &gorm.Config{
		SkipDefaultTransaction: true, // one statement is one transaction already
		TranslateError:         true,
		DisableAutomaticPing:   true,
		NowFunc:                func() time.Time { return stamp(s.now()) },
		Logger:                 logger.Discard, // errors are returned, and rows hold personal data
	})
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return db, nil
}

// Close ends all connections.
func (s *Store) Close() error {
	err := s.pool.Close()
	if s.looks != nil && s.looks != s.db {
		if looks, lerr := s.looks.DB(); lerr == nil {
			err = errors.Join(err, looks.Close())
		}
	}
	return err
}

// Dialect returns SQLite or Postgres.
func (s *Store) Dialect() string { return s.dialect }

// Pool returns the connections, for tools that speak SQL themselves, such as
// backups and load tests.
func (s *Store) Pool() *sql.DB { return s.pool }

// txTries is how often a transaction is begun that the database gave up for
// the sake of another one.
const txTries = 3

// InTx runs fn in one transaction; an error or panic in fn rolls it back.
// Nothing slow belongs inside: no HTTP calls, no mail, no queue. On a Store
// that is in a transaction already, fn joins it.
func (s *Store) InTx(ctx context.Context, fn func(offboarding.Store) error) error {
	return s.tx(ctx, func(tx *Store) error { return fn(tx) })
}

func (s *Store) tx(ctx context.Context, fn func(*Store) error) error {
	if s.inTx {
		return fn(s)
	}
	for try := 1; ; try++ {
		err := s.txOnce(ctx, fn)
		if err == nil || try == txTries || !lostRace(err) {
			return err
		}
		select { // let the other transaction end
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(try) * (2*time.Millisecond + rand.N(8*time.Millisecond))):
		}
	}
}

func (s *Store) txOnce(ctx context.Context, fn func(*Store) error) error {
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	var inner error
	err = s.db.WithContext(ctx).Transaction(func(db *gorm.DB) error {
		tx := *s
		tx.db, tx.inTx = db, true
		inner = fn(&tx)
		return inner
	})
	if inner != nil {
		return inner // the caller's own error, as it was
	}
	return s.done("commit", err)
}

// enter waits for the turn to write and returns the function that passes it
// on. SQLite lets one connection write and serves those that wait in no
// order; in a queue of our own the slowest waits a tenth as long.
func (s *Store) enter(ctx context.Context) (func(), error) {
	if s.turn == nil || s.inTx {
		return func() {}, nil
	}
	select {
	case s.turn <- token{}:
		return func() { <-s.turn }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to write: %w", ctx.Err())
	}
}

// write runs one statement, or a few that need not be atomic, which change
// rows. what names it in errors.
func (s *Store) write(ctx context.Context, what string, fn func(*gorm.DB) error) error {
	leave, err := s.enter(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer leave()
	return s.done(what, fn(s.db.WithContext(ctx)))
}

// writeTx runs statements that change rows in one transaction.
func (s *Store) writeTx(ctx context.Context, what string, fn func(*gorm.DB) error) error {
	return s.tx(ctx, func(tx *Store) error { return tx.done(what, fn(tx.db.WithContext(ctx))) })
}

// later is write for one statement in a transaction: on PostgreSQL it may wait for the
// next that has an answer, or for the commit, and goes over with it. check, if
// not nil, is told how many rows it changed.
func (s *Store) later(ctx context.Context, what string, check func(rows int64) error, fn func(*gorm.DB) *gorm.DB) error {
	if s.inTx && s.dialect == Postgres {
		return s.done(what, fn(s.db.WithContext(pipeline.Later(ctx, check))).Error)
	}
	return s.write(ctx, what, func(db *gorm.DB) error {
		done := fn(db)
		if done.Error != nil || check == nil {
			return done.Error
		}
		return check(done.RowsAffected)
	})
}

// addLater adds rows with later, in one transaction.
func addLater[R any](ctx context.Context, s *Store, what string, rows []R, clauses ...clause.Expression) error {
	if len(rows) == 0 {
		return nil
	}
	return s.tx(ctx, func(tx *Store) error {
		return tx.later(ctx, what, nil, func(db *gorm.DB) *gorm.DB { return db.Clauses(clauses...).CreateInBatches(rows, insertChunk) })
	})
}

// exactly refuses another number of changed rows than n.
func exactly(n int, missing error) func(int64) error {
	return func(rows int64) error {
		if rows != int64(n) {
			return missing
		}
		return nil
	}
}

// read runs statements that change nothing.
func (s *Store) read(ctx context.Context, what string, fn func(*gorm.DB) error) error {
	return s.done(what, fn(s.db.WithContext(ctx)))
}

// sqlitePath reads the path out of what an operator may write.
func sqlitePath(url, dataDir string) string {
	if url == "" {
		return filepath.Join(dataDir, "opendoor.db")
	}
	for _, scheme := range []string{"sqlite://", "sqlite:", "file:"} {
		if path, ok := strings.CutPrefix(url, scheme); ok {
			return path
		}
	}
	return url
}

// makeFile creates an empty file that only its owner may read, so that the
// database never lies open for the moment before a chmod.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
