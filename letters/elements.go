package letters

import (
	"opendoor/offboarding"
	"opendoor/offboarding/tone"
)

// Elements lists the required elements of a template (domain §6), or nil.
func Elements(template string) []string {
	k, ok := offboarding.LetterKindOf(template)
	switch {
	case !ok:
		return nil
	case template == offboarding.T3R:
		// Domain §6 names no elements for the reminder; it would be no survey without these.
		return []string{"voluntary", "one_tap"}
	}
	return tone.Required(k.Kind)
}
