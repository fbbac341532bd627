package sheets

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
)

// A workbook is a ZIP of XML. Each part is read at most so far, so that a small
// file cannot become a large one.
const (
	maxParts   = 2_000
	maxPart    = 32 << 20
	maxStrings = 200_000
)

func readXLSX(file []byte) ([][]string, error) {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil || len(z.File) > maxParts {
		return nil, refuse("the workbook cannot be opened")
	}
	parts := map[string]*zip.File{}
	for _, f := range z.File {
		parts[strings.TrimPrefix(f.Name, "/")] = f
	}
	sheet := parts[firstSheet(parts)]
	if sheet == nil {
		return nil, refuse("the workbook has no sheet")
	}
	var shared []string
	if f := parts["xl/sharedStrings.xml"]; f != nil {
		if shared, err = readShared(f); err != nil {
			return nil, err
		}
	}
	return readSheet(sheet, shared)
}

// decode opens a part for reading, bounded.
func decode(f *zip.File) (*xml.Decoder, func(), error) {
	if f.UncompressedSize64 > maxPart {
		return nil, nil, refuse("a part of the workbook is larger than %d MiB", maxPart>>20)
	}
	r, err := f.Open()
	if err != nil {
		return nil, nil, refuse("a part of the workbook cannot be opened")
	}
	d := xml.NewDecoder(io.LimitReader(r, maxPart))
	d.Entity = map[string]string{} // none but XML's own
	return d, func() { _ = r.Close() }, nil
}

// firstSheet is the part that holds the first sheet.
func firstSheet(parts map[string]*zip.File) string {
	const usual = "xl/worksheets/sheet1.xml"
	var book struct {
		Sheets []struct {
			ID string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var rels struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if !readPart(parts["xl/workbook.xml"], &book) || !readPart(parts["xl/_rels/workbook.xml.rels"], &rels) || len(book.Sheets) == 0 {
		return usual
	}
	for _, r := range rels.List {
		if r.ID != book.Sheets[0].ID {
			continue
		}
		if strings.HasPrefix(r.Target, "/") {
			return strings.TrimPrefix(path.Clean(r.Target), "/")
		}
		return path.Join("xl", r.Target)
	}
	return usual
}

func readPart(f *zip.File, into any) bool {
	if f == nil {
		return false
	}
	d, done, err := decode(f)
	if err != nil {
		return false
	}
	defer done()
	return d.Decode(into) == nil
}

type richText struct {
	Text string `xml:"t"`
	Runs []struct {
		Text string `xml:"t"`
	} `xml:"r"`
}

func (t richText) String() string {
	var s strings.Builder
	s.WriteString(t.Text)
	for _, r := range t.Runs {
		s.WriteString(r.Text)
	}
	return s.String()
}

func readShared(f *zip.File) ([]string, error) {
	var out []string
	err := eachElement(f, "si", func(d *xml.Decoder, start xml.StartElement) error {
		var t richText
		if err := d.DecodeElement(&t, &start); err != nil {
			return err
		}
		if out = append(out, t.String()); len(out) > maxStrings {
			return refuse("the workbook has too many texts")
		}
		return nil
	})
	return out, err
}

// eachElement calls fn for every element of the name.
func eachElement(f *zip.File, name string, fn func(d *xml.Decoder, start xml.StartElement) error) error {
	d, done, err := decode(f)
	if err != nil {
		return err
	}
	defer done()
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return refuse("the workbook cannot be read")
		}
		start, ok := tok.(xml.StartElement)
		if !ok || start.Name.Local != name {
			continue
		}
		if err := fn(d, start); err != nil {
			if errors.Is(err, ErrNotATable) {
				return err
			}
			return refuse("the workbook cannot be read")
		}
	}
}

func readSheet(f *zip.File, shared []string) ([][]string, error) {
	var out [][]string
	err := eachElement(f, "row", func(d *xml.Decoder, start xml.StartElement) error {
		var row struct {
			N     int `xml:"r,attr"`
			Cells []struct {
				Ref    string   `xml:"r,attr"`
				Type   string   `xml:"t,attr"`
				Value  string   `xml:"v"`
				Inline richText `xml:"is"`
			} `xml:"c"`
		}
		if err := d.DecodeElement(&row, &start); err != nil {
			return err
		}
		if row.N > MaxRows || len(out) >= MaxRows {
			return refuse("at most %d rows", MaxRows)
		}
		for row.N > len(out)+1 { // empty rows are left out of the file; line numbers count them
			out = append(out, nil)
		}
		var cells []string
		for _, c := range row.Cells {
			at := len(cells)
			if c.Ref != "" {
				at = column(c.Ref)
			}
			if at < 0 || at >= maxColumns || at < len(cells) {
				return refuse("at most %d columns, in order", maxColumns)
			}
			for len(cells) < at {
				cells = append(cells, "")
			}
			value := c.Value
			switch c.Type {
			case "s":
				i, err := strconv.Atoi(c.Value)
				if err != nil || i < 0 || i >= len(shared) {
					return refuse("the workbook names a text that it does not have")
				}
				value = shared[i]
			case "inlineStr":
				value = c.Inline.String()
			case "b":
				value = map[string]string{"1": "true", "0": "false"}[c.Value]
			case "e":
				value = ""
			}
			if len(value) > maxCell*4 {
				return refuse("a cell is too long")
			}
			cells = append(cells, tame(value))
		}
		out = append(out, cells)
		return nil
	})
	return out, err
}

// column is the number of a cell's column: 0 for "A1".
func column(ref string) int {
	n := 0
	for _, r := range ref {
		if r < 'A' || r > 'Z' {
			break
		}
		if n = n*26 + int(r-'A') + 1; n > maxColumns {
			return maxColumns
		}
	}
	return n - 1
}
