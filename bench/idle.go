package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// idle measures what serve takes with no settings at all: SQLite and the queue
// inside the process.
func (b *bench) idle(ctx context.Context) error {
	const settle = 5 * time.Second
	t := newTable("serve, embedded default", "", "start ms", "RSS MB after 5 s", "CPU ms per idle second")
	dir := filepath.Join(b.dir, "idle")
	for i := range 5 {
		name := "again"
		if i == 0 {
			name = "first start, new database"
		}
		p, err := b.start(ctx, []string{"OPENDOOR_ADDR=127.0.0.1:0", "OPENDOOR_DATA_DIR=" + dir, "OPENDOOR_LOG_LEVEL=error"}, b.binary, "serve")
		if err != nil {
			return err
		}
		if i > 0 && i < 4 {
			t.row(name, p.started.Milliseconds())
			p.stop()
			continue
		}
		before := p.cpu()
		time.Sleep(settle)
		t.row(name, p.started.Milliseconds(), mb(p.rss()), fmt.Sprintf("%.1f", (p.cpu()-before).Seconds()*1000/settle.Seconds()))
		p.stop()
	}
	t.end()
	return nil
}
