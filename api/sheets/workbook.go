package sheets

import (
	"errors"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"
)

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
	for i, row := range rows {
		cells := make([]any, len(row))
		for j, cell := range row {
			cells[j] = Neutral(cell)
			if n, err := strconv.ParseFloat(cell, 64); err == nil && i > 0 {
				cells[j] = n
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
