// Package store keeps everything in SQLite or PostgreSQL: it implements
// offboarding.Store over gorm, with plain SQL where the order of rows, locks
// or speed matter. Rows and their tags are private to it.
package store
