// Package corpus holds our own sentences about parting, kind and unkind, on
// which the tone guard is built and measured.
package corpus

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
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

// firstOrdinary is the first batch whose kind texts were written as letters are.
const firstOrdinary = 12

// Ordinary reports whether the text comes from a batch whose kind texts are
// what letters say every day; those of earlier batches are all twins of unkind
// ones, changed in a word or two, and far harder than what a guard will see.
func (it Item) Ordinary() bool { return it.Batch >= firstOrdinary }

// Blind batches were written after everything was tuned, judged once, and are
// kept back ever since.
const (
	firstBlind  = 19
	secondBlind = 25
)

// HeldOut reports whether a text is kept back from learning and tuning.
func (it Item) HeldOut() bool { return it.Batch == firstBlind || it.Batch == secondBlind }

// Guard returns the sentences of letters, always in the same order.
func Guard() ([]Item, error) { return load[Item]("guard.jsonl") }

// Words are what a client has written, and what they mean by it.
type Words struct {
	Lang       string `json:"lang"`
	Text       string `json:"text"`
	Intent     string `json:"intent"`
	ThirdParty bool   `json:"third_party,omitempty"`
	Reason     string `json:"reason,omitempty"` // empty when nothing is asked of it
	Batch      int    `json:"batch"`            // in which round it was written; see docs/tone.md
}

// blindWords is the batch of clients' words that is kept back.
const blindWords = 8

// HeldOut reports whether the words are kept back from learning and tuning.
func (w Words) HeldOut() bool { return w.Batch == blindWords }

// Intent returns the sentences of clients.
func Intent() ([]Words, error) { return load[Words]("intent.jsonl") }

func load[T any](name string) ([]T, error) {
	raw, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var all []T
	sc := bufio.NewScanner(bytes.NewReader(raw))
	for sc.Scan() {
		var it T
		if err := json.Unmarshal(sc.Bytes(), &it); err != nil {
			return nil, fmt.Errorf("read %s, line %d: %w", name, len(all)+1, err)
		}
		all = append(all, it)
	}
	return all, sc.Err()
}
