package tone

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestTheRandomLettersOfALinkAreNotJudged(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 1))
	link := func(page string) string {
		raw := make([]byte, 32)
		for i := range raw {
			raw[i] = byte(random.Uint32())
		}
		return "https://opendoor.example.com/" + page + "/" + base64.RawURLEncoding.EncodeToString(raw)
	}
	for range 3000 {
		for lang, form := range map[string]string{
			"ru": "Здравствуйте! Мы получили ваше письмо. Вопросы здесь: %s. Передумали? %s Не писать больше: %s",
			"en": "Hello! We have received your message. Our questions: %s. Changed your mind? %s No more letters: %s",
		} {
			text := fmt.Sprintf(form, link("s"), link("l")+"?choice=proceed", link("u"))
			if r := Check(Letter{Text: text, Lang: lang}); r.Verdict != Pass {
				t.Fatalf("%s: %v\n%s", r.Verdict, r.Findings, text)
			}
		}
	}
}

func TestALinkHidesNothingBesideIt(t *testing.T) {
	r := Check(Letter{Text: "Подробности: https://opendoor.example.com/s/abc. Вы идиот.", Lang: "ru"})
	if r.Verdict != Block {
		t.Errorf("the insult after a link gets %s", r.Verdict)
	}
}
