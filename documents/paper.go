package documents

import (
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Paper is one document from head to signatures.
type Paper struct {
	Lang   string // ru or en
	Brand  Brand
	Title  string // what it is: «Акт приёма-передачи»
	Number string // with its sign: «№ 12»; may be empty
	Place  string // may be empty
	Date   time.Time
	Blocks []Block
}

// Brand is who issues the paper.
type Brand struct {
	Name       string
	Requisites []string // address, tax number, bank, one line each
	Logo       []byte   // PNG or JPEG; empty: none
}

// Block is a part of a paper: Heading, Text, Note, Pairs, Table, Parties,
// Signatures, Gap or NewPage.
type Block interface{ draw(p *pen) }

// Heading begins a section.
type Heading string

// Text is a paragraph; line feeds in it are kept.
type Text string

// Note is a paragraph in small print.
type Note string

// Pairs are labels with their values, one pair a line.
type Pairs [][2]string

// Table breaks over pages and repeats its head on each.
type Table struct {
	Columns []Column
	Rows    [][]string
	Total   []string // set in bold below a line; empty: none
	Empty   string   // said instead when there are no rows
}

// Column is a column of a table. Share is its part of the width.
type Column struct {
	Head  string
	Share float64
	Align Align
}

// Align is how a column is set.
type Align int

// The alignments.
const (
	Left Align = iota
	Centre
	Right
)

// Parties stand side by side.
type Parties []Party

// Party is one side of an agreement.
type Party struct {
	Role  string // «Исполнитель»
	Name  string
	Lines []string
}

// Signatures stand side by side with room to sign, and never alone at the top
// of a page without the words that they sign: keep a Text before them.
type Signatures []Signature

// Signature is one place to sign.
type Signature struct {
	Role   string // «Передал»
	Name   string
	Basis  string // «на основании Устава»
	Signed string // how and when it is signed already; empty: room for a hand
}

// Gap is empty space in millimetres.
type Gap float64

// NewPage begins a page.
type NewPage struct{}

// made is the date inside the file: that of the paper, so that the same paper
// has the same bytes.
func (p *Paper) made() time.Time {
	if p.Date.IsZero() {
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	y, m, d := p.Date.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// pen is ready for the paper's first page.
func (p *Paper) pen() *pen {
	f := fpdf.New("P", "mm", "A4", "")
	f.AddUTF8FontFromBytes(family, "", regularFont)
	f.AddUTF8FontFromBytes(family, "B", boldFont)
	f.SetCatalogSort(true)
	f.SetCreationDate(p.made())
	f.SetModificationDate(p.made())
	f.SetProducer("opendoor", true)
	f.SetLang(p.Lang)
	f.SetTitle(clean(p.heading()), true)
	f.SetAuthor(clean(p.Brand.Name), true)
	f.SetMargins(marginLeft, marginTop, marginRight)
	f.SetAutoPageBreak(false, marginBottom)
	f.AliasNbPages(pagesAlias)
	out := &pen{Fpdf: f, paper: p}
	f.SetFooterFunc(out.footer)
	return out
}

// WritePDF writes the paper to w.
func (p *Paper) WritePDF(w io.Writer) error {
	pen := p.pen()
	pen.AddPage()
	pen.head()
	for _, b := range p.Blocks {
		b.draw(pen)
	}
	if err := pen.Output(w); err != nil {
		return fmt.Errorf("write the paper %q: %w", p.Title, err)
	}
	return nil
}

func (p *Paper) heading() string {
	if p.Number == "" {
		return p.Title
	}
	return p.Title + " " + p.Number
}
