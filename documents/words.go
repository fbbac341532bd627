package documents

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"opendoor/offboarding"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Noun is a counted thing: Russian has a form for 1, for 2–4 and for 5 and
// more, English for one and for more.
type Noun struct {
	One, Few, Many   string // документ, документа, документов
	Feminine, Neuter bool   // одна копейка, одно место
	EnOne, EnMany    string // document, documents
}

// The things that papers count.
var (
	Papers = Noun{One: "документ", Few: "документа", Many: "документов", EnOne: "document", EnMany: "documents"}
	Sheets = Noun{One: "лист", Few: "листа", Many: "листов", EnOne: "sheet", EnMany: "sheets"}
	Items  = Noun{One: "позиция", Few: "позиции", Many: "позиций", Feminine: true, EnOne: "item", EnMany: "items"}
	Files  = Noun{One: "файл", Few: "файла", Many: "файлов", EnOne: "file", EnMany: "files"}

	roubles = Noun{One: "рубль", Few: "рубля", Many: "рублей", EnOne: "rouble", EnMany: "roubles"}
	kopecks = Noun{One: "копейка", Few: "копейки", Many: "копеек", Feminine: true, EnOne: "kopeck", EnMany: "kopecks"}
)

// of picks the form of the noun for n.
func (n Noun) of(count int64, lang string) string {
	if count < 0 {
		count = -count
	}
	if lang == "en" {
		if count == 1 {
			return n.EnOne
		}
		return n.EnMany
	}
	switch tens := count % 100; {
	case tens >= 11 && tens <= 14:
		return n.Many
	case count%10 == 1:
		return n.One
	case count%10 >= 2 && count%10 <= 4:
		return n.Few
	}
	return n.Many
}

// Count is a number in figures and words with its noun: «12 (двенадцать)
// документов».
func Count(n int64, what Noun, lang string) string {
	return strconv.FormatInt(n, 10) + " (" + Cardinal(n, what, lang) + ") " + what.of(n, lang)
}

// Cardinal is a number in words, in the gender of what is counted.
func Cardinal(n int64, what Noun, lang string) string {
	if lang == "en" {
		return english(n)
	}
	return russian(n, what)
}

// Amount is money in figures and words: «1 240 (одна тысяча двести сорок)
// рублей 00 копеек». Other currencies stand in figures only.
func Amount(m offboarding.Money, lang string) string {
	if m.Currency != "RUB" {
		return m.Tabled(offboarding.Lang(lang))
	}
	sign, minor := "", m.AmountMinor
	if minor < 0 {
		sign, minor = "−", -minor
	}
	whole, cents := minor/100, minor%100
	return sign + offboarding.Grouped(whole, offboarding.Lang(lang)) + " (" + minus(sign, lang) + Cardinal(whole, roubles, lang) + ") " +
		roubles.of(whole, lang) + " " + two(cents) + " " + kopecks.of(cents, lang)
}

func decimal(lang string) string {
	if lang == "en" {
		return "."
	}
	return ","
}

func minus(sign, lang string) string {
	switch {
	case sign == "":
		return ""
	case lang == "en":
		return "minus "
	}
	return "минус "
}

func two(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}

var months = map[string][]string{
	"ru": {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"},
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// Day is a date as a paper says it: «3 ноября 2026 г.», 3 November 2026.
func Day(t time.Time, lang string) string {
	if lang == "en" {
		return itoa(t.Day()) + " " + months["en"][t.Month()-1] + " " + itoa(t.Year())
	}
	return itoa(t.Day()) + " " + months["ru"][t.Month()-1] + " " + itoa(t.Year()) + " г."
}

var (
	ruUnits    = []string{"", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать", "двенадцать", "тринадцать", "четырнадцать", "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать", "девятнадцать"}
	ruTens     = []string{"", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто"}
	ruHundreds = []string{"", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"}
	ruPowers   = []Noun{
		{},
		{One: "тысяча", Few: "тысячи", Many: "тысяч", Feminine: true},
		{One: "миллион", Few: "миллиона", Many: "миллионов"},
		{One: "миллиард", Few: "миллиарда", Many: "миллиардов"},
		{One: "триллион", Few: "триллиона", Many: "триллионов"},
		{One: "квадриллион", Few: "квадриллиона", Many: "квадриллионов"},
		{One: "квинтиллион", Few: "квинтиллиона", Many: "квинтиллионов"},
	}
	enUnits  = []string{"", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}
	enTens   = []string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
	enPowers = []string{"", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion"}
)

func russian(n int64, what Noun) string {
	return inWords(n, "ноль", "минус", func(group int64, power int) string {
		noun := what
		if power > 0 {
			noun = ruPowers[power]
		}
		words := []string{ruHundreds[group/100]}
		rest := group % 100
		if rest >= 20 {
			words = append(words, ruTens[rest/10])
			rest %= 10
		}
		unit := ruUnits[rest]
		switch {
		case rest == 1 && noun.Feminine:
			unit = "одна"
		case rest == 1 && noun.Neuter:
			unit = "одно"
		case rest == 2 && noun.Feminine:
			unit = "две"
		}
		words = append(words, unit)
		if power > 0 {
			words = append(words, noun.of(group, "ru"))
		}
		return strings.Join(words, " ")
	})
}

func english(n int64) string {
	return inWords(n, "zero", "minus", func(group int64, power int) string {
		var words []string
		if group >= 100 {
			words = append(words, enUnits[group/100], "hundred")
		}
		rest := group % 100
		switch {
		case rest >= 20 && rest%10 > 0:
			words = append(words, enTens[rest/10]+"-"+enUnits[rest%10])
		case rest >= 20:
			words = append(words, enTens[rest/10])
		default:
			words = append(words, enUnits[rest])
		}
		return strings.Join(append(words, enPowers[power]), " ")
	})
}

// inWords says a number group by group of three digits, largest first.
func inWords(n int64, zero, minus string, say func(group int64, power int) string) string {
	if n == 0 {
		return zero
	}
	u, out := uint64(n), []string{}
	if n < 0 {
		u, out = -u, append(out, minus)
	}
	var groups []int64
	for ; u > 0; u /= 1000 {
		groups = append(groups, int64(u%1000))
	}
	for power, group := range slices.Backward(groups) {
		if group > 0 {
			out = append(out, say(group, power))
		}
	}
	return strings.Join(strings.Fields(strings.Join(out, " ")), " ")
}
