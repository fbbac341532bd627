package documents

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"opendoor/offboarding"
)

// part is a file of a bag: its name below the bag's folder and its content.
type part struct {
	name   string
	sum    string
	size   int64
	small  []byte // written by us
	stored string // or: in the file store, by hash
}

// Bag writes the package: one BagIt bag (RFC 8493) in a zip. Files are stored
// uncompressed: most are compressed already, and the speed does not depend on
// what they are. The same dossier gives the same bytes.
func (p HandoverPapers) Bag(ctx context.Context, w io.Writer, d *offboarding.Dossier, open func(sha256 string) (io.ReadCloser, error), progress func(done, total int64)) error {
	parts, err := p.payload(d)
	if err != nil {
		return err
	}
	day, err := time.Parse(time.DateOnly, d.Day)
	if err != nil {
		return fmt.Errorf("pack the bag: the papers have no date: %w", err)
	}
	all := append(tags(d, parts), parts...)
	b := &bagWriter{zip: zip.NewWriter(w), folder: fmt.Sprintf("handover-%d/", d.Case.No), day: day, progress: progress}
	for _, f := range all {
		b.total += f.size
	}
	for _, f := range all {
		if err := b.add(ctx, f, open); err != nil {
			return fmt.Errorf("pack the bag: %s: %w", f.name, err)
		}
	}
	return b.zip.Close()
}

// payload is everything below data/: our papers, then the items' files.
func (p HandoverPapers) payload(d *offboarding.Dossier) ([]part, error) {
	s := newSheet(d)
	var parts []part
	type paper struct {
		kind offboarding.PaperKind
		name string
	}
	papers := []paper{
		{offboarding.PaperCover, s.t("Сопроводительное письмо.pdf", "Cover letter.pdf")},
		{offboarding.PaperInventory, s.t("Опись.pdf", "Inventory.pdf")},
		{offboarding.PaperTable, s.t("Опись.xlsx", "Inventory.xlsx")},
		{offboarding.PaperAct, s.t("Акт приёма-передачи.pdf", "Acceptance act.pdf")},
		{offboarding.PaperMatters, s.t("Незавершённые вопросы.pdf", "Open matters.pdf")},
		{offboarding.PaperContacts, s.t("Контакты.pdf", "Contacts.pdf")},
		{offboarding.PaperAccess, s.t("Перечень доступов.pdf", "List of accesses.pdf")},
	}
	if d.Account != nil {
		papers = append(papers, paper{offboarding.PaperAccount, s.t("Финальный расчёт.pdf", "Final account.pdf")})
	}
	for i, paper := range papers {
		var b bytes.Buffer
		if err := p.Write(&b, paper.kind, d); err != nil {
			return nil, err
		}
		parts = append(parts, ours(fmt.Sprintf("data/%02d %s", i+1, paper.name), b.Bytes()))
	}
	folder := s.t("Файлы", "Files")
	taken := map[string]bool{}
	for _, it := range d.Items {
		if it.File == nil || !it.There() {
			continue
		}
		// The number before the name tells duplicates apart, whatever their case.
		name := fmt.Sprintf("data/%s/%03d %s", folder, it.Pos, offboarding.SafeName(it.File.Name))
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = fmt.Sprintf("data/%s/%03d (%d) %s", folder, it.Pos, n, offboarding.SafeName(it.File.Name))
		}
		taken[strings.ToLower(name)] = true
		parts = append(parts, part{name: name, sum: it.File.SHA256, size: it.File.Size, stored: it.File.SHA256})
	}
	return parts, nil
}

func ours(name string, content []byte) part {
	sum := sha256.Sum256(content)
	return part{name: name, sum: hex.EncodeToString(sum[:]), size: int64(len(content)), small: content}
}

// tags are the files beside data/.
func tags(d *offboarding.Dossier, payload []part) []part {
	var size int64
	for _, p := range payload {
		size += p.size
	}
	info := fmt.Sprintf("Bagging-Date: %s\nExternal-Identifier: handover-%d\nPayload-Oxum: %d.%d\nSource-Organization: %s\n",
		d.Day, d.Case.No, size, len(payload), strings.Join(strings.Fields(d.Brand.Name), " "))
	out := []part{
		ours("bagit.txt", []byte("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")),
		ours("bag-info.txt", []byte(info)),
		ours("manifest-sha256.txt", manifest(payload)),
	}
	return append(out, ours("tagmanifest-sha256.txt", manifest(out)))
}

func manifest(parts []part) []byte {
	lines := make([]string, 0, len(parts))
	for _, p := range parts {
		lines = append(lines, p.sum+"  "+p.name+"\n")
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[64:], b[64:]) })
	return []byte(strings.Join(lines, ""))
}

type bagWriter struct {
	zip         *zip.Writer
	folder      string
	day         time.Time
	done, total int64
	progress    func(done, total int64)
}

func (b *bagWriter) add(ctx context.Context, p part, open func(string) (io.ReadCloser, error)) error {
	h := &zip.FileHeader{Name: b.folder + p.name, Method: zip.Store, Modified: b.day}
	h.SetMode(0o644)
	w, err := b.zip.CreateHeader(h)
	if err != nil {
		return err
	}
	if p.stored == "" {
		_, err = w.Write(p.small)
		b.tell(int64(len(p.small)))
		return err
	}
	r, err := open(p.stored)
	if err != nil {
		return err
	}
	defer r.Close()
	n, err := io.CopyBuffer(struct{ io.Writer }{w}, &counted{ctx, r, b}, make([]byte, 256<<10))
	if err == nil && n != p.size {
		err = fmt.Errorf("%d bytes of %d", n, p.size)
	}
	return err
}

func (b *bagWriter) tell(n int64) {
	b.done += n
	b.progress(b.done, b.total)
}

// counted tells the progress and stops when ctx ends.
type counted struct {
	ctx context.Context
	r   io.Reader
	b   *bagWriter
}

// Read reads and tells.
func (c *counted) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.b.tell(int64(n))
	return n, err
}
