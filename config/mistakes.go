package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Mistake is one thing that is wrong with the settings.
type Mistake struct {
	Name    string // the setting, or the unknown name
	Source  string // the file that the value comes from; empty: the environment
	Value   string // masked when it is secret
	Problem string // what is wrong, or what would be right
}

// Error is one line that names the setting, its value and what would be right.
func (m Mistake) Error() string {
	var where string
	if m.Source != "" {
		where = " in " + m.Source
	}
	if m.Value == "" {
		return m.Name + where + " " + m.Problem
	}
	return fmt.Sprintf("%s is %q%s, %s", m.Name, m.Value, where, m.Problem)
}

// Mistakes are all that is wrong with the settings, one line each.
type Mistakes []Mistake

// Error joins the lines.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, one := range m {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

func (m Mistakes) about(name string) bool {
	return slices.ContainsFunc(m, func(one Mistake) bool { return one.Name == name })
}

const (
	prefix     = "OPENDOOR_"
	fileSuffix = "_FILE"
	configFile = "OPENDOOR_CONFIG"
)

// serviceLinks are names that Kubernetes puts into the environment of every
// container beside a Service called opendoor or opendoor-…:
// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
var serviceLinks = regexp.MustCompile(`_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_PROTO|_PORT|_ADDR)?$`)

// ours tells whether a name is meant to be a setting.
func ours(name, value string) bool {
	switch {
	case !strings.HasPrefix(name, prefix):
		return false
	case name == "OPENDOOR_FAILPOINT", strings.HasPrefix(name, "OPENDOOR_TEST_"): // test builds and testkit read them
		return false
	case serviceLinks.MatchString(name), strings.HasSuffix(name, "_PORT") && strings.HasPrefix(value, "tcp://"):
		return false
	}
	return true
}

// unknownNames finds what is meant to be a setting and is none.
func unknownNames(env map[string]string) Mistakes {
	var found Mistakes
	for name, value := range env {
		if ours(name, value) && !known(name) {
			found = append(found, unknown(name, "", name))
		}
	}
	slices.SortFunc(found, func(a, b Mistake) int { return strings.Compare(a.Name, b.Name) })
	return found
}

// known tells whether name, or name without _FILE, is a setting.
func known(name string) bool {
	return slices.ContainsFunc(Settings, func(s Setting) bool {
		return name == s.Name || name == s.Name+fileSuffix && s.Name != configFile
	})
}

// unknown says that written, which stands for the setting name, is none, and
// which one may have been meant.
func unknown(written, source, name string) Mistake {
	m := Mistake{Name: written, Source: source, Problem: "is no setting of opendoor"}
	if near := nearest(name); near != "" {
		m.Problem += ", did you mean " + near + "?"
	}
	return m
}

// nearest returns the setting that a slip of the keyboard may have turned
// into name, or nothing.
func nearest(name string) string {
	best, least := "", 4 // up to three slips
	for _, s := range Settings {
		for _, candidate := range []string{s.Name, s.Name + fileSuffix} {
			if d := distance(name, candidate); d < least && known(candidate) {
				best, least = candidate, d
			}
		}
	}
	if best != "" {
		return best
	}
	// OPENDOOR_SMTP is far from OPENDOOR_SMTP_URL in letters, not in sense.
	for _, s := range Settings {
		if len(name) > len(prefix)+2 && (strings.HasPrefix(s.Name, name) || strings.HasPrefix(name, s.Name)) {
			return s.Name
		}
	}
	return ""
}

// distance counts the letters to add, drop or change to make b of a
// (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
