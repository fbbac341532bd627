package documents

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"opendoor/offboarding"
)

// handing is a dossier with one item for each of the names, and the contents.
func handing(lang offboarding.Lang, names ...string) (*offboarding.Dossier, map[string]string) {
	d := &offboarding.Dossier{
		Lang: lang, Day: "2026-11-03", Brand: offboarding.Brand{Name: "ООО «Ромашка»", Requisites: []string{"ИНН 0000000000"}},
		Case: &offboarding.Case{No: 12, Client: offboarding.Client{Name: "Анна Примерова"}, Company: offboarding.Named{Name: "ООО «Пример»"}, Contract: offboarding.Contract{Number: "10/25"}},
		Handover: &offboarding.Handover{
			DueOn: "2026-12-01", Place: "г. Москва", Giver: offboarding.Signatory{Name: "М. И. Образцова", Position: "директор", Basis: "Устава"},
			Contact:     offboarding.Contact{Name: "Мария Образцова", Phone: "+7 000 000-00-00", Hours: "пн–пт 10:00–18:00"},
			OpenMatters: []offboarding.Matter{{What: "Ответ на требование налоговой", Deadline: "2026-12-05", Who: "ООО «Ромашка»", Until: "2026-12-01"}},
			Access:      []offboarding.AccessNote{{System: "Банк-клиент", Account: "buh", Transferred: "лично", On: "2026-11-02", Rotated: true, Revoked: true}},
		},
	}
	files := map[string]string{}
	for i, name := range names {
		content := strings.Repeat(name, i)
		sum := sha256.Sum256([]byte(content))
		sha := hex.EncodeToString(sum[:])
		files[sha] = content
		d.Items = append(d.Items, &offboarding.Item{
			ID: offboarding.NewID(), Pos: i + 1, Title: "Документ " + name, DocNo: fmt.Sprint(i), DocDate: "2026-01-31", Form: offboarding.FormElectronic, Copies: 1, Pages: i,
			Ownership: offboarding.ClientProperty, Mandatory: true, Status: offboarding.ItemCollected,
			File: &offboarding.ItemFile{Name: name, SHA256: sha, Size: int64(len(content))},
		})
	}
	d.Items = append(d.Items, &offboarding.Item{
		ID: offboarding.NewID(), Pos: len(names) + 1, Title: "Кассовые книги", Ownership: offboarding.ClientProperty, Mandatory: true, Status: offboarding.ItemMissing,
		MissingReason: "в архиве", PromisedOn: "2026-11-20", Owner: "Мария Образцова",
	})
	return d, files
}

func bag(t *testing.T, d *offboarding.Dossier, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	var last, total int64
	err := HandoverPapers{}.Bag(t.Context(), &b, d, func(sha string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(files[sha])), nil
	}, func(done, of int64) { last, total = done, of })
	if err != nil {
		t.Fatal(err)
	}
	if last != total || total == 0 {
		t.Errorf("progress ends at %d of %d", last, total)
	}
	return b.Bytes()
}

func TestABagIsWholeWhateverFilesAreCalled(t *testing.T) {
	names := []string{
		"Учётная политика.pdf", "Учётная политика.pdf", "../../etc/passwd", "CON", "con.txt", strings.Repeat("ы", 300) + ".xlsx",
		"\u202egnp.exe", "a\nb\\c%0A.txt", "", ".", "..", "x ", "=cmd|.csv", "/", "пусто.txt",
	}
	d, files := handing(offboarding.RU, names...)
	raw := bag(t, d, files)
	if !bytes.Equal(raw, bag(t, d, files)) {
		t.Fatal("two bags of the same dossier differ")
	}
	if dir := os.Getenv("OPENDOOR_LOOK"); dir != "" {
		_ = os.WriteFile(dir+"/bag.zip", raw, 0o600)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	content, payload := map[string][]byte{}, 0
	for _, f := range z.File {
		name, ok := strings.CutPrefix(f.Name, "handover-12/")
		if !ok || strings.Contains(name, "..") || strings.ContainsAny(name, "\\\n\r%\u202e") || !f.Mode().IsRegular() {
			t.Errorf("the bag holds %q", f.Name)
		}
		if content[name] != nil {
			t.Errorf("%q twice", name)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content[name], err = io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		content[name] = append([]byte{}, content[name]...)
		if strings.HasPrefix(name, "data/") {
			payload++
		}
	}
	if len(z.File) != payload+4 {
		t.Errorf("%d tag files", len(z.File)-payload)
	}
	if payload != len(names)+7 {
		t.Errorf("%d files below data/, want %d", payload, len(names)+7)
	}
	for _, m := range []string{"manifest-sha256.txt", "tagmanifest-sha256.txt"} {
		lines := strings.Split(strings.TrimSuffix(string(content[m]), "\n"), "\n")
		for _, line := range lines {
			sum, name, _ := strings.Cut(line, "  ")
			got := sha256.Sum256(content[name])
			if content[name] == nil || hex.EncodeToString(got[:]) != sum {
				t.Errorf("%s: %q does not agree", m, line)
			}
		}
		if m == "manifest-sha256.txt" && len(lines) != payload {
			t.Errorf("%d lines of the manifest for %d files", len(lines), payload)
		}
	}
}

func TestPapersOfAHandover(t *testing.T) {
	for _, lang := range []offboarding.Lang{offboarding.RU, offboarding.EN} {
		d, _ := handing(lang, "а.pdf", "=HYPERLINK(1)", "б.pdf")
		d.Items[1].Receipt, d.Items[1].Remark = offboarding.ReceiptRemark, "не та версия"
		d.Protocol = &offboarding.Protocol{Name: "А. П. Примерова", Email: "client@example.com", Address: "192.0.2.1", ActHash: strings.Repeat("a", 64), ListHash: strings.Repeat("b", 64), Rules: "Правила."}
		for _, kind := range []offboarding.PaperKind{
			offboarding.PaperCover, offboarding.PaperInventory, offboarding.PaperTable, offboarding.PaperAct, offboarding.PaperMatters, offboarding.PaperContacts, offboarding.PaperAccess,
		} {
			var a, b bytes.Buffer
			for _, w := range []io.Writer{&a, &b} {
				if err := (HandoverPapers{}).Write(w, kind, d); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Errorf("%s: two runs differ", kind)
			}
			if dir := os.Getenv("OPENDOOR_LOOK"); dir != "" {
				_ = os.WriteFile(dir+"/"+string(lang)+"-"+string(kind)+".pdf", a.Bytes(), 0o600)
			}
		}
	}
	if err := (HandoverPapers{}).Write(io.Discard, "poem", &offboarding.Dossier{Case: &offboarding.Case{}}); err == nil {
		t.Error("a poem was written")
	}
	if Harmless("=1+1") != "'=1+1" || Harmless("1=1") != "1=1" {
		t.Error("formulas are not harmless")
	}
}

// The table is printed lying, as wide as the page, with its head on each.
func TestTheTableCanBePrinted(t *testing.T) {
	var out bytes.Buffer
	d := &offboarding.Dossier{Case: &offboarding.Case{}, Items: []*offboarding.Item{{Pos: 1, Title: strings.Repeat("длинное имя ", 10)}}}
	if err := (HandoverPapers{}).Write(&out, offboarding.PaperTable, d); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name := f.GetSheetName(0)
	layout, err := f.GetPageLayout(name)
	if err != nil || layout.Orientation == nil || *layout.Orientation != "landscape" || layout.FitToWidth == nil || *layout.FitToWidth != 1 {
		t.Errorf("laid out as %+v, %v", layout, err)
	}
	if names := f.GetDefinedName(); len(names) != 1 || !strings.HasSuffix(names[0].RefersTo, "!$1:$1") {
		t.Errorf("repeats %v", names)
	}
	if high, err := f.GetRowHeight(name, 2); err != nil || high < 3*lineHeight {
		t.Errorf("120 letters in 40 columns are %v points high, %v", high, err)
	}
}
