// Package corpus holds our own sentences about parting, kind and unkind, on
// which the tone guard is built and measured.
package corpus

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
)

//go:embed *.jsonl
var files embed.FS

// Item is one labelled text.
type Item struct {
	Group  string `json:"group"` // sentences that are nearly the same share it
	Lang   string `json:"lang"`
	Text   string `json:"text"`
	Label  string `json:"label"` // pass, or the rule it breaks
	Kind   string `json:"kind,omitempty"`
	Intent string `json:"intent,omitempty"`
	Form   string `json:"form"`  // plain, inflected, obfuscated, paraphrase, hard_negative
	Batch  int    `json:"batch"` // in which round it was written; see docs/tone.md
}

// Paraphrase reports whether the text says it round about.
func (it Item) Paraphrase() bool { return it.Form == "paraphrase" }

// Seen reports whether the frames were written with the text in view: what they
// find in it says nothing about how far they carry.
func (it Item) Seen() bool { return it.Batch == 1 }

// Stock reports whether the text is a line of the letters of the house: they
// must pass, so all of them are learnt from and none is measured with.
func (it Item) Stock() bool { return it.Batch == 9 }

// lastBlind is the batch that was written last, after everything was tuned: all
// of it is kept back.
const lastBlind = 11

// heldOutOf is the share that is kept back: one group of five.
const heldOutOf = 5

// HeldOut reports whether a text is kept back from learning and tuning. It goes
// by the group, so that no near twin of it is learnt from.
func (it Item) HeldOut() bool {
	if it.Stock() {
		return false
	}
	if it.Batch == lastBlind {
		return true
	}
	h := fnv.New32a()
	h.Write([]byte(it.Group))
	return h.Sum32()%heldOutOf == 0
}

// Guard returns the sentences of letters, always in the same order.
func Guard() ([]Item, error) { return load("guard.jsonl") }

func load(name string) ([]Item, error) {
	raw, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var all []Item
	sc := bufio.NewScanner(bytes.NewReader(raw))
	for sc.Scan() {
		var it Item
		if err := json.Unmarshal(sc.Bytes(), &it); err != nil {
			return nil, fmt.Errorf("read %s, line %d: %w", name, len(all)+1, err)
		}
		all = append(all, it)
	}
	return all, sc.Err()
}
