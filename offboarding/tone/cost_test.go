package tone

import (
	"runtime"
	"testing"
)

// The guard waits in every process that serves, most of them idle: what it
// knows may take 8 MB at most once the first letter has been read.
func TestTheGuardTakesLittleMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	lex, forms := newLexis(), newUnfilled()
	runtime.GC()
	runtime.ReadMemStats(&after)
	const most = 8 << 20
	if used := after.HeapAlloc - before.HeapAlloc; after.HeapAlloc > before.HeapAlloc && used > most {
		t.Errorf("%d frames and %d forms take %d bytes", len(lex.frames), len(forms), used)
	} else {
		t.Logf("%d bytes", used)
	}
}

func BenchmarkTheFirstLetter(b *testing.B) {
	for b.Loop() {
		newLexis()
		newUnfilled()
	}
}
