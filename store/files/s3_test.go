package files

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeS3 is as much of S3 as a file store needs: objects, parts, lists, ranges.
type fakeS3 struct {
	*httptest.Server
	mu      sync.Mutex
	objects map[string][]byte
	aged    map[string]time.Duration // how long ago an object was stored, when not now
	parts   map[string]map[int][]byte
}

func newFakeS3(t *testing.T) *fakeS3 {
	f := &fakeS3{objects: map[string][]byte{}, aged: map[string]time.Duration{}, parts: map[string]map[int][]byte{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeS3) url(bucket string) string {
	return "s3://key:secret@" + bucket + "?region=eu-test-1&endpoint=" + f.URL
}

func (f *fakeS3) put(path string, b []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.objects[path] = b
}

func etagOf(b []byte) string {
	sum := md5.Sum(b)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (f *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	q, path := r.URL.Query(), r.URL.Path
	body := unchunked(r)
	switch {
	case r.Method == http.MethodPost && q.Has("uploads"):
		id := strconv.Itoa(len(f.parts) + 1)
		f.parts[id] = map[int][]byte{}
		fmt.Fprintf(w, "<InitiateMultipartUploadResult><UploadId>%s</UploadId></InitiateMultipartUploadResult>", id)
	case r.Method == http.MethodPut && q.Has("partNumber"):
		n, _ := strconv.Atoi(q.Get("partNumber"))
		f.parts[q.Get("uploadId")][n] = body
		w.Header().Set("ETag", etagOf(body))
	case r.Method == http.MethodPost && q.Has("uploadId"):
		var whole []byte
		parts := f.parts[q.Get("uploadId")]
		for n := 1; n <= len(parts); n++ {
			whole = append(whole, parts[n]...)
		}
		f.objects[path] = whole
		fmt.Fprintf(w, "<CompleteMultipartUploadResult><Bucket>files</Bucket><ETag>%s</ETag></CompleteMultipartUploadResult>", etagOf(whole))
	case r.Method == http.MethodPut:
		f.objects[path] = body
		delete(f.aged, path)
		w.Header().Set("ETag", etagOf(body))
	case r.Method == http.MethodDelete:
		delete(f.objects, path)
		w.WriteHeader(http.StatusNoContent)
	case q.Has("list-type"):
		f.list(w, path, q.Get("prefix"))
	default:
		b, ok := f.objects[path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, "<Error><Code>NoSuchKey</Code></Error>")
			return
		}
		w.Header().Set("ETag", etagOf(b))
		http.ServeContent(w, r, "", time.Now().Add(-f.aged[path]), bytes.NewReader(b))
	}
}

func (f *fakeS3) list(w io.Writer, bucket, prefix string) {
	bucket = strings.TrimSuffix(bucket, "/") + "/"
	var keys []string
	for k := range f.objects {
		if key, ok := strings.CutPrefix(k, bucket); ok && strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	fmt.Fprint(w, "<ListBucketResult>")
	for _, k := range keys {
		fmt.Fprintf(w, "<Contents><Key>%s</Key><LastModified>%s</LastModified><Size>1</Size></Contents>", k, time.Now().Add(-f.aged[bucket+k]).UTC().Format(time.RFC3339))
	}
	fmt.Fprint(w, "</ListBucketResult>")
}

// unchunked reads a body in the signed pieces in which it comes over plain http.
func unchunked(r *http.Request) []byte {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		b, _ := io.ReadAll(r.Body)
		return b
	}
	var out []byte
	in := bufio.NewReader(r.Body)
	for {
		line, err := in.ReadString('\n')
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, perr := strconv.ParseInt(size, 16, 64)
		if err != nil || perr != nil || n == 0 {
			return out
		}
		piece := make([]byte, n+2)
		if _, err := io.ReadFull(in, piece); err != nil {
			return out
		}
		out = append(out, piece[:n]...)
	}
}
