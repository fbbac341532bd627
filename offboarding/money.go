package offboarding

import (
	"fmt"
	"strconv"
	"strings"
)

// Money is an amount in minor units of a currency (ISO 4217).
type Money struct {
	AmountMinor int64  `json:"amount_minor"`
	Currency    string `json:"currency"`
}

// Valid reports whether the amount has a currency of three letters and a size
// that can be added up.
func (m Money) Valid() bool {
	const most = 1 << 50 // ten trillion of a currency with hundredths
	if len(m.Currency) != 3 || m.AmountMinor > most || m.AmountMinor < -most {
		return false
	}
	return !strings.ContainsFunc(m.Currency, func(r rune) bool { return r < 'A' || r > 'Z' })
}

// Signs of currencies; others are named by their code.
var currencySigns = map[string]string{"RUB": "₽", "EUR": "€", "USD": "$", "GBP": "£", "KZT": "₸", "UAH": "₴", "GEL": "₾", "AMD": "֏", "TRY": "₺"}

// Currencies whose smallest unit is the unit itself (ISO 4217).
var wholeCurrencies = map[string]bool{"JPY": true, "KRW": true, "VND": true, "CLP": true, "ISK": true, "PYG": true, "UGX": true, "XAF": true, "XOF": true, "XPF": true, "RWF": true, "BIF": true, "DJF": true, "GNF": true, "KMF": true, "VUV": true}

// Written writes the amount as a sentence has it: «12 400,50 ₽», "€12,400.50".
// Round amounts have no fraction.
func (m Money) Written(lang Lang) string { return m.write(lang, false) }

// Tabled writes the amount as a column of figures has it: «12 400,00 ₽».
func (m Money) Tabled(lang Lang) string { return m.write(lang, true) }

func (m Money) write(lang Lang, round bool) string {
	const nbsp = "\u00a0"
	units, hundredths, whole := m.AmountMinor, int64(0), wholeCurrencies[m.Currency]
	if !whole {
		units, hundredths = m.AmountMinor/100, m.AmountMinor%100
	}
	minus := ""
	if m.AmountMinor < 0 {
		units, hundredths, minus = -units, -hundredths, "−"
	}
	n := Grouped(units, lang)
	if hundredths != 0 || round && !whole {
		point := ","
		if lang == EN {
			point = "."
		}
		n += fmt.Sprintf("%s%02d", point, hundredths)
	}
	sign, ok := currencySigns[m.Currency]
	switch {
	case !ok:
		return minus + n + nbsp + m.Currency
	case lang == EN && m.Currency != "RUB":
		return minus + sign + n
	}
	return minus + n + nbsp + sign
}

// Grouped writes a number with its thousands set apart: «12 400», "12,400".
func Grouped(n int64, lang Lang) string {
	gap := "\u00a0"
	if lang == EN {
		gap = ","
	}
	s := strconv.FormatInt(n, 10)
	from := 0
	if n < 0 {
		from = 1
	}
	for i := len(s) - 3; i > from; i -= 3 {
		s = s[:i] + gap + s[i:]
	}
	return s
}
