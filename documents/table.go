package documents

const (
	cellPad   = 1.0 // above and below the lines of a cell
	lineTable = 0.15
)

func (t Table) draw(p *pen) {
	if len(t.Rows) == 0 && t.Empty != "" {
		Text(t.Empty).draw(p)
		return
	}
	widths := t.widths()
	h := lead(sizeTable)
	p.font("B", sizeTable)
	head := t.cells(p, t.heads(), widths)
	// The head stands with at least one line of a row below it.
	p.need(height(head, h) + h + 2*cellPad)
	t.row(p, head, widths, "B", true)
	for _, row := range t.Rows {
		p.font("", sizeTable)
		t.flow(p, t.cells(p, row, widths), head, widths, "")
	}
	if len(t.Total) > 0 {
		p.font("B", sizeTable)
		t.flow(p, t.cells(p, t.Total, widths), head, widths, "B")
	}
	p.SetY(p.GetY() + 3)
}

func (t Table) heads() []string {
	out := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = c.Head
	}
	return out
}

func (t Table) widths() []float64 {
	sum := 0.0
	for _, c := range t.Columns {
		sum += c.Share
	}
	out := make([]float64, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = contentWidth * c.Share / sum
	}
	return out
}

// cells breaks the texts of a row into lines in the present font.
func (t Table) cells(p *pen, row []string, widths []float64) [][]string {
	out := make([][]string, len(t.Columns))
	for i := range t.Columns {
		if i < len(row) {
			out[i] = p.split(row[i], widths[i])
		}
	}
	return out
}

func height(cells [][]string, line float64) float64 {
	most := 1
	for _, c := range cells {
		most = max(most, len(c))
	}
	return float64(most)*line + 2*cellPad
}

// flow sets a row, on the next page under a repeated head when it does not fit
// on this one. A row higher than a page is cut between its lines.
func (t Table) flow(p *pen, cells, head [][]string, widths []float64, style string) {
	h := lead(sizeTable)
	for {
		free := p.bottom() - p.GetY()
		if height(cells, h) <= free {
			t.row(p, cells, widths, style, false)
			return
		}
		onFresh := p.bottom() - marginTop - height(head, h)
		if height(cells, h) > onFresh {
			// It fits nowhere whole: fill what is left here, go on there.
			if n := int((free - 2*cellPad) / h); n > 0 {
				var now [][]string
				now, cells = cut(cells, n)
				t.row(p, now, widths, style, false)
			}
		}
		p.AddPage()
		p.font("B", sizeTable)
		t.row(p, head, widths, "B", true)
		p.font(style, sizeTable)
	}
}

// cut takes the first n lines of every cell.
func cut(cells [][]string, n int) (first, rest [][]string) {
	first, rest = make([][]string, len(cells)), make([][]string, len(cells))
	for i, c := range cells {
		k := min(n, len(c))
		first[i], rest[i] = c[:k], c[k:]
	}
	return first, rest
}

func (t Table) row(p *pen, cells [][]string, widths []float64, style string, isHead bool) {
	line := lead(sizeTable)
	h := height(cells, line)
	x, y := marginLeft, p.GetY()
	p.SetDrawColor(120, 120, 120)
	p.SetLineWidth(lineTable)
	p.font(style, sizeTable)
	for i, c := range cells {
		if isHead {
			p.SetFillColor(238, 241, 240)
			p.Rect(x, y, widths[i], h, "FD")
		} else {
			p.Rect(x, y, widths[i], h, "D")
		}
		for k, text := range c {
			p.SetXY(x, y+cellPad+float64(k)*line)
			p.CellFormat(widths[i], line, text, "", 0, t.Columns[i].Align.letter(), false, 0, "")
		}
		x += widths[i]
	}
	p.SetXY(marginLeft, y+h)
}
