package sheets

import (
	"errors"
	"io"
	"regexp"
	"strconv"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"opendoor/documents"
)

// plainNumber is what we write for a figure. What only reads like one to a program,
// a group called "007" or "Inf", stays text.
var plainNumber = regexp.MustCompile(`^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$`)

// WriteXLSX writes rows as the one sheet of a workbook. Numbers are numbers;
// everything else is text, formulas neutralised.
func WriteXLSX(w io.Writer, name string, rows [][]string) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Family: "Calibri", Size: 11}})
	if err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, width := range widths(rows) {
		if err := out.SetColWidth(i+1, i+1, float64(width)); err != nil {
			return err
		}
	}
	for i, row := range rows {
		cells := make([]any, len(row))
		for j, cell := range row {
			cells[j] = documents.Harmless(cell)
			if plainNumber.MatchString(cell) && i > 0 {
				cells[j], _ = strconv.ParseFloat(cell, 64)
			}
			if i == 0 {
				cells[j] = excelize.Cell{StyleID: bold, Value: cells[j]}
			}
		}
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := out.SetRow(at, cells); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return f.Write(w)
}

// widths are those of the columns in characters: room for what stands in them,
// as far as one looks at it on a screen.
func widths(rows [][]string) []int {
	const least, most, margin = 8, 60, 2
	var out []int
	for _, row := range rows {
		for j, cell := range row {
			if j == len(out) {
				out = append(out, least)
			}
			out[j] = max(out[j], min(most, utf8.RuneCountInString(cell)+margin))
		}
	}
	return out
}
