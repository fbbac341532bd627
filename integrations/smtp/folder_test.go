package smtp

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Who is erased does not stay in the folder of letters: neither what went to
// them nor what was about them.
func TestAFolderForgetsLetters(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"about@x.eml": "To: manager@example.com\r\n\r\nabout the client", "to@x.eml": "To: \"Anna\" <Client@example.com>\r\n\r\nx",
		"other@x.eml": "To: other@example.com\r\n\r\nx", "broken@x.eml": "no header", "note.txt": "To: client@example.com\r\n\r\nx",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := Folder(dir).Forget([]string{"about@x", "", "../note"}, []string{"client@example.com"}); err != nil {
			t.Fatal(err)
		}
	}
	var left []string
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		left = append(left, f.Name())
	}
	if !slices.Equal(left, []string{"broken@x.eml", "note.txt", "other@x.eml"}) {
		t.Errorf("left %v", left)
	}
	if n, err := Folder(filepath.Join(dir, "none")).Forget(nil, []string{"client@example.com"}); n != 0 || err != nil {
		t.Errorf("a folder that is not there: %d, %v", n, err)
	}
}
