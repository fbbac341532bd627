package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"opendoor/store/internal/filelock"
)

//go:embed migrations
var migrations embed.FS

// MigrationLine tells whether one migration has run.
type MigrationLine struct {
	Version   int64
	Name      string
	Applied   bool
	AppliedAt time.Time
}

// Migrate brings the schema up to date. Processes that start together wait
// for each other.
func (s *Store) Migrate(ctx context.Context) error {
	if s.dialect == SQLite && s.path != "" { // one in memory is seen by nobody else
		// SQLite has no lock that outlives a transaction.
		held, err := filelock.Wait(ctx, s.path+".migrate")
		if err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		defer held.Release()
	}
	p, err := s.provider()
	if err != nil {
		return err
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	for _, m := range done {
		s.log.InfoContext(ctx, "schema migrated", "version", m.Source.Version, "duration_ms", m.Duration.Milliseconds())
	}
	return nil
}

// SchemaVersion returns the version of the database's schema, 0 when it is
// empty, and the one that this program works with.
func (s *Store) SchemaVersion(ctx context.Context) (current, wanted int64, err error) {
	p, err := s.provider()
	if err != nil {
		return 0, 0, err
	}
	for _, m := range p.ListSources() {
		wanted = max(wanted, m.Version)
	}
	exists := "SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'"
	if s.dialect == Postgres {
		exists = "SELECT count(to_regclass('goose_db_version'))"
	}
	var n int
	if err := s.pool.QueryRowContext(ctx, exists).Scan(&n); err != nil {
		return 0, 0, s.done("read schema version", err)
	}
	if n == 0 {
		return 0, wanted, nil
	}
	err = s.pool.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&current)
	return current, wanted, s.done("read schema version", err)
}

// MigrationStatus lists all migrations in order.
func (s *Store) MigrationStatus(ctx context.Context) ([]MigrationLine, error) {
	p, err := s.provider()
	if err != nil {
		return nil, err
	}
	status, err := p.Status(ctx)
	if err != nil {
		return nil, s.done("read migrations", err)
	}
	lines := make([]MigrationLine, 0, len(status))
	for _, m := range status {
		lines = append(lines, MigrationLine{
			Version: m.Source.Version, Name: m.Source.Path,
			Applied: m.State == goose.StateApplied, AppliedAt: stamp(m.AppliedAt),
		})
	}
	return lines, nil
}

// refuseNewer refuses a database that a newer program has migrated: what this
// one would write there could be wrong without any error.
func (s *Store) refuseNewer(ctx context.Context) error {
	current, wanted, err := s.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	if current > wanted {
		return fmt.Errorf("the database has schema version %d, this opendoor knows only %d: "+
			"start the newer opendoor again, or restore the backup made before the upgrade", current, wanted)
	}
	return nil
}

func (s *Store) provider() (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, "migrations/"+s.dialect)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	dialect := goose.DialectSQLite3
	if s.dialect == Postgres {
		dialect = goose.DialectPostgres
		// Processes that start together wait for one migration: ask every second,
		// for up to five minutes.
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return nil, fmt.Errorf("migrate: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, s.pool, folder, options...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}
