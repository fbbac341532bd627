package documents

import (
	"bytes"
	_ "embed" // the fonts
	"net/http"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
)

// The fonts are PT Sans by ParaType under its free licence (fonts/LICENSE).
var (
	//go:embed fonts/PTSans-Regular.ttf
	regularFont []byte
	//go:embed fonts/PTSans-Bold.ttf
	boldFont []byte
)

const family = "PT Sans"

// Millimetres of an A4 page and points of type.
const (
	pageWidth, pageHeight                             = 210.0, 297.0
	marginLeft, marginTop, marginRight, marginBottom  = 22.0, 18.0, 16.0, 20.0
	contentWidth                                      = pageWidth - marginLeft - marginRight
	sizeText, sizeSmall, sizeTable, sizeTitle, sizeH2 = 10.5, 8.5, 9.0, 15.0, 11.5
	logoHeight                                        = 14.0
	pagesAlias                                        = "{pages}"
)

// pen draws on pages from top to bottom.
type pen struct {
	*fpdf.Fpdf
	paper *Paper
}

func (p *pen) font(style string, size float64) { p.SetFont(family, style, size) }

func (p *pen) soft() { p.SetTextColor(85, 85, 85) }
func (p *pen) ink()  { p.SetTextColor(20, 20, 20) }

// lead is the height of a line of type of the size, in millimetres.
func lead(size float64) float64 { return size * 0.3528 * 1.35 }

func (p *pen) bottom() float64 { return pageHeight - marginBottom }

// need begins a page when less than h is left on this one.
func (p *pen) need(h float64) {
	if p.GetY()+h > p.bottom() {
		p.AddPage()
	}
}

// head sets the issuer, the title, place and date.
func (p *pen) head() {
	b := p.paper.Brand
	x, top := marginLeft, p.GetY()
	if w := p.logo(b.Logo, top); w > 0 {
		x += w + 4
	}
	p.SetXY(x, top)
	width := pageWidth - marginRight - x
	if b.Name != "" {
		p.font("B", sizeText)
		p.ink()
		p.lines(x, width, lead(sizeText), p.split(b.Name, width), Left)
	}
	p.font("", sizeSmall)
	p.soft()
	for _, line := range b.Requisites {
		p.lines(x, width, lead(sizeSmall), p.split(line, width), Left)
	}
	if len(b.Logo) > 0 && p.GetY() < top+logoHeight {
		p.SetY(top + logoHeight)
	}
	if b.Name != "" || len(b.Requisites) > 0 || len(b.Logo) > 0 {
		p.SetY(p.GetY() + 2)
		p.rule(0.3)
		p.SetY(p.GetY() + 5)
	}
	p.ink()
	if p.paper.Title != "" {
		p.font("B", sizeTitle)
		p.lines(marginLeft, contentWidth, lead(sizeTitle), p.split(p.paper.heading(), contentWidth), Left)
		p.SetY(p.GetY() + 1.5)
	}
	place, date := p.paper.Place, ""
	if !p.paper.Date.IsZero() {
		date = Day(p.paper.Date, p.paper.Lang)
	}
	if place != "" || date != "" {
		p.font("", sizeText)
		y := p.GetY()
		p.lines(marginLeft, contentWidth/2, lead(sizeText), p.split(place, contentWidth/2), Left)
		below := p.GetY()
		align := Right
		if place == "" {
			align = Left
		}
		p.SetY(y)
		p.lines(marginLeft, contentWidth, lead(sizeText), []string{clean(date)}, align)
		p.SetY(max(below, p.GetY()))
	}
	p.SetY(p.GetY() + 3)
}

// logo draws the logo and returns its width; what is no picture is left out.
func (p *pen) logo(data []byte, y float64) float64 {
	kind := map[string]string{"image/png": "PNG", "image/jpeg": "JPG"}[http.DetectContentType(data)]
	if kind == "" {
		return 0
	}
	info := p.RegisterImageOptionsReader("logo", fpdf.ImageOptions{ImageType: kind}, bytes.NewReader(data))
	if p.Err() || info.Height() == 0 {
		p.ClearError()
		return 0
	}
	w := min(logoHeight*info.Width()/info.Height(), contentWidth/3)
	p.ImageOptions("logo", marginLeft, y, w, 0, false, fpdf.ImageOptions{ImageType: kind}, 0, "")
	return w
}

func (p *pen) rule(width float64) {
	p.SetDrawColor(110, 110, 110)
	p.SetLineWidth(width)
	p.Line(marginLeft, p.GetY(), pageWidth-marginRight, p.GetY())
}

// footer stands on every page: what paper it is, and which page of how many.
func (p *pen) footer() {
	p.SetXY(marginLeft, pageHeight-marginBottom+7)
	p.font("", sizeSmall)
	p.soft()
	page, of := "стр.", "из"
	if p.paper.Lang == "en" {
		page, of = "page", "of"
	}
	room := 34.0
	name := p.paper.heading()
	if p.paper.Brand.Name != "" {
		name += " · " + p.paper.Brand.Name
	}
	if fits := p.split(name, contentWidth-room); len(fits) > 0 {
		p.CellFormat(contentWidth-room, lead(sizeSmall), fits[0], "", 0, "L", false, 0, "")
	}
	pages := page + " " + itoa(p.PageNo()) + " " + of + " "
	// How many there are is known at the end; the number is about as wide as this page's.
	p.SetX(pageWidth - marginRight - p.GetStringWidth(pages+itoa(p.PageNo())) - 2*p.GetCellMargin())
	p.CellFormat(room, lead(sizeSmall), pages+pagesAlias, "", 0, "L", false, 0, "")
	p.ink()
	p.SetXY(marginLeft, marginTop) // where the next page begins
}

// lines sets lines one below the other from the present height, over as many
// pages as they need.
func (p *pen) lines(x, width, height float64, lines []string, a Align) {
	for _, line := range lines {
		p.need(height)
		p.SetX(x)
		p.CellFormat(width, height, line, "", 1, a.letter(), false, 0, "")
	}
}

func (a Align) letter() string { return [...]string{"L", "C", "R"}[a] }

// split breaks text into lines of the width in the present font: at spaces, and
// inside a word only when the word alone is wider than a line.
func (p *pen) split(text string, width float64) []string {
	var out []string
	width -= 2 * p.GetCellMargin()
	for para := range strings.SplitSeq(clean(text), "\n") {
		line := ""
		for word := range strings.FieldsFuncSeq(para, breaks) {
			next := word
			if line != "" {
				next = line + " " + word
			}
			if p.GetStringWidth(next) <= width {
				line = next
				continue
			}
			if line != "" {
				out = append(out, line)
			}
			line = word
			for p.GetStringWidth(line) > width {
				n := p.fit(line, width)
				out = append(out, line[:n])
				line = line[n:]
			}
		}
		out = append(out, line)
	}
	return out
}

// breaks reports whether a line may end at a rune: never at a space that binds
// a number to its unit.
func breaks(r rune) bool { return unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f' }

// fit returns how many bytes of a word fit into the width, at least one rune;
// of a double name or a path, as many of its parts as fit.
func (p *pen) fit(word string, width float64) int {
	w, part := 0.0, 0
	for i, r := range word {
		w += p.GetStringWidth(string(r))
		if w > width && i > 0 {
			if part > 0 {
				return part
			}
			return i
		}
		if r == '-' || r == '/' || r == '_' {
			part = i + 1
		}
	}
	return len(word)
}

func (h Heading) draw(p *pen) {
	p.SetY(p.GetY() + 3)
	p.font("B", sizeH2)
	p.need(lead(sizeH2) + 2*lead(sizeText)) // never alone at the foot of a page
	p.lines(marginLeft, contentWidth, lead(sizeH2), p.split(string(h), contentWidth), Left)
	p.SetY(p.GetY() + 1)
}

func (t Text) draw(p *pen) {
	p.font("", sizeText)
	p.lines(marginLeft, contentWidth, lead(sizeText), p.split(string(t), contentWidth), Left)
	p.SetY(p.GetY() + 2)
}

func (n Note) draw(p *pen) {
	p.font("", sizeSmall)
	p.soft()
	p.lines(marginLeft, contentWidth, lead(sizeSmall), p.split(string(n), contentWidth), Left)
	p.ink()
	p.SetY(p.GetY() + 2)
}

func (ps Pairs) draw(p *pen) {
	p.font("", sizeText)
	label := ps.label(p)
	h := lead(sizeText)
	for _, pair := range ps {
		names, values := p.split(pair[0], label), p.split(pair[1], contentWidth-label)
		p.need(h * float64(max(len(names), 1)))
		y, page := p.GetY(), p.PageNo()
		p.soft()
		p.lines(marginLeft, label, h, names, Left)
		below, left := p.GetY(), p.PageNo()
		if left == page {
			p.SetY(y)
		}
		p.ink()
		p.lines(marginLeft+label, contentWidth-label, h, values, Left)
		if p.PageNo() == page {
			p.SetY(max(below, p.GetY()))
		}
	}
	p.SetY(p.GetY() + 2)
}

// label is the width of the labels' column: narrower when a checksum would not
// fit beside it on one line.
func (ps Pairs) label(p *pen) float64 {
	const usual, least = 48.0, 36.0
	widest := 0.0
	for _, pair := range ps {
		for word := range strings.FieldsFuncSeq(clean(pair[1]), breaks) {
			widest = max(widest, p.GetStringWidth(word))
		}
	}
	return min(usual, max(least, contentWidth-widest-2*p.GetCellMargin()-0.1))
}

func (ps Parties) draw(p *pen) {
	if len(ps) == 0 {
		return
	}
	width := contentWidth / float64(len(ps))
	inner := width - 4
	type column struct{ role, name, rest []string }
	columns := make([]column, len(ps))
	most := 0.0
	for i, party := range ps {
		p.font("B", sizeText)
		c := column{name: p.split(party.Name, inner)}
		p.font("", sizeSmall)
		c.role = p.split(party.Role, inner)
		for _, line := range party.Lines {
			c.rest = append(c.rest, p.split(line, inner)...)
		}
		columns[i] = c
		most = max(most, float64(len(c.role)+len(c.rest))*lead(sizeSmall)+float64(len(c.name))*lead(sizeText))
	}
	p.need(min(most, p.bottom()-marginTop))
	top, end := p.GetY(), p.GetY()
	for i, c := range columns {
		x := marginLeft + float64(i)*width
		p.SetY(top)
		p.font("", sizeSmall)
		p.soft()
		p.lines(x, inner, lead(sizeSmall), c.role, Left)
		p.ink()
		p.font("B", sizeText)
		p.lines(x, inner, lead(sizeText), c.name, Left)
		p.font("", sizeSmall)
		p.lines(x, inner, lead(sizeSmall), c.rest, Left)
		end = max(end, p.GetY())
	}
	p.SetY(end + 3)
}

func (ss Signatures) draw(p *pen) {
	if len(ss) == 0 {
		return
	}
	const room = 9.0 // to sign by hand
	width := contentWidth / float64(min(len(ss), 3))
	inner := width - 6
	p.SetY(p.GetY() + 4)
	for first := 0; first < len(ss); first += 3 {
		p.signRow(ss[first:min(first+3, len(ss))], width, inner, room)
	}
}

func (p *pen) signRow(row []Signature, width, inner, room float64) {
	h, small := lead(sizeText), lead(sizeSmall)
	heights := make([]float64, len(row))
	for i, s := range row {
		p.font("", sizeText)
		heights[i] = h + room + h*float64(len(p.split(s.Name, inner)))
		p.font("", sizeSmall)
		heights[i] += small * float64(len(p.split(s.Basis, inner))+len(p.split(s.Signed, inner)))
	}
	most := 0.0
	for _, x := range heights {
		most = max(most, x)
	}
	p.need(most)
	top := p.GetY()
	for i, s := range row {
		x := marginLeft + float64(i)*width
		p.SetY(top)
		p.font("B", sizeText)
		p.lines(x, inner, h, []string{clean(s.Role)}, Left)
		if s.Signed != "" {
			p.SetY(p.GetY() + 1)
			p.font("", sizeSmall)
			p.lines(x, inner, small, p.split(s.Signed, inner), Left)
		} else {
			p.SetY(p.GetY() + room)
			p.SetDrawColor(60, 60, 60)
			p.SetLineWidth(0.2)
			p.Line(x+1, p.GetY(), x+inner, p.GetY())
		}
		p.SetY(p.GetY() + 0.5)
		p.font("", sizeText)
		p.lines(x, inner, h, p.split(s.Name, inner), Left)
		if s.Basis != "" {
			p.font("", sizeSmall)
			p.soft()
			p.lines(x, inner, small, p.split(s.Basis, inner), Left)
			p.ink()
		}
	}
	p.SetY(top + most + 4)
}

func (g Gap) draw(p *pen) { p.SetY(p.GetY() + float64(g)) }

func (NewPage) draw(p *pen) { p.AddPage() }
