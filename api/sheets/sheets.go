// Package sheets reads the tables that people bring, CSV and XLSX, and writes
// CSV that no spreadsheet takes for formulas. What is read is foreign: sizes
// are bounded before anything is unpacked.
package sheets

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"opendoor/documents"
)

// Limits of what is read.
const (
	MaxRows    = 20_000
	maxColumns = 200
	maxCell    = 32_767 // as a spreadsheet has it
)

// ErrNotATable says that the file is neither CSV nor XLSX, or is too large.
var ErrNotATable = errors.New("not a table")

func refuse(format string, a ...any) error {
	return fmt.Errorf("%w: %s", ErrNotATable, fmt.Sprintf(format, a...))
}

// Read returns the rows of a file: XLSX by its first bytes, else CSV in UTF-8
// or Windows-1251, separated by semicolons, commas or tabs. Of a workbook the
// first sheet counts.
func Read(file []byte) ([][]string, error) {
	if bytes.HasPrefix(file, []byte("PK\x03\x04")) {
		return readXLSX(file)
	}
	return readCSV(file)
}

func readCSV(file []byte) ([][]string, error) {
	text := bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(text) {
		decoded, err := charmap.Windows1251.NewDecoder().Bytes(text)
		if err != nil {
			return nil, refuse("the text is neither UTF-8 nor Windows-1251")
		}
		text = decoded
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, refuse("the file is not text")
	}
	in := csv.NewReader(bytes.NewReader(text))
	in.Comma, in.FieldsPerRecord, in.LazyQuotes = separator(text), -1, true
	var out [][]string
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, refuse("%v", err)
		}
		if len(row) > maxColumns || len(out) == MaxRows {
			return nil, refuse("at most %d rows and %d columns", MaxRows, maxColumns)
		}
		for i, cell := range row {
			if len(cell) > maxCell*4 {
				return nil, refuse("a cell is too long")
			}
			row[i] = tame(cell)
		}
		out = append(out, row)
	}
}

// separator is the one of three that the first line has most of, outside of
// quotes.
func separator(text []byte) rune {
	counts := map[rune]int{}
	quoted := false
	for _, r := range string(text[:min(len(text), 64<<10)]) {
		switch r {
		case '"':
			quoted = !quoted
		case ';', ',', '\t':
			if !quoted {
				counts[r]++
			}
		}
		if r == '\n' && !quoted {
			break
		}
	}
	best := ';'
	for _, r := range []rune{',', '\t'} {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}

// tame takes a value back from how documents.Harmless wrote it, and spaces
// around it.
func tame(cell string) string {
	cell = strings.TrimSpace(strings.ReplaceAll(cell, "\u00a0", " "))
	if rest, ok := strings.CutPrefix(cell, "'"); ok && documents.Formula(rest) {
		return rest
	}
	return cell
}

// WriteCSV writes rows as spreadsheets in Russia open them: UTF-8 with its
// mark, separated by semicolons, formulas neutralised.
func WriteCSV(w io.Writer, rows [][]string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = ';', true
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = documents.Harmless(cell)
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
