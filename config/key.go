package config

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

const keyLength = 32 // AES-256

// keyFile holds the generated key in the data dir, spelt as in the setting.
const keyFile = "secret.key"

// LoadOrCreateSecretKey returns the keys kept in the data dir and makes one
// first if there is none. Processes that start at once get the same. It is
// for SQLite, where the data dir is as much as the database.
func LoadOrCreateSecretKey(dataDir string) (Keys, error) {
	path := filepath.Join(dataDir, keyFile)
	keys, err := readKeys(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if err := createKey(dataDir, path); err != nil {
		return nil, fmt.Errorf("create the secret key: %w", err)
	}
	return readKeys(path)
}

func readKeys(path string) (Keys, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the secret key: %w", err)
	}
	// Windows has other means than these bits.
	if others := info.Mode().Perm() & 0o077; others != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("read the secret key: others may read %s, want chmod 600", path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the secret key: %w", err)
	}
	keys, err := parseKeys(strings.TrimSpace(string(raw)))
	if err != nil {
		return nil, fmt.Errorf("read the secret key: want in %s %w", path, err)
	}
	return keys, nil
}

// createKey writes a key under another name and links it to path whole: a
// reader sees all of it or nothing, and of two writers one wins.
func createKey(dataDir, path string) (err error) {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dataDir, keyFile+".*") // O_EXCL, 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(tmp.Name())) }()
	var key [keyLength]byte
	_, _ = rand.Read(key[:]) // never fails: the program ends before
	_, err = tmp.WriteString(base64.StdEncoding.EncodeToString(key[:]) + "\n")
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	// What is encrypted with the key must not outlive it in a power cut.
	return syncDir(dataDir)
}

func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// parseKeys reads keys, newest first, in either alphabet of base64.
func parseKeys(value string) (Keys, error) {
	var keys Keys
	for _, text := range list(value) {
		text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
		key, err := base64.RawStdEncoding.DecodeString(text)
		if err != nil || len(key) != keyLength {
			return nil, errors.New("base64 of 32 bytes, such as the output of: openssl rand -base64 32")
		}
		if len(bytes.Trim(key, string(key[:1]))) == 0 {
			return nil, errors.New("a random key, such as the output of: openssl rand -base64 32")
		}
		if slices.ContainsFunc(keys, func(k []byte) bool { return bytes.Equal(k, key) }) {
			return nil, errors.New("each key once")
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("a key")
	}
	return keys, nil
}
