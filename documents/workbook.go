package documents

import (
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"opendoor/offboarding"
)

// workbook writes the inventory as a table for further work.
func workbook(w io.Writer, d *offboarding.Dossier) (err error) {
	s := newSheet(d)
	f := excelize.NewFile()
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	stamp := s.made().Format(time.RFC3339)
	if err := f.SetDocProps(&excelize.DocProperties{Creator: d.Brand.Name, Title: s.t("Опись", "Inventory") + " " + s.Number, Created: stamp, Modified: stamp, Language: s.Lang}); err != nil {
		return err
	}
	name := s.t("Опись", "Inventory")
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	if err := printable(f, name); err != nil { // a stream takes it from the empty sheet
		return err
	}
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Family: "Calibri", Size: 11}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"EEF1F0"}}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	plain, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, width := range columnWidths {
		if err := out.SetColWidth(i+1, i+1, float64(width)); err != nil {
			return err
		}
	}
	if err := out.SetRow("A1", styled(bold, s.heads()...)); err != nil {
		return err
	}
	for i, it := range d.Items {
		cell, err := excelize.CoordinatesToCellName(1, i+2)
		if err != nil {
			return err
		}
		row := s.line(it)
		if err := out.SetRow(cell, styled(plain, row...), excelize.RowOpts{Height: lineHeight * float64(lines(row))}); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return f.Write(w)
}

// columnWidths are in characters.
var columnWidths = []int{5, 14, 40, 10, 11, 10, 13, 6, 8, 14, 24, 12, 22, 13, 6, 20, 11, 17}

const lineHeight = 15 // points

// lines is how many lines the row's longest cell takes in its column. Not every
// program looks by itself, and a name that is cut is no name.
func lines(row []any) int {
	most := 1
	for i, v := range row {
		if text, ok := v.(string); ok {
			most = max(most, (utf8.RuneCountInString(text)+columnWidths[i]-1)/columnWidths[i])
		}
	}
	return most
}

// printable lays the sheet out for A4 lying: as wide as the page, its head on
// each.
func printable(f *excelize.File, sheet string) error {
	const a4 = 9
	size, lying, wide, high, fit := a4, "landscape", 1, 0, true
	if err := f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	if err := f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &size, Orientation: &lying, FitToWidth: &wide, FitToHeight: &high}); err != nil {
		return err
	}
	return f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + sheet + "'!$1:$1", Scope: sheet})
}

func (s *sheet) heads() []any {
	return []any{
		s.t("№", "No."), s.t("Раздел", "Category"), s.t("Наименование", "Title"), s.t("Номер", "Number"), s.t("Дата", "Date"), s.t("Период", "Period"), s.t("Вид", "Form"),
		s.t("Экз.", "Copies"), s.t("Листов", "Pages"), s.t("Место", "Location"), s.t("Файл", "File"), s.t("Байт", "Bytes"), "SHA-256",
		s.t("Обязательно", "Mandatory"), s.t("Есть", "Here"), s.t("Почему нет", "Why not"), s.t("Будет", "Expected"), s.t("Кто отвечает", "Owner"),
	}
}

func (s *sheet) line(it *offboarding.Item) []any {
	file, size, sum := "", any(""), ""
	if it.File != nil {
		file, size, sum = it.File.Name, it.File.Size, it.File.SHA256
	}
	yes := s.t("нет", "no")
	if it.Mandatory {
		yes = s.t("да", "yes")
	}
	return []any{
		it.Pos, it.Category, it.Title, it.DocNo, it.DocDate, it.Period, s.form(it.Form), positive(it.Copies), positive(it.Pages), it.Location, file, size, sum,
		yes, s.status(it), it.MissingReason, it.PromisedOn, it.Owner,
	}
}

func positive(n int) any {
	if n > 0 {
		return n
	}
	return ""
}

// styled makes a row of cells; text that a program would take for a formula is
// made harmless.
func styled(style int, values ...any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		if text, ok := v.(string); ok {
			v = Harmless(text)
		}
		out[i] = excelize.Cell{StyleID: style, Value: v}
	}
	return out
}

// Formula reports whether some spreadsheet would take the text for a formula.
func Formula(s string) bool { return s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) }

// Harmless is text that no spreadsheet takes for a formula.
func Harmless(s string) string {
	if Formula(s) {
		return "'" + s
	}
	return s
}
