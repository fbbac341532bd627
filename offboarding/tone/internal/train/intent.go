package main

import (
	"fmt"
	"os"
	"slices"

	"opendoor/offboarding/tone/intent"
	"opendoor/offboarding/tone/internal/corpus"
	"opendoor/offboarding/tone/internal/linear"
)

// words are what a client wrote as the classifier of intents sees it.
type words struct {
	corpus.Words
	pieces [][]linear.Feature
	label  int
}

// trainIntent learns what clients mean and writes the model to a file.
func trainIntent(file string, try bool) error {
	items, err := corpus.Intent()
	if err != nil {
		return err
	}
	var all []words
	for _, it := range items {
		if it.HeldOut() {
			continue
		}
		if pieces := intent.Pieces(it.Text, it.Lang); len(pieces) > 0 {
			all = append(all, words{it, pieces, slices.Index(intent.Labels, it.Intent)})
		}
	}
	enough, err := validateIntent(all)
	if err != nil || try {
		return err
	}
	raw := learnIntent(all, func(int) bool { return true }, enough)
	fmt.Printf("intent: %d texts, %d bytes, enough %.2f\n", len(all), len(raw), enough)
	return os.WriteFile(file, []byte(raw), 0o600)
}

func learnIntent(all []words, wanted func(int) bool, enough [3]float32) string {
	var examples []linear.Example
	for i, w := range all {
		if wanted(i) {
			examples = append(examples, linear.Example{Features: w.pieces[0], Label: w.label, Source: i, Weight: 1})
		}
	}
	bias, weights := linear.Learn(examples, len(intent.Labels))
	return linear.Quantise(intent.Labels, bias, weights, enough)
}

// mayBeFinal is the share of texts that are not final and that the classifier
// may take for it in cross-validation; the markers may err besides, and a tenth
// is the most that both may (issue 4).
const mayBeFinal = 0.08

// ratherElse is from which share on another intent than final is suggested.
const ratherElse = 0.5

// validateIntent chooses the threshold by cross-validation, by the classifier
// alone: the markers were written with the texts in view.
func validateIntent(all []words) ([3]float32, error) {
	shares := make([][]float64, len(all))
	for fold := range folds {
		m, err := linear.Load(learnIntent(all, func(i int) bool { return i%folds != fold }, [3]float32{}))
		if err != nil {
			return [3]float32{}, err
		}
		for i := fold; i < len(all); i += folds {
			shares[i], _ = intent.Shares(m, all[i].pieces)
		}
	}
	for from := float32(0.2); from < 1; from += 0.02 {
		e := [3]float32{from, ratherElse}
		found, wrong := finals(all, shares, e)
		if wrong <= mayBeFinal {
			fmt.Printf("intent: by the classifier alone final found %.1f %%, wrongly final %.1f %%\n", 100*found, 100*wrong)
			return e, nil
		}
	}
	return [3]float32{1, ratherElse}, nil
}

// finals returns the share of final texts that are found, and of others that
// are taken for final.
func finals(texts []words, shares [][]float64, e [3]float32) (found, wrong float64) {
	var final, other float64
	for i, w := range texts {
		got := intent.Suggest(nil, shares[i], e) == intent.Final
		all, taken := &other, &wrong
		if w.Intent == intent.Final {
			all, taken = &final, &found
		}
		*all++
		if got {
			*taken++
		}
	}
	return found / final, wrong / other
}
