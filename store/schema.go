package store

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// WantedSchema returns the schema version that this program works with, without
// a database: the highest number among its migrations.
func WantedSchema() int64 {
	names, err := fs.Glob(migrations, "migrations/sqlite/*.sql")
	if err != nil {
		panic("store: " + err.Error()) // the pattern is right
	}
	var wanted int64
	for _, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			wanted = max(wanted, n)
		}
	}
	return wanted
}
