package sheets

import (
	"archive/zip"
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"opendoor/documents"
)

func workbook(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var usual = map[string]string{
	"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Договоры" sheetId="1" r:id="rId3"/></sheets></workbook>`,
	"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId3" Target="worksheets/first.xml"/></Relationships>`,
	"xl/sharedStrings.xml":       `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>number</t></si><si><r><t>12</t></r><r><t>/24</t></r></si></sst>`,
	"xl/worksheets/first.xml": `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
		<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>client</t></is></c></row>
		<row r="3"><c r="A3" t="s"><v>1</v></c><c r="C3"><v>45000</v></c></row></sheetData></worksheet>`,
}

func TestTablesAreReadWhateverPeopleSave(t *testing.T) {
	cyrillic, err := charmap.Windows1251.NewEncoder().String("number;client\r\n12/24;Ёлка\r\n")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"number", "client"}, {"12/24", "Ёлка"}}
	for name, file := range map[string]string{
		"semicolons":     "number;client\n12/24;Ёлка\n",
		"a mark":         "\ufeffnumber;client\n12/24;Ёлка",
		"commas":         "number,client\n12/24,Ёлка\n",
		"tabs":           "number\tclient\n12/24\tЁлка\n",
		"Windows-1251":   cyrillic,
		"quotes":         "\"number\";\"client\"\n\"12/24\";\"Ёлка\"\n",
		"no-break space": "number;client\n12/24;\u00a0Ёлка\u00a0\n",
	} {
		got, err := Read([]byte(file))
		if err != nil || !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	got, err := Read(workbook(t, usual))
	if want := [][]string{{"number", "", "client"}, nil, {"12/24", "", "45000"}}; err != nil || !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("a workbook: %q, %v", got, err)
	}
}

func TestWhatIsWrittenIsNoFormulaAndComesBack(t *testing.T) {
	rows := [][]string{{"=1+1", "+7 000", "-5", "@x", "обычный; «текст»", "'", "\"=\""}}
	var b strings.Builder
	if err := WriteCSV(&b, rows); err != nil {
		t.Fatal(err)
	}
	for cell := range strings.SplitSeq(strings.TrimPrefix(b.String(), "\ufeff"), ";") {
		if documents.Formula(cell) {
			t.Errorf("%q computes", cell)
		}
	}
	if got, err := Read([]byte(b.String())); err != nil || !slices.EqualFunc(got, rows, slices.Equal) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestOnlyAFigureBecomesANumber(t *testing.T) {
	figures := []string{"12", "-3", "0.25", "0"}
	texts := []string{"007", "NaN", "Inf", "1e5", "0x10", "1_000", ".5", "12/24", "=2+2", "12345678901234567890"}
	var b bytes.Buffer
	if err := WriteXLSX(&b, "figures", [][]string{{"1"}, figures, texts}); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for row, want := range map[int]bool{2: true, 3: false} {
		for i, text := range [][]string{figures, texts}[row-2] {
			at, _ := excelize.CoordinatesToCellName(i+1, row)
			kind, err := f.GetCellType("figures", at)
			if number := kind == excelize.CellTypeUnset || kind == excelize.CellTypeNumber; err != nil || number != want {
				t.Errorf("%q is written as type %v, %v", text, kind, err)
			}
		}
	}
}

func TestAFileThatWouldGrowIsRefused(t *testing.T) {
	row := `<row><c r="A1"><v>1</v></c></row>`
	for name, parts := range map[string]map[string]string{
		"a part of 40 MiB":        {"xl/worksheets/sheet1.xml": "<w>" + strings.Repeat(" ", 40<<20) + "</w>"},
		"too many rows":           {"xl/worksheets/sheet1.xml": "<w>" + strings.Repeat(row, MaxRows+1) + "</w>"},
		"a row far below":         {"xl/worksheets/sheet1.xml": `<w><row r="1000000000"/></w>`},
		"a column far away":       {"xl/worksheets/sheet1.xml": `<w><row><c r="ZZZZZZ1"><v>1</v></c></row></w>`},
		"a text that is not":      {"xl/worksheets/sheet1.xml": `<w><row><c r="A1" t="s"><v>7</v></c></row></w>`},
		"an entity of its own":    {"xl/worksheets/sheet1.xml": `<!DOCTYPE w [<!ENTITY a "aaaa">]><w><row><c r="A1"><v>&a;</v></c></row></w>`},
		"no sheet":                {"xl/nothing.xml": "<w/>"},
		"a sheet that breaks off": {"xl/worksheets/sheet1.xml": `<w><row><c r="A1">`},
	} {
		if _, err := Read(workbook(t, parts)); !errors.Is(err, ErrNotATable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, file := range map[string]string{"no ZIP": "PK\x03\x04 is all", "a picture": "\x89PNG\x00\x00", "many rows": strings.Repeat("1\n", MaxRows+1)} {
		if _, err := Read([]byte(file)); !errors.Is(err, ErrNotATable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(workbook(f, usual))
	f.Add([]byte("a;b\n1;\"2\n3\""))
	f.Add([]byte("\xff\xfe\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		rows, err := Read(file)
		if err != nil && !errors.Is(err, ErrNotATable) || len(rows) > MaxRows {
			t.Errorf("%d rows, %v", len(rows), err)
		}
	})
}
