package main

import "testing"

func TestWhatIsTheMatterAndWhatToDoAreTwoSentences(t *testing.T) {
	for _, tt := range [][3]string{
		{"нет полей: OPENDOOR_NPS", "Повторите настройку.", "нет полей: OPENDOOR_NPS. Повторите настройку."},
		{"Портал переименован.", "Обновите адрес.", "Портал переименован. Обновите адрес."},
		{"all is well", "", "all is well"},
		{"", "Run setup.", "Run setup."},
		{"renamed?", " Look. ", "renamed? Look."},
	} {
		if got := sentences(tt[0], tt[1]); got != tt[2] {
			t.Errorf("%q", got)
		}
	}
}
