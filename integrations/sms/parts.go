package sms

import (
	"strings"
	"unicode/utf16"
)

// gsm is the alphabet of text messages (3GPP TS 23.038, 6.2.1); what stands in
// gsmTwice takes the place of two signs.
const (
	gsm = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿" +
		"abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmTwice = "\f^{}\\[~]|€"
)

// Parts is how many text messages a text takes: 160 signs of that alphabet, or
// 70 of any other; several parts have 153 or 67 each, since they say which part
// they are.
func Parts(text string) int {
	n, plain := 0, true
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsm, r):
			n++
		case strings.ContainsRune(gsmTwice, r):
			n += 2
		default:
			plain = false
		}
	}
	one, more := 160, 153
	if !plain {
		n, one, more = len(utf16.Encode([]rune(text))), 70, 67
	}
	switch {
	case n == 0:
		return 0
	case n <= one:
		return 1
	}
	return (n + more - 1) / more
}
