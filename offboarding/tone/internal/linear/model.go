package linear

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
)

// Model holds what was learnt: for each feature one weight per label. Weights
// are kept in steps of a hundred and twenty-seventh of the largest.
type Model struct {
	Labels []string // the first is the label of a sentence that does no harm
	Bias   []float32
	Step   float32
	Enough [3]float32 // from which shares on a text is found to block, to warn, and a rule is believed
	Keys   []uint32   // ascending
	Weight []int8     // of key i and label l at i*len(Labels)+l
	index  map[uint32]int
}

// Quantise makes a model of learnt weights; those that round to nothing for
// every label are left out.
func Quantise(labels []string, bias []float64, learnt map[uint32][]float64) *Model {
	m := &Model{Labels: labels}
	for _, b := range bias {
		m.Bias = append(m.Bias, float32(b))
	}
	largest := 0.0
	for _, ws := range learnt {
		for _, w := range ws {
			largest = max(largest, math.Abs(w))
		}
	}
	m.Step = float32(largest / 127)
	if m.Step == 0 {
		m.Step = 1
	}
	keys := make([]uint32, 0, len(learnt))
	for k := range learnt {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		row := make([]int8, len(labels))
		some := false
		for l, w := range learnt[k] {
			row[l] = int8(math.Round(w / float64(m.Step)))
			some = some || row[l] != 0
		}
		if some {
			m.Keys = append(m.Keys, k)
			m.Weight = append(m.Weight, row...)
		}
	}
	m.prepare()
	return m
}

func (m *Model) prepare() {
	m.index = make(map[uint32]int, len(m.Keys))
	for i, k := range m.Keys {
		m.index[k] = i * len(m.Labels)
	}
}

// Bytes writes the model: labels, step, bias, keys, weights; little-endian.
func (m *Model) Bytes() []byte {
	var b bytes.Buffer
	labels := strings.Join(m.Labels, " ")
	for _, v := range []any{uint32(len(labels)), []byte(labels), m.Step, m.Enough, m.Bias, uint32(len(m.Keys)), m.Keys, m.Weight} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			panic("linear: " + err.Error()) // a buffer takes everything of a fixed size
		}
	}
	return b.Bytes()
}

// Load reads what Bytes wrote.
func Load(raw []byte) (*Model, error) {
	r := bytes.NewReader(raw)
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
	if err := errors.Join(read(&m.Step), read(&m.Enough), read(m.Bias), read(&n)); err != nil || n > uint32(len(raw)) {
		return nil, errors.Join(errors.New("no model"), err)
	}
	m.Keys, m.Weight = make([]uint32, n), make([]int8, int(n)*len(m.Labels))
	if err := errors.Join(read(m.Keys), read(m.Weight)); err != nil {
		return nil, err
	}
	m.prepare()
	return m, nil
}

// Score returns how likely each label is.
func (m *Model) Score(fs []Feature) []float64 {
	sum := make([]float64, len(m.Labels))
	for l, b := range m.Bias {
		sum[l] = float64(b)
	}
	for _, f := range fs {
		at, ok := m.index[f.Key]
		if !ok {
			continue
		}
		v := float64(f.Value) * float64(m.Step)
		for l, w := range m.Weight[at : at+len(sum)] {
			sum[l] += float64(v * float64(w))
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
		at, ok := m.index[f.Key]
		if !ok {
			continue
		}
		w := float64(f.Value) * (float64(m.Weight[at+label]) - float64(m.Weight[at]))
		share := w / float64(f.Last-f.First+1)
		for i := f.First; i <= f.Last && i < n; i++ {
			out[i] += share
		}
	}
	return out
}
