package documents

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

func sample(rows int) *Paper {
	p := &Paper{
		Lang: "ru", Title: "Акт приёма-передачи", Number: "№ 12", Place: "г. Москва", Date: time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC),
		Brand: Brand{Name: "ООО «Ромашка»", Requisites: []string{"ИНН 0000000000, КПП 000000000", "г. Примерск, ул. Образцовая, д. 1"}},
	}
	t := Table{Columns: []Column{{"№", 1, Right}, {"Наименование", 6, Left}, {"Номер, дата", 3, Left}, {"Экз.", 1.2, Centre}, {"Примечание", 4, Left}}}
	for i := range rows {
		t.Rows = append(t.Rows, []string{itoa(i + 1), "Учётная политика организации на очередной год, часть " + itoa(i+1), "№ 5-П от 01.02.2026", "1", strings.Repeat("примечание ", i%7)})
	}
	t.Total = []string{"", "Итого: " + Count(int64(rows), Papers, "ru")}
	p.Blocks = []Block{
		Parties{{Role: "Исполнитель", Name: "ООО «Ромашка»", Lines: []string{"в лице директора Образцовой М. И.", "на основании Устава"}}, {Role: "Заказчик", Name: "ИП Примерова Анна Петровна", Lines: []string{"ОГРНИП 000000000000000"}}},
		Heading("1. Передано"), Text("Исполнитель передал, а Заказчик принял следующие документы и файлы по договору № 10/25."), t,
		Heading("2. Не передано"),
		Table{Columns: t.Columns, Empty: "Всё передано."},
		Pairs{{"Контакт", "Мария Образцова, +7 000 000-00-00"}, {"Срок", Day(p.Date, "ru")}},
		Note("Пароли и ключи в акт не входят: переданы отдельно и заменены."),
		Text("Стороны подтверждают состав переданного."),
		Signatures{{Role: "Передал", Name: "Образцова М. И.", Basis: "директор, на основании Устава"}, {Role: "Принял", Name: "Примерова А. П.", Signed: "Подписано ПЭП 03.11.2026 12:00 (МСК)"}},
	}
	return p
}

func pdf(t *testing.T, p *Paper) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.WritePDF(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTheSamePaperHasTheSameBytes(t *testing.T) {
	first := pdf(t, sample(60))
	for range 5 {
		if !bytes.Equal(first, pdf(t, sample(60))) {
			t.Fatal("two runs differ")
		}
	}
	if dir := os.Getenv("OPENDOOR_LOOK"); dir != "" { // to look at it: pdftoppm -r 60 -png
		if err := os.WriteFile(dir+"/paper.pdf", first, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

var pages = regexp.MustCompile(`/Type /Page\b`)

func TestATableBreaksOverPages(t *testing.T) {
	few, many := len(pages.FindAll(pdf(t, sample(3)), -1)), len(pages.FindAll(pdf(t, sample(200)), -1))
	if few != 1 || many < 8 {
		t.Errorf("3 rows take %d pages, 200 take %d", few, many)
	}
}

// What comes from clients and CRMs must never break a paper.
func TestForeignTextIsSet(t *testing.T) {
	for _, s := range []string{
		strings.Repeat("оченьдлинноеслово", 800), "\x00\xff\u202eгнп.exe", "смайлик 🚪 и 文書", "е\u0308жик", strings.Repeat("\n", 500), "\U0010ffff\uffff",
	} {
		p := sample(1)
		p.Title, p.Brand.Name, p.Place = s, s, s
		p.Blocks = append(p.Blocks, Text(s), Heading(s), Pairs{{s, s}}, Table{Columns: []Column{{s[:min(40, len(s))], 1, Left}, {"б", 1, Left}}, Rows: [][]string{{s, "б"}, {}}})
		pdf(t, p)
	}
	if got := clean("е\u0308жик 🚪\u202e ﬁ"); got != "ёжик ? fi" {
		t.Errorf("cleaned to %q", got)
	}
}

func TestALogoThatIsNoneIsLeftOut(t *testing.T) {
	p := sample(1)
	p.Brand.Logo = []byte("\x89PNG\r\n\x1a\nbroken")
	pdf(t, p)
}

func TestANumberStaysWithItsUnit(t *testing.T) {
	f := fpdf.New("P", "mm", "A4", "")
	f.AddUTF8FontFromBytes(family, "", regularFont)
	p := &pen{Fpdf: f, paper: sample(1)}
	p.font("", sizeTable)
	for width := 10.0; width < 40; width++ {
		for _, line := range p.split("копия, 1\u00a0экз., 14\u00a0л.", width) {
			if strings.TrimSpace(line) == "л." || strings.TrimSpace(line) == "экз.," {
				t.Errorf("at %.0f mm a unit stands alone: %q", width, line)
			}
		}
	}
}
