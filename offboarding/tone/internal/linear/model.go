package linear

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
)

// Model holds what was learnt: for each feature one weight per label, in steps
// of a hundred and twenty-seventh of the largest. It is read where it lies, in
// the bytes of its file: a program that carries one pays only for what it asks.
type Model struct {
	Labels  []string // the first is the label of a sentence that does no harm
	Bias    []float32
	Step    float32
	Enough  [3]float32 // from which shares on a text is found to block, to warn, and a rule is believed
	keys    string     // ascending, four bytes each
	weights string     // of key i and label l at i*len(Labels)+l
	shelf   [shelves + 1]uint32
}

// shelves is into how many parts keys are sorted by their first bits, so that
// only a few of them are looked through.
const (
	shelfBits = 12
	shelves   = 1 << shelfBits
)

// Quantise writes a model of learnt weights: labels, step, enough, bias, keys,
// weights; little-endian. Weights that round to nothing for every label are left out.
func Quantise(labels []string, bias []float64, learnt map[uint32][]float64, enough [3]float32) string {
	largest := 0.0
	for _, ws := range learnt {
		for _, w := range ws {
			largest = max(largest, math.Abs(w))
		}
	}
	step := float32(largest / 127)
	if step == 0 {
		step = 1
	}
	var keys []uint32
	var weights []int8
	for _, k := range slices.Sorted(maps.Keys(learnt)) {
		row := make([]int8, len(labels))
		for l, w := range learnt[k] {
			row[l] = int8(math.Round(w / float64(step)))
		}
		if slices.ContainsFunc(row, func(w int8) bool { return w != 0 }) {
			keys = append(keys, k)
			weights = append(weights, row...)
		}
	}
	small := make([]float32, len(bias))
	for i, b := range bias {
		small[i] = float32(b)
	}
	var b bytes.Buffer
	names := strings.Join(labels, " ")
	for _, v := range []any{uint32(len(names)), []byte(names), step, enough, small, uint32(len(keys)), keys, weights} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			panic("linear: " + err.Error()) // a buffer takes everything of a fixed size
		}
	}
	return b.String()
}

// Load opens what Quantise wrote.
func Load(raw string) (*Model, error) {
	r := strings.NewReader(raw)
	var n uint32
	read := func(into any) error { return binary.Read(r, binary.LittleEndian, into) }
	if err := read(&n); err != nil || n > uint32(len(raw)) {
		return nil, errors.Join(errors.New("no model"), err)
	}
	labels := make([]byte, n)
	if err := read(labels); err != nil {
		return nil, err
	}
	m := &Model{Labels: strings.Fields(string(labels))}
	m.Bias = make([]float32, len(m.Labels))
	if err := errors.Join(read(&m.Step), read(&m.Enough), read(m.Bias), read(&n)); err != nil {
		return nil, errors.Join(errors.New("no model"), err)
	}
	rest := raw[len(raw)-r.Len():]
	if uint64(len(rest)) != uint64(n)*uint64(4+len(m.Labels)) {
		return nil, errors.New("a model that was cut off")
	}
	m.keys, m.weights = rest[:4*n], rest[4*n:]
	for i, at := 0, 0; i <= shelves; i++ {
		for at < int(n) && int(m.key(at)>>(32-shelfBits)) < i {
			at++
		}
		m.shelf[i] = uint32(at)
	}
	return m, nil
}

// Features is how many features the model has a weight for.
func (m *Model) Features() int { return len(m.keys) / 4 }

func (m *Model) key(i int) uint32 {
	b := m.keys[4*i : 4*i+4]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// of returns the weights of a feature, one byte a label.
func (m *Model) of(key uint32) (string, bool) {
	part := key >> (32 - shelfBits)
	for i, to := int(m.shelf[part]), int(m.shelf[part+1]); i < to; i++ {
		if m.key(i) == key {
			return m.weights[i*len(m.Labels) : (i+1)*len(m.Labels)], true
		}
	}
	return "", false
}

// Score returns how likely each label is.
func (m *Model) Score(fs []Feature) []float64 {
	sum := make([]float64, len(m.Labels))
	for l, b := range m.Bias {
		sum[l] = float64(b)
	}
	for _, f := range fs {
		row, ok := m.of(f.Key)
		if !ok {
			continue
		}
		v := float64(f.Value) * float64(m.Step)
		for l := range sum {
			sum[l] += float64(v * float64(int8(row[l])))
		}
	}
	Softmax(sum)
	return sum
}

// Softmax turns sums into shares of one.
func Softmax(sum []float64) {
	top := slices.Max(sum)
	total := 0.0
	for i, s := range sum {
		sum[i] = math.Exp(s - top)
		total += sum[i]
	}
	for i := range sum {
		sum[i] /= total
	}
}

// Reasons returns how much each of n words speaks for a label rather than for
// no harm.
func (m *Model) Reasons(fs []Feature, label, n int) []float64 {
	out := make([]float64, n)
	for _, f := range fs {
		row, ok := m.of(f.Key)
		if !ok {
			continue
		}
		w := float64(f.Value) * (float64(int8(row[label])) - float64(int8(row[0])))
		share := w / float64(f.Last-f.First+1)
		for i := f.First; i <= f.Last && i < n; i++ {
			out[i] += share
		}
	}
	return out
}
