package tone

import (
	"encoding/binary"
	"sync"

	"opendoor/offboarding/tone/internal/phrase"
)

// Most sentences of a letter are the same for every client. What was found of
// them is remembered, so that only those with a name or a date are read anew.

const (
	remembered  = 1024 // sentences of each of the two halves of a memo
	longToLearn = 1000 // bytes; a longer sentence is nobody's stock
)

// memo remembers by a key, and forgets what nobody asked for lately.
type memo[V any] struct {
	mu         sync.Mutex
	young, old map[string]V
}

// of returns what find gives for the key; it may not be changed.
func (m *memo[V]) of(key []byte, find func() V) V {
	if len(key) > longToLearn {
		return find()
	}
	m.mu.Lock()
	v, ok := m.young[string(key)]
	if !ok {
		if v, ok = m.old[string(key)]; ok {
			m.keep(key, v)
		}
	}
	m.mu.Unlock()
	if ok {
		return v
	}
	v = find()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep(key, v)
	return v
}

func (m *memo[V]) keep(key []byte, v V) {
	if m.young == nil || len(m.young) >= remembered {
		m.young, m.old = make(map[string]V), m.young
	}
	m.young[string(key)] = v
}

// appendKey adds all of a sentence that frames and the classifier look at.
func appendKey(key []byte, s *phrase.Sentence) []byte {
	for i := range s.Tokens {
		t := &s.Tokens[i]
		key = append(key, t.Norm...)
		var flags byte
		for bit, on := range [...]bool{t.Upper, t.Caps, t.Number, t.Comma, t.Quoted, t.Name} {
			if on {
				flags |= 1 << bit
			}
		}
		key = append(key, 0, flags)
	}
	return binary.LittleEndian.AppendUint32(key, uint32(s.End))
}
