package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// papers is a package of so many files of one size.
type papers struct {
	name  string
	files int
	size  int
}

var packages = []papers{{"100 × 50 KB", 100, 50_000}, {"2,000 × 1 MB", 2000, 1_000_000}}

// handover measures how long a package takes to build against zip and SHA-256
// alone over the same files, in turns, and what memory it takes.
func (b *bench) handover(ctx context.Context) error {
	t := newTable("package of a handover, SQLite, files on disk: built by the product, and zip (stored) with SHA-256 alone, in turns",
		"", "MB", "built in s", "MB/s", "raw s", "raw MB/s", "times raw", "memory before MB", "at most MB")
	for _, size := range packages {
		if err := b.packageOf(ctx, t, size); err != nil {
			t.end()
			return fmt.Errorf("%s: %w", size.name, err)
		}
	}
	t.end()
	return nil
}

func (b *bench) packageOf(ctx context.Context, t *table, size papers) error {
	at, err := b.sqlitePlace("handover")
	if err != nil {
		return err
	}
	at.redis = "embedded"
	p, err := b.start(ctx, at.env(), b.binary, "serve")
	if err != nil {
		return err
	}
	defer p.stop()
	progress("%s: uploading", size.name)
	c, err := p.handoverOf(ctx, filepath.Join(at.data, "source"), size)
	if err != nil {
		return err
	}
	before := p.status("VmHWM")
	var built, raw []time.Duration
	for round := range b.rounds {
		progress("%s: round %d of %d", size.name, round+1, b.rounds)
		took, err := c.build(ctx, round+1)
		if err != nil {
			return err
		}
		built = append(built, took)
		if took, err = c.raw(at.data); err != nil {
			return err
		}
		raw = append(raw, took)
	}
	slices.Sort(built)
	slices.Sort(raw)
	mid, rawMid, total := built[len(built)/2], raw[len(raw)/2], float64(size.files*size.size)/1e6
	t.row(size.name, fmt.Sprintf("%.0f", total), fmt.Sprintf("%.2f", mid.Seconds()), fmt.Sprintf("%.0f", total/mid.Seconds()), fmt.Sprintf("%.2f", rawMid.Seconds()),
		fmt.Sprintf("%.0f", total/rawMid.Seconds()), fmt.Sprintf("%.1f", mid.Seconds()/rawMid.Seconds()), mb(before), mb(p.status("VmHWM")))
	return nil
}

// folder is a handover with its files, and the same files on disk.
type folder struct {
	p     *process
	path  string
	items []string
	files []string
}

// handoverOf makes a parting with an inventory of so many files.
func (p *process) handoverOf(ctx context.Context, dir string, size papers) (*folder, error) {
	var acc, c struct {
		ID string `json:"id"`
	}
	err := p.call(ctx, http.MethodPost, "/api/v1/accounts", `{"provider":"generic","name":"bench","credentials":{"secret":"whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"},"mode":"shadow"}`, &acc)
	if err == nil {
		err = p.call(ctx, http.MethodPost, "/api/v1/cases", fmt.Sprintf(`{"account_id":%q,"initiator":"client","client":{"name":"Bench","email":"bench@example.com"},"contract":{"notice_days":30}}`, acc.ID), &c)
	}
	if err != nil {
		return nil, err
	}
	f := &folder{p: p, path: "/api/v1/cases/" + c.ID + "/handover"}
	table := []string{"title"}
	for i := range size.files {
		table = append(table, fmt.Sprintf("Document %d", i+1))
	}
	if err := p.call(ctx, http.MethodPost, f.path+"/items/import", strings.Join(table, "\n"), nil); err != nil {
		return nil, err
	}
	var list struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if err := errors.Join(p.call(ctx, http.MethodGet, f.path, "", &list), os.MkdirAll(dir, 0o700)); err != nil {
		return nil, err
	}
	content := make([]byte, size.size)
	for i, it := range list.Items {
		if _, err := rand.Read(content); err != nil {
			return nil, err
		}
		name := filepath.Join(dir, fmt.Sprintf("%d.bin", i))
		if err := errors.Join(os.WriteFile(name, content, 0o600), p.upload(ctx, f.path+"/items/"+it.ID+"/file", content)); err != nil {
			return nil, err
		}
		f.items, f.files = append(f.items, it.ID), append(f.files, name)
	}
	return f, nil
}

func (p *process) upload(ctx context.Context, path string, content []byte) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "paper.bin")
	if err != nil {
		return err
	}
	if _, err := part.Write(content); err != nil {
		return err
	}
	if err := form.Close(); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, p.url+path, &body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+adminKey)
	req.Header.Set("Content-Type", form.FormDataContentType())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if raw, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusOK {
		return errors.Join(err, fmt.Errorf("PUT %s answers %d: %s", path, res.StatusCode, raw))
	}
	return nil
}

// build changes one word, so that the package is another one, and times it
// from the order until the API says that it is done.
func (f *folder) build(ctx context.Context, round int) (time.Duration, error) {
	if err := f.p.call(ctx, http.MethodPatch, f.path+"/items/"+f.items[0], fmt.Sprintf(`{"pages":%d}`, round), nil); err != nil {
		return 0, err
	}
	began := time.Now()
	if err := f.p.call(ctx, http.MethodPost, f.path+"/build", "", nil); err != nil {
		return 0, err
	}
	for {
		var s struct {
			Build struct {
				State string `json:"state"`
				Error string `json:"error"`
			} `json:"build"`
		}
		if err := f.p.call(ctx, http.MethodGet, f.path, "", &s); err != nil {
			return 0, err
		}
		switch s.Build.State {
		case "done":
			return time.Since(began), nil
		case "failed":
			return 0, errors.New(s.Build.Error)
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// raw is what cannot be left out: every file read, hashed and stored in a zip,
// the zip hashed and safe on disk.
func (f *folder) raw(dir string) (time.Duration, error) {
	began := time.Now()
	out, err := os.CreateTemp(dir, "raw-")
	if err != nil {
		return 0, err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	whole := sha256.New()
	z := zip.NewWriter(io.MultiWriter(out, whole))
	buf := make([]byte, 256<<10)
	for _, name := range f.files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: filepath.Base(name), Method: zip.Store})
		if err != nil {
			return 0, err
		}
		in, err := os.Open(name)
		if err != nil {
			return 0, err
		}
		_, err = io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(w, sha256.New())}, struct{ io.Reader }{in}, buf)
		if err := errors.Join(err, in.Close()); err != nil {
			return 0, err
		}
	}
	if err := errors.Join(z.Close(), out.Sync()); err != nil {
		return 0, err
	}
	return time.Since(began), nil
}

// readiness measures the page over all contracts at 100,000 of them.
func (b *bench) readiness(ctx context.Context) error {
	t := newTable("readiness over 100,000 contracts: sums and the fifty least ready, one call", "database", "calls", "p50 ms", "at most ms")
	defer t.end()
	for _, database := range b.databases {
		took, err := b.readinessIn(ctx, database)
		if err != nil {
			return fmt.Errorf("%s: %w", database, err)
		}
		t.row(database, len(took), took[len(took)/2].Milliseconds(), took[len(took)-1].Milliseconds())
	}
	return nil
}

// Contracts with their last snapshots, by sets.
var contractsOf = map[bool][]string{
	true: {
		`INSERT INTO contracts (id, account_id, created_at, updated_at, version, number, deal_id, client_id, client_email, company_id, ended_on, search, doc)
			SELECT gen_random_uuid(), 'ACCOUNT', now(), now(), 1, 'n' || n, '', '', '', '', '', 'n' || n, jsonb_build_object('number', 'n' || n, 'client', '{}'::jsonb, 'company', '{}'::jsonb)
			FROM generate_series(1, ROWS) AS n`,
		`INSERT INTO inventories (id, account_id, contract_id, created_at, updated_at, closed_at, version, collected, mandatory, permille, latest, quarter, taken_on, due_on)
			SELECT gen_random_uuid(), account_id, id, now(), now(), now(), 1, m, 10, m * 100, true, '2026Q3', '2026-10-01', '2026-10-22' FROM
			(SELECT *, (random() * 10)::int AS m FROM contracts) c`,
		"VACUUM ANALYZE",
	},
	false: {
		`INSERT INTO contracts (id, account_id, created_at, updated_at, version, number, deal_id, client_id, client_email, company_id, ended_on, search, doc)
			WITH RECURSIVE some (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM some WHERE n < ROWS)
			SELECT printf('%08x-0000-7000-8000-000000000000', n), 'ACCOUNT', '2026-10-01 00:00:00+00:00', '2026-10-01 00:00:00+00:00', 1, 'n' || n, '', '', '', '', '', 'n' || n,
				json_object('number', 'n' || n, 'client', json('{}'), 'company', json('{}')) FROM some`,
		`INSERT INTO inventories (id, account_id, contract_id, created_at, updated_at, closed_at, version, collected, mandatory, permille, latest, quarter, taken_on, due_on)
			SELECT id, account_id, id, created_at, created_at, created_at, 1, m, 10, m * 100, 1, '2026Q3', '2026-10-01', '2026-10-22' FROM
			(SELECT *, abs(random()) % 11 AS m FROM contracts) c`,
		"ANALYZE",
	},
}

func (b *bench) readinessIn(ctx context.Context, database string) ([]time.Duration, error) {
	const contracts = 100_000
	at, err := b.placeIn(ctx, database, "readiness")
	if err != nil {
		return nil, err
	}
	defer func() { _ = b.drop(context.WithoutCancel(ctx), at) }()
	p, err := b.start(ctx, at.env(), b.binary, "api")
	if err != nil {
		return nil, err
	}
	defer p.stop()
	var acc struct {
		ID string `json:"id"`
	}
	if err := p.call(ctx, http.MethodPost, "/api/v1/accounts", `{"provider":"generic","name":"bench","credentials":{"secret":"whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"}}`, &acc); err != nil {
		return nil, err
	}
	progress("making %d contracts with their snapshots", contracts)
	for _, s := range contractsOf[at.postgres()] {
		if err := b.sqlAt(ctx, at, strings.NewReplacer("ACCOUNT", acc.ID, "ROWS", fmt.Sprint(contracts)).Replace(s)); err != nil {
			return nil, err
		}
	}
	var took []time.Duration
	for range 30 {
		began := time.Now()
		if err := p.call(ctx, http.MethodGet, "/api/v1/contracts/readiness?account_id="+acc.ID, "", nil); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took, nil
}
