package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Spoken runs fn with a Store that notes every statement it makes, values
// filled in.
func (s *Store) Spoken(fn func(*Store)) []string {
	heard := &ear{Interface: logger.Discard}
	listening := *s
	listening.db = s.db.Session(&gorm.Session{Logger: heard})
	fn(&listening)
	return heard.statements
}

type ear struct {
	logger.Interface
	statements []string
}

func (e *ear) Trace(_ context.Context, _ time.Time, fc func() (string, int64), _ error) {
	statement, _ := fc()
	e.statements = append(e.statements, statement)
}
