package tone

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"opendoor/offboarding/tone/internal/corpus"
)

func TestALetterIsJudgedByWhatItsSentencesDo(t *testing.T) {
	tests := map[string]struct {
		letter Letter
		want   Verdict
	}{
		"guilt":                            {Letter{Text: "После всего, что мы для вaс cделaли, так не уходят.", Lang: "ru"}, Block},
		"papers for money":                 {Letter{Text: "Архив ве\ufeffрне\u00adм пос\u200bле оп\u200cлат\u200dы счёта № 12.", Lang: "ru"}, Block},
		"papers and a bill, apart":         {Letter{Text: "Папку вернём сегодня, счёт можно оплатить позже.", Lang: "ru"}, Pass},
		"a period of time":                 {Letter{Text: "После всего двух недель работы плату не берём совсем.", Lang: "ru"}, Pass},
		"the client's own words":           {Letter{Text: "Вы написали: «пожалеете». Простите нас.", Lang: "ru"}, Pass},
		"a name":                           {Letter{Text: "Олег Бедный, здравствуйте. Спасибо за два года.", Lang: "ru", Names: []string{"Олег Бедный"}}, Pass},
		"blame, with help promised":        {Letter{Text: "Сами виноваты, но мы поможем.", Lang: "ru"}, Block},
		"our own blame, with help":         {Letter{Text: "Мы сами виноваты, но мы это исправим.", Lang: "ru"}, Pass},
		"a name that insults":              {Letter{Text: "Дурак, здравствуйте. Спасибо за два года.", Lang: "ru", Names: []string{"Дурак"}}, Block},
		"words that hold a name":           {Letter{Text: "Вы нас предали, стыдно.", Lang: "ru", Names: []string{"ед", "стыд"}}, Block},
		"the client's words by a variable": {Letter{Text: "Ваш ответ — пожалеете, сказали нам. Спасибо.", Lang: "ru", Quotes: []string{"пожалеете, сказали нам"}}, Pass},
		"spaced":                           {Letter{Text: "Вы об этом п о ж а л е е т е.", Lang: "ru"}, Block},
		"words set apart alike":            {Letter{Text: "Y o u w i l l r e g r e t t h i s.", Lang: "en"}, Block},
		"guilt without an apology":         {Letter{Text: "После всего, что наша школа сделала для вашего сына, вы просто забираете документы.", Lang: "ru"}, Block},
		"no persuasion":                    {Letter{Text: "We won't try to change your mind.", Lang: "en", Intent: "final"}, Pass},
		"no persuasion, but":               {Letter{Text: "We won't try to persuade you, but please think again.", Lang: "en", Intent: "final"}, Block},
		"our own fault":                    {Letter{Text: "Экран погас по нашей вине, инженер приедет завтра.", Lang: "ru"}, Pass},
		"how to reach us":                  {Letter{Text: "If that is useful, drop us a line.", Lang: "en"}, Pass},
		"you need not answer":              {Letter{Text: "Вы не обязаны ничего объяснять.", Lang: "ru"}, Pass},
		"stretched":                        {Letter{Text: "Вы об этом пожалеееете", Lang: "ru"}, Block},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Check(tc.letter); got.Verdict != tc.want {
				t.Errorf("%s: %+v", got.Verdict, got.Findings)
			}
		})
	}
}

func TestANameHurtsNobody(t *testing.T) {
	for lang, names := range map[string]string{
		"ru": "Берегов Берегова Грозный Жалейко Предателев Вредный Судаков Комиссаров Калачёв Долгов Сычёв Злобин Должиков Позорин Угрюмов Наказнов Зверев Баранов Козлов Ждан Черняев Проверкин",
		"en": "Savage Moody Bitter Coward Fear Loss Grief Cheater Silly Sue Payne Law Judge Fault Sorry Debt Warning Strong Penny",
	} {
		letter := "Здравствуйте, %!\n\nМы получили Ваше решение и передали его дальше. Вам ответит %.\n\n%"
		if lang == "en" {
			letter = "Hello %,\n\nWe have received your decision and passed it on. % will answer you.\n\n%"
		}
		for name := range strings.FieldsSeq(names) {
			if got := Check(Letter{Text: strings.ReplaceAll(letter, "%", name), Lang: lang}); got.Verdict != Pass {
				t.Errorf("%s: %s %+v", name, got.Verdict, got.Findings)
			}
		}
	}
}

func TestTheTitleOfAPaperHurtsNobodyUnlessItDoes(t *testing.T) {
	for title, want := range map[string]Verdict{
		"Переписка с судом и другой стороной":    Pass,
		"Доступ к доменам и сайту":               Pass,
		"Документы отдадим только после оплаты":  Block,
		"Вы ещё пожалеете":                       Block,
		"Papers that you get only after payment": Block,
	} {
		lang := "ru"
		if title[0] < 0x80 {
			lang = "en"
		}
		if got := Check(Letter{Text: "Задерживаем:\n\n• " + title, Lang: lang, Titles: []string{title}}); got.Verdict != want {
			t.Errorf("%s: %s %+v", title, got.Verdict, got.Findings)
		}
	}
	beside := Letter{Text: "Документы отдадим только после оплаты.\n\n• Документы", Lang: "ru", Titles: []string{"Документы"}}
	if got := Check(beside); got.Verdict != Block {
		t.Errorf("beside a title: %+v", got)
	}
}

func TestARequiredElementMayNotBeMissing(t *testing.T) {
	r := Check(Letter{Kind: "apology", Lang: "ru", Parts: []Part{{"fact", "Мы опоздали."}, {"apology", "Простите."}, {"", "До свидания."}}})
	if r.Verdict != Block || len(r.Missing) != 1 || r.Missing[0] != "remedy" {
		t.Errorf("%+v", r)
	}
}

// What is remembered of a sentence changes nothing of what is found in it.
func TestASecondReadingFindsTheSame(t *testing.T) {
	items, err := corpus.Guard()
	if err != nil {
		t.Fatal(err)
	}
	for i, it := range items {
		if i%307 != 0 {
			continue
		}
		l := Letter{Text: it.Text + " " + items[(i+1)%len(items)].Text + "\n" + items[(i+2)%len(items)].Text + "\n— «" + items[(i+3)%len(items)].Text, Lang: it.Lang, Intent: "final"}
		first, second := Check(l), Check(l)
		if !reflect.DeepEqual(first, second) {
			t.Fatalf("%q: %v, then %v", l.Text, first, second)
		}
		if anew := check(l, newLexis()); !reflect.DeepEqual(first, anew) {
			t.Fatalf("%q: %v remembered, %v anew", l.Text, first, anew)
		}
	}
}

// The examples of domain §6 are found, and called by their names.
func TestEachRuleFindsItsExamples(t *testing.T) {
	for rule, examples := range map[Rule][]string{
		Guilt:              {"Мы для вас столько сделали, а вы уходите.", "Я вам всю жизнь, а вы!", "После всего, что мы для вас сделали!", "Вы нас бросаете.", "After all we did for you.", "How could you?"},
		Ingratitude:        {"Без очереди и дёшево обслуживали, и вот.", "Это неблагодарно.", "We gave you special prices and now you leave."},
		Insult:             {"Сами виноваты.", "Сам дурак.", "Вы в этом не разбираетесь.", "It is your own fault.", "You don't understand this."},
		PovertyJab:         {"Если совсем нечем платить, скажите.", "Если уж денег нет, уходите.", "If you really are that broke, go."},
		BusinessFear:       {"Мы теперь разоримся.", "Вы были самым выгодным клиентом.", "You were our biggest account, we will go under."},
		Threat:             {"Вы ещё пожалеете.", "Посмотрим, как вы без нас.", "You will regret this."},
		LossPressure:       {"Вы потеряете всё.", "Это последний шанс.", "This is your last chance.", "You will lose everything."},
		RelativesStory:     {"Моя сестра так и сделала и довольна.", "My own mother did this and is happy."},
		PersuadeAfterFinal: {"Подумайте ещё раз.", "Please reconsider."},
		RuleDispute:        {"Обычно нас предупреждают за месяц.", "Clients usually give us a month."},
		Hostage:            {"Документы отдадим после оплаты.", "Обнаружат нехватку — тогда и отдадим.", "You get the papers only after payment."},
		SuccessorSmear:     {"Они демпингуют.", "Они ничего не умеют.", "Ничего объяснять им не будем.", "They are dumping.", "I won't explain anything to them."},
		BlameEmployee:      {"Виновата Мария, она перепутала отчёты.", "It was Mary's fault, she mixed up the returns."},
		ArgueSource:        {"Это ложь!", "Кто вам такое сказал?!", "That's a lie."},
		FakeCheer:          {"Спасибо!!! Удачи!", "Thank you!!! Good luck!"},
		ConfirmShame:       {"[Нет, мне не важна моя компания]", "[No, I prefer to overpay]"},
		EmptyForm:          {"Здравствуйте, {{name}}.", "Уважаемый(ая) Анна!", "Hello {{name}},"},
	} {
		for _, text := range examples {
			lang := "ru"
			if text[0] < 0x80 && (len(text) < 2 || text[1] < 0x80) {
				lang = "en"
			}
			intent := ""
			if rule == PersuadeAfterFinal || rule == RelativesStory {
				intent = "final"
			}
			r := Check(Letter{Text: text, Lang: lang, Intent: intent})
			named := slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Rule == rule })
			if r.Verdict != rule.Level(intent) || !named {
				t.Errorf("%s, %q: %s %+v", rule, text, r.Verdict, r.Findings)
			}
		}
	}
}
