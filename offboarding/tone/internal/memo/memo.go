// Package memo remembers what was found of the sentences that are the same in
// every letter.
package memo

import "sync"

const (
	remembered  = 1024 // sentences of each of the two halves of a Memo
	longToLearn = 1000 // bytes; a longer sentence is nobody's stock
)

// Memo remembers by a key, and forgets what nobody asked for lately. Most
// sentences of a letter are the same for every client: only those with a name or
// a date are read anew.
type Memo[V any] struct {
	mu         sync.Mutex
	young, old map[string]V
}

// Of returns what find gives for the key; it may not be changed.
func (m *Memo[V]) Of(key []byte, find func() V) V {
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

func (m *Memo[V]) keep(key []byte, v V) {
	if m.young == nil || len(m.young) >= remembered {
		m.young, m.old = make(map[string]V), m.young
	}
	m.young[string(key)] = v
}
