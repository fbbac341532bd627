package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"opendoor/offboarding"
)

// bucket keeps contents in an S3-compatible store. A content is hashed in a
// local folder first: a bucket cannot rename, and half a content must never be
// seen under its name.
type bucket struct {
	client       *minio.Client
	name, prefix string
	spool        *Folder
}

// openBucket reads s3://[KEY:SECRET@]BUCKET[/PREFIX]?region=…&endpoint=….
// Without a key in the address the usual ones of the environment count.
func openBucket(u *url.URL, spool string) (Store, error) {
	endpoint, secure := "s3.amazonaws.com", true
	if e := u.Query().Get("endpoint"); e != "" {
		host, err := url.Parse(e)
		if err != nil || host.Host == "" {
			return nil, fmt.Errorf("open the file store: the endpoint is an address such as https://s3.example.com")
		}
		endpoint, secure = host.Host, host.Scheme != "http"
	}
	creds := credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.EnvMinio{}, &credentials.FileAWSCredentials{}, &credentials.IAM{}})
	if u.User != nil {
		secret, _ := u.User.Password()
		creds = credentials.NewStaticV4(u.User.Username(), secret, "")
	}
	client, err := minio.New(endpoint, &minio.Options{Creds: creds, Secure: secure, Region: u.Query().Get("region")})
	if err != nil {
		return nil, fmt.Errorf("open the file store: %w", err)
	}
	local, err := OpenFolder(spool)
	if err != nil {
		return nil, err
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	return &bucket{client: client, name: u.Host, prefix: prefix, spool: local}, nil
}

// Close lets go of the spool.
func (b *bucket) Close() error { return b.spool.Close() }

func (b *bucket) key(sha256 string) string { return b.prefix + place(sha256) }

// Put hashes the content locally and uploads it under its hash.
func (b *bucket) Put(ctx context.Context, r io.Reader) (offboarding.Blob, error) {
	blob, tmp, err := b.spool.spool(ctx, r)
	if err != nil {
		return blob, fmt.Errorf("store a file: %w", err)
	}
	defer func() { _ = b.spool.root.Remove(tmp) }()
	file, err := b.spool.root.Open(tmp)
	if err != nil {
		return blob, fmt.Errorf("store a file: %w", err)
	}
	defer file.Close()
	_, err = b.client.PutObject(ctx, b.name, b.key(blob.SHA256), file, blob.Size, minio.PutObjectOptions{
		ContentType: "application/octet-stream", PartSize: 16 << 20, NumThreads: 1,
	})
	if err != nil {
		return blob, offboarding.Unavailable("the file store is away", fmt.Errorf("store a file: %w", err))
	}
	return blob, nil
}

// Open returns a content that is checked as it is read.
func (b *bucket) Open(ctx context.Context, sha256 string) (io.ReadSeekCloser, int64, error) {
	if !named(sha256) {
		return nil, 0, offboarding.ErrNotFound
	}
	object, err := b.client.GetObject(ctx, b.name, b.key(sha256), minio.GetObjectOptions{})
	if err != nil {
		return nil, 0, b.refused(err)
	}
	info, err := object.Stat()
	if err != nil {
		return nil, 0, errors.Join(b.refused(err), object.Close())
	}
	return newVerified(object, sha256, info.Size), info.Size, nil
}

func (b *bucket) refused(err error) error {
	if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
		return offboarding.ErrNotFound
	}
	return offboarding.Unavailable("the file store is away", fmt.Errorf("open a file: %w", err))
}

const sweepBatch = 500

// Sweep deletes what nobody keeps, and old leavings of the spool.
func (b *bucket) Sweep(ctx context.Context, olderThan time.Time, keep func(context.Context, []string) (map[string]bool, error)) (int, error) {
	if _, err := b.spool.sweepDir(ctx, tmpDir, olderThan, keep); err != nil {
		return 0, fmt.Errorf("sweep files: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the listing
	n, old := 0, []string{}
	drop := func() error {
		held, err := keep(ctx, old)
		if err != nil {
			return err
		}
		for _, sha256 := range old {
			if held[sha256] {
				continue
			}
			// It may have been stored anew since it was listed.
			info, err := b.client.StatObject(ctx, b.name, b.key(sha256), minio.StatObjectOptions{})
			if err != nil && minio.ToErrorResponse(err).StatusCode != http.StatusNotFound {
				return err
			}
			if err != nil || !info.LastModified.Before(olderThan) {
				continue
			}
			if err := b.client.RemoveObject(ctx, b.name, b.key(sha256), minio.RemoveObjectOptions{}); err != nil {
				return err
			}
			n++
		}
		old = old[:0]
		return nil
	}
	for info := range b.client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: b.prefix, Recursive: true}) {
		if info.Err != nil {
			return n, fmt.Errorf("sweep files: %w", info.Err)
		}
		name := info.Key[strings.LastIndexByte(info.Key, '/')+1:]
		if named(name) && info.LastModified.Before(olderThan) {
			old = append(old, name)
		}
		if len(old) == sweepBatch {
			if err := drop(); err != nil {
				return n, fmt.Errorf("sweep files: %w", err)
			}
		}
	}
	if len(old) == 0 {
		return n, nil
	}
	if err := drop(); err != nil {
		return n, fmt.Errorf("sweep files: %w", err)
	}
	return n, nil
}

// Check writes a small content and reads it back.
func (b *bucket) Check(ctx context.Context) error { return check(ctx, b) }

// SpoolIn is where contents wait for their hash below the data folder.
func SpoolIn(dataDir string) string { return dataDir + string(os.PathSeparator) + "files-spool" }
