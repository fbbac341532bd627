// Command mdlinks checks that every link between the guides of a repository
// leads somewhere: to a file, and to a heading when it names one. Links to
// other sites are left alone.
//
//	go run ./internal/tools/mdlinks
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

func main() {
	broken, err := check(os.DirFS("."))
	if err != nil {
		fmt.Fprintln(os.Stderr, "mdlinks:", err)
		os.Exit(1)
	}
	for _, b := range broken {
		fmt.Fprintln(os.Stderr, b)
	}
	if len(broken) > 0 {
		os.Exit(1)
	}
}

// foreign are folders that hold other people's files, or none of ours.
var foreign = []string{".git", "node_modules", "bin", "data"}

// check returns one line for each link of a Markdown file in root that leads
// nowhere.
func check(root fs.FS) ([]string, error) {
	var broken []string
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(foreign, entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".md":
			return nil
		}
		page, err := read(root, name)
		if err != nil {
			return err
		}
		for _, l := range page.links {
			problem, err := follow(root, name, l.target)
			if err != nil {
				return err
			}
			if problem != "" {
				broken = append(broken, fmt.Sprintf("%s:%d: %s: %s", name, l.line, l.target, problem))
			}
		}
		return nil
	})
	return broken, err
}

type link struct {
	line   int
	target string
}

type page struct {
	links   []link
	anchors map[string]bool
}

var (
	// [text](target) and ![text](target "title").
	inlineLink = regexp.MustCompile(`\]\(<?([^()\s<>]+(?:\([^()\s]*\))?)>?(?:\s+"[^"]*")?\)`)
	// [name]: target
	definition = regexp.MustCompile(`^ {0,3}\[[^\]]+\]:\s+<?([^\s<>]+)>?`)
	heading    = regexp.MustCompile(`^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$`)
	anchor     = regexp.MustCompile(`<a\s+(?:id|name)="([^"]+)"`)
	codeSpan   = regexp.MustCompile("`[^`]*`")
	markup     = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
)

// read finds the links and anchors of a page outside its code blocks.
func read(root fs.FS, name string) (page, error) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return page{}, fmt.Errorf("read a guide: %w", err)
	}
	p := page{anchors: map[string]bool{}}
	fence := ""
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if mark := fenceOf(line); mark != "" && (fence == "" || strings.HasPrefix(mark, fence)) {
			if fence == "" {
				fence = mark
			} else {
				fence = ""
			}
			continue
		}
		if fence != "" {
			continue
		}
		if m := heading.FindStringSubmatch(line); m != nil {
			p.addHeading(m[1])
		}
		for _, m := range anchor.FindAllStringSubmatch(line, -1) {
			p.anchors[m[1]] = true
		}
		plain := codeSpan.ReplaceAllString(line, "")
		for _, m := range append(inlineLink.FindAllStringSubmatch(plain, -1), definition.FindAllStringSubmatch(plain, -1)...) {
			p.links = append(p.links, link{line: number, target: m[1]})
		}
	}
	return p, nil
}

// fenceOf returns the marks that begin or end a code block.
func fenceOf(line string) string {
	line = strings.TrimLeft(line, " ")
	for _, mark := range []string{"`", "~"} {
		if n := len(line) - len(strings.TrimLeft(line, mark)); n >= 3 {
			return strings.Repeat(mark, n)
		}
	}
	return ""
}

// addHeading adds the anchor that code hosts make of a heading: lower case,
// hyphens for spaces, without punctuation, numbered when it comes again.
func (p page) addHeading(text string) {
	text = markup.ReplaceAllString(text, "$1")
	slug := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '-', r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, text)
	unique := slug
	for n := 1; p.anchors[unique]; n++ {
		unique = slug + "-" + strconv.Itoa(n)
	}
	p.anchors[unique] = true
}

// follow tells what is wrong with a link on a page, or nothing.
func follow(root fs.FS, from, target string) (problem string, err error) {
	u, err := url.Parse(target)
	if err != nil {
		return "is no link", nil //nolint:nilerr // the finding is the answer
	}
	if u.Scheme != "" || u.Host != "" {
		return "", nil
	}
	to := from
	if u.Path != "" {
		to = path.Join(path.Dir(from), u.Path)
	}
	info, err := fs.Stat(root, to)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid):
		return "there is no such file", nil
	case err != nil:
		return "", fmt.Errorf("follow a link: %w", err)
	case u.Fragment == "" || info.IsDir() || path.Ext(to) != ".md":
		return "", nil
	}
	p, err := read(root, to)
	if err != nil {
		return "", err
	}
	if !p.anchors[u.Fragment] {
		return "there is no such heading", nil
	}
	return "", nil
}
