package store_test

import (
	"crypto/sha256"
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opendoor/offboarding"
	"opendoor/store"
)

// BenchmarkAddDeliveries measures the statement that hooks wait for, with
// bodies of the usual size.
func BenchmarkAddDeliveries(b *testing.B) {
	const batch = 64
	for name, open := range map[string]func() *store.Store{
		"sqlite":   func() *store.Store { return migrated(b, filepath.Join(b.TempDir(), "x.db")) },
		"postgres": func() *store.Store { return opened(b, freshPostgres(b)) },
	} {
		b.Run(name, func(b *testing.B) {
			s, account, n := open(), offboarding.NewID(), uint64(0)
			body := []byte(strings.Repeat("leads[status][0][custom_fields][0][id]=17&", 75)) // 3.1 kB
			for b.Loop() {
				rows := make([]*offboarding.Delivery, batch)
				for i := range rows {
					n++
					key := sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))
					rows[i] = &offboarding.Delivery{
						ID: offboarding.NewID(), AccountID: account, Provider: offboarding.AmoCRM, Origin: offboarding.OriginHook,
						ReceivedAt: time.Unix(0, 0), Method: "POST", Body: body, DedupKey: key[:],
					}
				}
				if err := s.AddDeliveries(b.Context(), rows, time.Minute); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "hooks/s")
		})
	}
}
