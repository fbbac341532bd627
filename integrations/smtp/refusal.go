package smtp

import (
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"opendoor/offboarding"
)

// aboutUs are permanent answers that blame the client's behaviour or login,
// whatever command they follow: a better setting makes the letter good.
var aboutUs = []int{500, 502, 503, 504, 530, 534, 535, 538}

// ourFault is an error that may get better, however final the server says it is.
func ourFault(verb string, err error) error {
	return offboarding.Unavailable("the mail server refused "+verb, answered(verb, err))
}

// letterFault sorts an answer about this letter: 5xx will not get better, the
// rest may.
func letterFault(verb string, err error) error {
	a, ok := errors.AsType[*textproto.Error](err)
	switch {
	case !ok:
		return offboarding.Unavailable("the mail server did not answer "+verb, err)
	case a.Code >= 500 && a.Code < 600 && !slices.Contains(aboutUs, a.Code):
		return &offboarding.Error{Kind: offboarding.KindInvalid, Msg: "the mail server refused the letter for good", Err: answered(verb, err)}
	}
	return ourFault(verb, err)
}

var addresses = regexp.MustCompile(`\S+@\S+`)

// answered repeats the server's words without the addresses in them: errors go
// into logs.
func answered(verb string, err error) error {
	a, ok := errors.AsType[*textproto.Error](err)
	if !ok {
		return err
	}
	words := strings.Join(strings.Fields(addresses.ReplaceAllString(a.Msg, "•••")), " ")
	if r := []rune(words); len(r) > 300 {
		words = string(r[:300]) + "…"
	}
	return fmt.Errorf("%s answered %d %s", verb, a.Code, words)
}
