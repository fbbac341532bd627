package pages

import (
	"maps"
	"slices"
)

// text returns a text of the catalogue; a key that is not there is a bug, and
// shows itself as the key in the first test that renders the page.
func text(key, lang string) string {
	pair, ok := texts[key]
	if !ok {
		return key
	}
	if lang == "en" {
		return pair[1]
	}
	return pair[0]
}

// Texts returns every text of the pages in one language by its key, so that the
// tone guard can read what letters and pages say through one door.
func Texts(lang string) map[string]string {
	m := make(map[string]string, len(texts))
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		m[key] = text(key, lang)
	}
	return m
}

// texts holds Russian and English by key. No-break spaces stand as \u00a0.
var texts = map[string][2]string{
	"language": {"Язык", "Language"},

	"survey.title_problem": {"Проверьте, пожалуйста, ответ", "Please check your answer"},
	"survey.lead_tapped": {
		"Вы выбрали ответ в\u00a0письме. Нажмите кнопку, и\u00a0мы его запишем. Остальное\u00a0— если захочется.",
		"You chose this in the letter. Press the button and we will record it. The rest is up to you.",
	},
	"survey.saved":       {"Ваш ответ сохранён. Его можно изменить.", "Your answer is saved. You can change it."},
	"survey.saved_until": {"Ваш ответ сохранён. Его можно изменить до", "Your answer is saved. You can change it until"},
	"survey.unconfirmed": {"Ответ ещё не\u00a0отправлен: нажмите кнопку внизу, и\u00a0мы его запишем.", "Your answer is not sent yet: press the button below and we will record it."},
	"survey.reason":      {"Главная причина", "The main reason"},
	"survey.private":     {"Если дело в\u00a0человеке, ваши слова прочитает только руководитель.", "If it is about a person, only the manager will read your words."},
	"survey.more":        {"Если есть ещё полминуты", "If you have another half a minute"},
	"survey.more_hint":   {"Отвечайте на\u00a0что хочется: все вопросы ниже\u00a0— по\u00a0желанию.", "Answer what you like: all questions below are optional."},
	"service.yes":        {"Да", "Yes"},
	"service.partly":     {"Отчасти", "Partly"},
	"service.no":         {"Нет", "No"},
	"survey.send":        {"Отправить ответ", "Send my answer"},
	"survey.change":      {"Сохранить изменения", "Save my changes"},
	"survey.decline":     {"Не\u00a0буду отвечать", "I would rather not answer"},

	"thanks.title":   {"Спасибо, мы записали ваш ответ", "Thank you, your answer is recorded"},
	"thanks.reason":  {"Главная причина:", "The main reason:"},
	"thanks.lead":    {"Этого достаточно. Страницу можно закрыть.", "That is enough. You can close this page."},
	"thanks.until":   {"Изменить ответ можно до", "You can change your answer until"},
	"thanks.more":    {"Хотите добавить?", "Would you like to add something?"},
	"thanks.send":    {"Добавить к\u00a0ответу", "Add to my answer"},
	"thanks.change":  {"Изменить ответ", "Change my answer"},
	"thanks.goodbye": {"Желаем вам удачи. Дверь открыта.", "We wish you well. The door stays open."},
	"declined.title": {"Хорошо, больше не\u00a0спросим", "All right, we will not ask again"},
	"declined.lead":  {"На\u00a0завершение дел это никак не\u00a0влияет. Если передумаете, ссылка из\u00a0письма ещё работает.", "It changes nothing about how we part. If you think of something later, the link in the letter still works."},
	"decline.title":  {"Не\u00a0хочется отвечать?", "Would you rather not answer?"},
	"decline.lead":   {"Это нормально. Нажмите кнопку, и\u00a0мы больше не\u00a0спросим о\u00a0причине.", "That is fine. Press the button and we will not ask about the reason again."},
	"decline.send":   {"Больше не\u00a0спрашивать", "Do not ask again"},
	"decline.back":   {"Вернуться к\u00a0вопросу", "Back to the question"},

	"settlement.title":          {"Итоговый расчёт", "Final account"},
	"settlement.lead":           {"Посмотрите строки. Если с\u00a0какой-то вы не\u00a0согласны, отметьте её: мы разберёмся и\u00a0ответим.", "Please look through the lines. If you disagree with one, mark it: we will look into it and answer."},
	"settlement.none.title":     {"Расчёт ещё не\u00a0готов", "The account is not ready yet"},
	"settlement.none.lead":      {"Пришлём письмо, как только он будет готов. На\u00a0передачу дел это не\u00a0влияет.", "We will write to you as soon as it is. It does not affect the handover."},
	"settlement.unconfirmed":    {"Пока ничего не\u00a0изменилось: нажмите одну из\u00a0кнопок.", "Nothing has changed yet: press one of the buttons."},
	"settlement.too_long":       {"Текст слишком длинный. Сократите его, пожалуйста, или ответьте на\u00a0письмо.", "The text is too long. Please shorten it, or reply to the letter."},
	"settlement.heard.title":    {"Спасибо, мы записали", "Thank you, it is recorded"},
	"settlement.heard":          {"Эта строка ждёт нашего ответа, платить по\u00a0ней пока не\u00a0нужно.", "This line waits for our answer; there is no need to pay it for now."},
	"settlement.settled":        {"Расчёт завершён. Спасибо вам.", "The account is settled. Thank you."},
	"settlement.agreed":         {"Вы согласились с\u00a0расчётом. Спасибо.", "You have agreed to the account. Thank you."},
	"settlement.basis":          {"Основание:", "Basis:"},
	"settlement.contested":      {"Вы оспорили эту строку, мы разбираемся.", "You contested this line; we are looking into it."},
	"settlement.answered":       {"Наш ответ:", "Our answer:"},
	"settlement.contest":        {"Не\u00a0согласны с\u00a0этой строкой?", "Do you disagree with this line?"},
	"settlement.why":            {"Что не\u00a0так? Можно не\u00a0объяснять.", "What is wrong? You need not explain."},
	"settlement.contest.button": {"Оспорить строку", "Contest this line"},
	"settlement.total":          {"Итого к\u00a0оплате:", "Total to pay:"},
	"settlement.refund":         {"Итого возвращаем вам:", "Total that we return to you:"},
	"settlement.due":            {"Срок:", "Due on:"},
	"settlement.handover":       {"Документы и\u00a0дела мы передаём в\u00a0срок в\u00a0любом случае: спор о\u00a0строке этому не\u00a0мешает.", "Papers and open matters are handed over on time in any case: a contested line does not delay them."},
	"settlement.agree":          {"Всё верно", "All correct"},

	"choice.title":           {"Как поступим?", "What shall we do?"},
	"choice.lead":            {"Выберите одно. Решение начнёт действовать сразу, звонить никуда не\u00a0нужно.", "Choose one. It takes effect at once, no call is needed."},
	"choice.unconfirmed":     {"Пока ничего не\u00a0изменилось: нажмите одну из\u00a0кнопок.", "Nothing has changed yet: press one of the buttons."},
	"choice.proceed.title":   {"Оформить уход", "Proceed with leaving"},
	"choice.proceed.lead":    {"Нажмите кнопку\u00a0— и\u00a0всё решено, звонить никуда не\u00a0нужно. Мы подготовим документы и\u00a0передачу дел, а\u00a0следующие шаги пришлём письмом.", "Press the button and it is settled, no call is needed. We will prepare the papers and the handover and write to you about the next steps."},
	"choice.proceed.button":  {"Оформить уход", "Proceed with leaving"},
	"choice.proceed.hint":    {"Подготовим документы и\u00a0передачу дел, следующие шаги пришлём письмом.", "We prepare the papers and the handover and write to you about the next steps."},
	"choice.stay.title":      {"Остаться с\u00a0нами", "Stay with us"},
	"choice.stay.lead":       {"Нажмите кнопку, и\u00a0мы остановим завершение. Всё останется как есть.", "Press the button and we will stop the leaving. Everything stays as it is."},
	"choice.stay.button":     {"Остаюсь", "I am staying"},
	"choice.stay.hint":       {"Остановим завершение, всё останется как есть.", "We stop the leaving, everything stays as it is."},
	"choice.comeback.title":  {"Вернуться к\u00a0нам", "Come back to us"},
	"choice.comeback.lead":   {"Нажмите кнопку, и\u00a0мы свяжемся с\u00a0вами. Данные и\u00a0договорённости сохранились, повторять ничего не\u00a0придётся.", "Press the button and we will get in touch. Your data and agreements are kept, nothing needs to be told twice."},
	"choice.comeback.button": {"Хочу вернуться", "I want to come back"},
	"choice.comeback.hint":   {"Свяжемся с\u00a0вами; данные и\u00a0договорённости сохранились.", "We get in touch; your data and agreements are kept."},
	"choice.last_day":        {"Последний день работы:", "The last day of service:"},
	"choice.ask":             {"Вопросы можно задать в\u00a0ответ на\u00a0письмо. Ответит", "You can ask questions by replying to the letter. You will hear from"},
	"choice.others":          {"Другие варианты", "Other choices"},
	"choice.none.title":      {"Здесь уже всё решено", "Everything is settled here"},
	"choice.none.lead":       {"Выбирать больше ничего не\u00a0нужно. Если что-то не\u00a0так, ответьте на\u00a0любое наше письмо.", "There is nothing left to choose. If something is wrong, reply to any of our letters."},

	"chosen.proceed.title":  {"Уход оформлен", "Your leaving is settled"},
	"chosen.proceed.lead":   {"Больше ничего делать не\u00a0нужно. Следующие шаги пришлём письмом.", "There is nothing more to do. We will write to you about the next steps."},
	"chosen.stay.title":     {"Хорошо, вы\u00a0остаётесь", "Good, you are staying"},
	"chosen.stay.lead":      {"Завершение остановлено, всё идёт как прежде. Спасибо, что дали нам знать.", "The leaving is stopped and everything goes on as before. Thank you for telling us."},
	"chosen.comeback.title": {"Рады вашему возвращению", "Glad to have you back"},
	"chosen.comeback.lead":  {"Мы скоро напишем или позвоним и\u00a0договоримся, с\u00a0чего начать.", "We will write or call soon to agree on where to start."},
	"chosen.sorry":          {"Нажали случайно? Ответьте на\u00a0наше письмо, и\u00a0мы всё вернём.", "Pressed by mistake? Reply to our letter and we will undo it."},

	"preferences.title":         {"Не\u00a0получать наших писем", "Stop letters from us"},
	"preferences.lead":          {"Одно нажатие\u00a0— и\u00a0мы больше не\u00a0напишем на\u00a0этот адрес.", "One press and we will not write to this address any more."},
	"preferences.honest":        {"Документы и\u00a0расчёты тоже перестанут приходить письмом: если они ещё нужны, их передаст сотрудник.", "Papers and accounts will not come by mail either: if you still need them, a person will hand them over."},
	"preferences.button":        {"Больше не\u00a0писать", "Stop all letters"},
	"preferences.stopped.title": {"Больше не\u00a0пишем", "No more letters"},
	"preferences.stopped.lead":  {"Мы остановили все письма на\u00a0этот адрес. Больше ничего делать не\u00a0нужно.", "We have stopped all letters to this address. There is nothing more to do."},

	"portal.code.title":         {"Передача дел", "Handover"},
	"portal.code.lead":          {"Чтобы никто другой не\u00a0увидел ваши документы, введите код из\u00a0отдельного письма на", "So that nobody else sees your papers, enter the code from the separate letter to"},
	"portal.code.label":         {"Код из\u00a0письма", "Code from the letter"},
	"portal.code.button":        {"Открыть", "Open"},
	"portal.code.again":         {"Прислать новый код", "Send a new code"},
	"portal.code.sent":          {"Новый код отправлен. Он действует 30\u00a0минут.", "A new code is sent. It is valid for 30 minutes."},
	"portal.code.wrong":         {"Код не\u00a0подошёл или устарел. Проверьте его или запросите новый.", "The code is wrong or too old. Check it or ask for a new one."},
	"portal.code.often":         {"Код уже отправлен. Подождите, пожалуйста, минуту.", "A code has just been sent. Please wait a minute."},
	"portal.more.title":         {"Срок ссылки истёк", "This link has expired"},
	"portal.more.lead":          {"Если документы ещё нужны, нажмите кнопку: мы пришлём новую ссылку.", "If you still need the papers, press the button and we will send a new link."},
	"portal.more.button":        {"Попросить новую ссылку", "Ask for a new link"},
	"portal.more.asked":         {"Спасибо, мы получили просьбу и\u00a0скоро ответим.", "Thank you, we have your request and will answer soon."},
	"portal.list.title":         {"Передача дел", "Handover"},
	"portal.whole":              {"Скачать целиком", "Download the whole"},
	"portal.items":              {"Опись", "Inventory"},
	"portal.say":                {"Отметить получение или написать замечание", "Confirm or remark"},
	"portal.remark":             {"Замечание, если есть", "A remark, if any"},
	"portal.receipt.received":   {"Получено", "Received"},
	"portal.receipt.missing":    {"Не\u00a0хватает", "Missing"},
	"portal.receipt.unreadable": {"Не\u00a0открывается", "Does not open"},
	"portal.receipt.remark":     {"Отправить замечание", "Send the remark"},
	"portal.noted":              {"Записали. Если есть замечание, ответим в\u00a0течение двух рабочих дней.", "Noted. We answer remarks within two business days."},
	"portal.incomplete":         {"Не\u00a0получилось записать: проверьте, пожалуйста, поля.", "That could not be recorded: please check the fields."},
	"portal.questions":          {"Вопросы", "Questions"},
	"portal.ask":                {"Ваш вопрос", "Your question"},
	"portal.ask.button":         {"Задать вопрос", "Ask"},
	"portal.asked":              {"Вопрос записан. Ответим в\u00a0течение двух рабочих дней.", "Your question is recorded. We will answer within two business days."},
	"portal.answer_by":          {"Ответим до", "We will answer by"},
	"portal.ask.over":           {"Вопросы мы принимали 60 дней после передачи. Если что-то понадобится, напишите нам.", "Questions were welcome for 60 days after the handover. If you need anything, write to us."},
	"portal.contest":            {"Оспорить строку расчёта", "Contest a line of the account"},
	"portal.rate":               {"Насколько удобно было принимать у нас дела? 0 — совсем неудобно, 10 — очень удобно.", "How easy was it to take over from us? 0 is not at all, 10 is very easy."},
	"portal.rate.text":          {"Что стоит делать лучше, если хотите сказать", "What could be better, if you like"},
	"portal.rate.button":        {"Ответить", "Answer"},
	"portal.rated":              {"Спасибо, ваш ответ записан.", "Thank you, your answer is recorded."},
	"portal.scan":               {"Подписать на бумаге или своей электронной подписью", "Sign on paper or with a signature of your own"},
	"portal.scan.file":          {"Скан подписанного акта (PDF, JPEG, PNG) или файл подписи (.sig)", "A scan of the signed act (PDF, JPEG, PNG) or a signature file (.sig)"},
	"portal.scan.button":        {"Отправить подписанный акт", "Send the signed act"},
	"portal.sign":               {"Подписать акт", "Sign the act"},
	"portal.sign.name":          {"Имя и\u00a0фамилия", "Your full name"},
	"portal.sign.code":          {"Получить код для подписи", "Get the code to sign"},
	"portal.sign.button":        {"Подписать ПЭП", "Sign electronically"},
	"portal.signed":             {"Акт подписан. Спасибо.", "The act is signed. Thank you."},

	"not_found.title": {"Такой страницы нет", "There is no such page"},
	"not_found.lead":  {"Возможно, ссылка скопировалась не\u00a0целиком. Откройте её ещё раз из\u00a0письма или ответьте на\u00a0письмо\u00a0— прочитает человек.", "Perhaps the link was not copied in full. Open it from the letter again, or reply to the letter: a person reads it."},
	"expired.title":   {"Срок ссылки истёк", "This link has expired"},
	"expired.lead":    {"Страница больше не\u00a0работает. Если хотите что-то сказать, ответьте на\u00a0наше письмо\u00a0— прочитает человек.", "This page no longer works. If there is something you would like to say, reply to our letter: a person reads it."},
	"error.title":     {"Не\u00a0получилось", "That did not work"},
	"error.lead":      {"Дело в\u00a0нас, не\u00a0в\u00a0вас. Попробуйте, пожалуйста, через несколько минут.", "It is our fault, not yours. Please try again in a few minutes."},
	"slow_down.title": {"Слишком много попыток", "Too many tries"},
	"slow_down.lead":  {"Подождите, пожалуйста, минуту и\u00a0откройте страницу снова.", "Please wait a minute and open the page again."},
	"error.id":        {"Номер для вопроса:", "Number for questions:"},

	"access.granted.title": {"Доступ получен", "Access is granted"},
	"access.granted.lead":  {"opendoor подключён к\u00a0CRM, накопившаяся работа уже идёт. Эту страницу можно закрыть.", "opendoor is connected to the CRM, and work that waited goes on. You can close this page."},
	"access.denied.title":  {"Доступ не\u00a0выдан", "Access was not granted"},
	"access.denied.lead":   {"Ничего не\u00a0потеряно: работа подождёт. Когда будете готовы, откройте ссылку ещё раз.", "Nothing is lost: the work waits. Open the link again when you are ready."},
	"access.foreign.title": {"Эту ссылку никто не\u00a0ждёт", "Nobody waits for this link"},
	"access.foreign.lead":  {"Возможно, она устарела или выбран другой аккаунт CRM. Возьмите новую ссылку в\u00a0настройках подключения и\u00a0попробуйте ещё раз.", "It may be too old, or another account of the CRM was chosen. Take a new link from the connection and try again."},
	"access.failed.title":  {"CRM пока не\u00a0дала доступ", "The CRM has not given access yet"},
	"access.failed.lead":   {"Попробуйте ещё раз через минуту. Если не\u00a0поможет, проверьте ключи интеграции и\u00a0адрес возврата.", "Please try again in a minute. If that does not help, check the keys of the integration and its redirect address."},

	"tab.title":              {"Расставание", "Parting"},
	"tab.none.title":         {"Клиент с\u00a0нами", "The client is with us"},
	"tab.none.lead":          {"По\u00a0этой сделке никто не\u00a0уходит. Если клиент сказал об\u00a0уходе, начните расставание бережно.", "Nobody is leaving from this deal. If the client has spoken of leaving, begin the parting with care."},
	"tab.state":              {"Состояние:", "State:"},
	"tab.paused":             {"на\u00a0паузе", "paused"},
	"tab.step":               {"Дальше:", "Next:"},
	"tab.until":              {"до", "by"},
	"tab.step.listen":        {"дать клиенту время, потом задать один вопрос", "give the client time, then ask one question"},
	"tab.step.ask":           {"дождаться ответа клиента", "wait for the client's answer"},
	"tab.step.call":          {"позвонить и\u00a0выслушать", "call and listen"},
	"tab.step.decide":        {"дождаться решения клиента", "wait for the client's decision"},
	"tab.step.hand_over":     {"передать дела и\u00a0рассчитаться", "hand over and settle"},
	"tab.step.keep_in_touch": {"оставаться на\u00a0связи", "keep in touch"},
	"tab.step.welcome":       {"беречь отношения", "look after the relationship"},
	"tab.step.nothing":       {"ничего не\u00a0требуется", "nothing is needed"},
	"tab.answer":             {"Ответ клиента:", "The client's answer:"},
	"tab.nps":                {"оценка", "score"},
	"tab.no_answer":          {"Клиент ещё не\u00a0назвал причину.", "The client has not named a reason yet."},
	"tab.shield":             {"Причину клиент доверил руководителю: здесь она не\u00a0показывается.", "The client has trusted the reason to a manager: it is not shown here."},
	"tab.done":               {"Готово.", "Done."},
	"tab.problem.stale":      {"Пока вы\u00a0смотрели, расставание изменилось. Проверьте и\u00a0нажмите ещё раз.", "The parting changed while you were looking. Please check and press again."},
	"tab.problem.rule":       {"Сейчас этого сделать нельзя.", "This cannot be done now."},
	"tab.problem.away":       {"Не\u00a0получилось. Попробуйте ещё раз через минуту.", "That did not work. Please try again in a minute."},
	"tab.start.button":       {"Начать расставание бережно", "Part with care"},
	"tab.start.hint":         {"Клиенту уйдёт подтверждение, что его услышали.", "The client is told that they were heard."},
	"tab.proceed.button":     {"Клиент уходит", "The client is leaving"},
	"tab.proceed.hint":       {"Решение принято: начнём передачу дел.", "The decision is made: the handover begins."},
	"tab.withdraw.button":    {"Клиент остаётся", "The client stays"},
	"tab.withdraw.hint":      {"Остановим завершение, всё останется как есть.", "The leaving stops, everything stays as it is."},
	"tab.return.button":      {"Клиент вернулся", "The client is back"},
	"tab.return.hint":        {"Отметим возвращение и\u00a0остановим касания.", "The return is noted and touches stop."},
	"tab.pause.button":       {"Пауза", "Pause"},
	"tab.pause.hint":         {"Письма и\u00a0сроки подождут.", "Letters and dates wait."},
	"tab.resume.button":      {"Продолжить", "Go on"},
	"tab.resume.hint":        {"Письма и\u00a0сроки пойдут дальше.", "Letters and dates go on."},
}
