package offboarding

import (
	"slices"
	"strings"
	"unicode"
)

// Person is who acts, when it matters that two acts are not one person's: the
// key of the API that was used.
type Person struct {
	ID   string `json:"id,omitempty"` // of the key
	Name string `json:"name,omitempty"`
	Role string `json:"role,omitempty"`
}

// Approves reports whether the person may decide what others proposed.
func (p Person) Approves() bool { return p.Role == "approver" || p.Role == "admin" }

// Is reports whether two acts are one person's. Two keys of one name are taken
// for one person: four eyes are two people, not two keys.
func (p Person) Is(other Person) bool {
	return p.ID != "" && p.ID == other.ID || p.Name != "" && sameWords(p.Name, other.Name)
}

// meant reports whether a person is the one whom a note names by id, e-mail
// address or name. It rather sees a person too many than one too few: another
// person can always decide instead.
func (p Person) meant(named string) bool {
	named = strings.TrimSpace(named)
	if named == "" {
		return false
	}
	return named == p.ID || strings.EqualFold(named, strings.TrimSpace(p.Name)) || namesWithin(p.Name, named)
}

// sameWords compares names without regard to case, order and ё.
func sameWords(a, b string) bool {
	x, y := nameWords(a), nameWords(b)
	return len(x) > 0 && slices.Equal(x, y)
}

// namesWithin reports whether all words of one name stand in the other:
// «Мария» and «Мария Образцова», in either order.
func namesWithin(a, b string) bool {
	x, y := nameWords(a), nameWords(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) == 0 || len(x) == 1 && len([]rune(x[0])) < 3 {
		return false
	}
	for _, w := range x {
		if !slices.Contains(y, w) {
			return false
		}
	}
	return true
}

func nameWords(s string) []string {
	s = strings.ReplaceAll(strings.ToLower(s), "ё", "е")
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	slices.Sort(words)
	return slices.Compact(words)
}

// responsibleIs reports whether the person is the case's responsible.
func (c *Case) responsibleIs(p Person) bool { return p.isResponsible(c.Responsible) }

func (p Person) isResponsible(r Responsible) bool {
	return p.meant(r.ID) || p.meant(r.Email) || p.meant(r.Name)
}
