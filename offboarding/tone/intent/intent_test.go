package intent

import "testing"

func TestWhatTheClientMeans(t *testing.T) {
	tests := []struct {
		lang, text, want string
		third            bool
		hint             string
	}{
		{"ru", "Решение окончательное, всё обдумали.", Final, false, ""},
		{"ru", "Прошу расторгнуть договор с 1 июня.", Final, false, ""},
		{"ru", "Уведомляем вас о расторжении договора № 14.", Final, false, ""},
		{"ru", "Прошу не отговаривать, дела передайте новому бухгалтеру.", Final, false, ""},
		{"ru", "Мы подписали договор с другой компанией.", Final, false, ""},
		{"ru", "Надоело! Сколько можно! С 1 июля обслуживание прекращаем.", Final, false, ""},
		{"ru", "Больше к вам ни ногой! Сколько можно ждать!", Venting, false, ""},
		{"ru", "Надоело. Никогда больше к вам не обращусь.", Venting, false, ""},
		{"ru", "Думаем, стоит ли продлевать договор: дорого.", Undecided, false, "price"},
		{"ru", "Если не снизите цену, возможно, расторгнем договор.", Undecided, false, "price"},
		{"ru", "Пришлите, пожалуйста, акт за май.", Unknown, false, ""},
		{"ru", "Говорят, что вы теряете документы.", Unknown, true, ""},
		{"ru", "Слышал от знакомых, что у вас проблемы с налоговой.", Unknown, true, ""},
		{"ru", "Ваш менеджер сказал, что отчёт готов.", Unknown, false, ""},
		{"ru", "Менеджер нам нагрубил, мы решили уйти.", Final, false, "people"},
		{"ru", "Решение ещё не окончательное, хотели бы обсудить условия.", Undecided, false, ""},
		{"en", "Our decision is final, please don't try to persuade us.", Final, false, ""},
		{"en", "We have signed with another provider.", Final, false, ""},
		{"en", "Please terminate our contract as of 1 June.", Final, false, ""},
		{"en", "We hereby give notice of cancellation.", Final, false, ""},
		{"en", "I am fed up, never again!", Venting, false, ""},
		{"en", "This is ridiculous. How many times do we have to ask?", Venting, false, ""},
		{"en", "We are considering whether to renew.", Undecided, false, ""},
		{"en", "Maybe we will leave if the price stays this high.", Undecided, false, "price"},
		{"en", "Please send the act for May.", Unknown, false, ""},
		{"en", "I was told you lose documents.", Unknown, true, ""},
		{"en", "People say you are going bankrupt.", Unknown, true, ""},
		{"en", "Your manager told us the report is ready.", Unknown, false, ""},
		{"en", "We are moving to another accountant in June.", Final, false, ""},
		{"en", "Fed up! We terminate the contract on 1 July.", Final, false, ""},
		// A reason is no decision, until one is told beside it.
		{"ru", "Дорого, нашли дешевле.", Unknown, false, "price"},
		{"ru", "Слишком дорого, у другого бухгалтера дешевле.", Unknown, false, "price"},
		{"ru", "Дорого, нашли дешевле, договор расторгаем.", Final, false, "price"},
		{"ru", "У конкурентов дешевле, переходим к ним.", Final, false, "price"},
		{"en", "Too expensive, we found a cheaper one.", Unknown, false, "price"},
		{"en", "Another provider answers faster than you do.", Unknown, false, ""},
		{"en", "Too expensive, we found a cheaper one and are terminating the contract.", Final, false, "price"},
		{"en", "We have switched to another provider because of the price.", Final, false, "price"},
		// a parting that is not meant
		{"ru", "Хотим вернуться и заключить договор снова с 1 июня.", Undecided, false, ""},
		{"ru", "Прежний директор расторг с вами договор в мае 2021 года, пришлите копию.", Unknown, false, ""},
		{"ru", "От вас уходят клиенты?", Unknown, false, ""},
		{"ru", "Как у вас расторгают договор?", Undecided, false, ""},
		{"ru", "Ещё одна такая ошибка, и мы уходим.", Undecided, false, ""},
		{"ru", "Ещё один такой срыв, и мы уходим. Хотя нет, договор расторгаем с 1 июня.", Final, false, ""},
		{"ru", "Сосед ушёл от вас, и мы уходим.", Final, false, ""},
		{"en", "Please undo our termination request.", Unknown, false, ""},
		{"en", "Our former director terminated the contract in May 2021, please send a copy.", Unknown, false, ""},
		{"en", "How does one cancel a contract with you?", Undecided, false, ""},
		{"en", "One more mistake like this and we leave.", Undecided, false, ""},
		{"en", "One more mistake like this and we leave. In fact, we terminate the contract on 1 June.", Final, false, ""},
		{"en", "My brother left you, and we are leaving.", Final, false, ""},
	}
	for _, tc := range tests {
		got := Check(tc.text, tc.lang)
		if got.Intent != tc.want || got.ThirdParty != tc.third || tc.hint != "" && got.ReasonHint != tc.hint {
			t.Errorf("%s: %s third=%v hint=%s %v", tc.text, got.Intent, got.ThirdParty, got.ReasonHint, got.Evidence)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("Решение окончательное!", "ru")
	f.Add("fed \u200b up", "en")
	f.Fuzz(func(t *testing.T, text, lang string) {
		n := len([]rune(text))
		for _, e := range Check(text, lang).Evidence {
			if e.Start < 0 || e.End > n || e.Start >= e.End || string([]rune(text)[e.Start:e.End]) != e.Text {
				t.Errorf("evidence %+v does not stand in the text", e)
			}
		}
	})
}
