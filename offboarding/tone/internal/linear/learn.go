package linear

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Example is a labelled piece of text.
type Example struct {
	Features []Feature
	Label    int
	Source   int // near twins share it
	Weight   float64
}

// How it is learnt: logistic regression over all labels at once, by gradient
// with a step that shrinks for what is often seen (AdaGrad). The numbers were
// chosen by cross-validation on the tune part.
const (
	rounds  = 12
	rate    = 0.05
	keep    = 5e-4 // how strongly a weight is drawn back to nothing at each step
	reach   = 6.0  // by how much features are stretched, so that sums can tell
	mixSeed = 2026
)

// row holds the weights of a feature and how far each has been moved.
type row struct{ w, seen []float64 }

func newRow(labels int) *row { return &row{make([]float64, labels), make([]float64, labels)} }

// Learn returns the bias and the weights. The same examples in the same order
// give the same numbers: products are rounded before they are added, so that no
// processor joins the two.
func Learn(examples []Example, labels int) ([]float64, map[uint32][]float64) {
	rows := map[uint32]*row{}
	bias := newRow(labels)
	examples = common(examples)
	of := make([][]*row, len(examples)) // the rows of each example, looked up once
	order := make([]int, len(examples))
	for i, e := range examples {
		order[i] = i
		of[i] = make([]*row, len(e.Features))
		for j, f := range e.Features {
			if rows[f.Key] == nil {
				rows[f.Key] = newRow(labels)
			}
			of[i][j] = rows[f.Key]
		}
	}
	mix := rand.New(rand.NewPCG(mixSeed, mixSeed))
	sum := make([]float64, labels)
	for range rounds {
		mix.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, at := range order {
			step(of[at], bias, sum, &examples[at])
		}
	}
	out := make(map[uint32][]float64, len(rows))
	for k, r := range rows {
		for i := range r.w {
			r.w[i] *= reach
		}
		out[k] = r.w
	}
	return bias.w, out
}

// common drops the features that only one source has: they say who wrote a
// sentence rather than what it does.
func common(examples []Example) []Example {
	first := map[uint32]int{}
	shared := map[uint32]bool{}
	for _, e := range examples {
		for _, f := range e.Features {
			if s, ok := first[f.Key]; !ok {
				first[f.Key] = e.Source
			} else if s != e.Source {
				shared[f.Key] = true
			}
		}
	}
	out := slices.Clone(examples)
	for i := range out {
		out[i].Features = slices.DeleteFunc(slices.Clone(out[i].Features), func(f Feature) bool { return !shared[f.Key] })
	}
	return out
}

func step(rows []*row, bias *row, sum []float64, e *Example) {
	copy(sum, bias.w)
	for i, f := range e.Features {
		v := float64(f.Value) * reach
		for l, w := range rows[i].w {
			sum[l] += float64(v * w)
		}
	}
	Softmax(sum)
	sum[e.Label]--
	for l := range sum {
		sum[l] *= e.Weight
	}
	bias.move(sum, 1)
	for i, f := range e.Features {
		rows[i].move(sum, float64(f.Value)*reach)
	}
}

func (r *row) move(slope []float64, v float64) {
	for l, s := range slope {
		g := float64(s*v) + float64(keep*r.w[l])
		r.seen[l] += float64(g * g)
		r.w[l] -= float64(rate * g / math.Sqrt(r.seen[l]+1e-3))
	}
}
