package offboarding_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"opendoor/offboarding"
)

// A name has 255 bytes at most on the usual file systems, whatever script it is
// written in, and stands behind a number in the package.
func TestLongNamesFitIntoAFileSystem(t *testing.T) {
	for _, letter := range []string{"x", "ё", "契", "🙂", "e\u0301"} {
		name := offboarding.SafeName(strings.Repeat(letter, 300) + ".pdf")
		if len(name) > 240 || utf8.RuneCountInString(name) > 120 || !utf8.ValidString(name) || !strings.HasPrefix(name, strings.Repeat(letter, 20)) || !strings.HasSuffix(name, ".pdf") {
			t.Errorf("%s: %d bytes, %q", letter, len(name), name)
		}
	}
}
