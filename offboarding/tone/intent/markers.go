package intent

// words are the classes of words that the markers speak of, with their language.
var words = map[string]string{
	"ru:end":    "расторгать расторгнуть расторгаем расторжение расторжения прекратить прекращаем прекращение прекращения завершить завершаем закрыть закрываем отказаться отказываемся отказ аннулировать разорвать разрываем отключить отключаем остановить останавливаем",
	"ru:deal":   "договор договора контракт сотрудничество обслуживание услуги услуга отношения подписка счет вклад абонемент тариф соглашение работа",
	"ru:other":  "другой другая другому новый новая новому новым свой своего своему своим собственный иной штатный конкурент",
	"ru:helper": "бухгалтер подрядчик поставщик компания фирма специалист исполнитель юрист агентство провайдер программист команда банк партнер организация аутсорсер админ администратор маркетолог контора",
	"ru:moved":  "подписали подписал подписала заключили заключил наняли нанял наняла нашли нашел нашла выбрали выбрал выбрала взяли взял договорились перешли перевели оформили приняли",
	"ru:papers": "документ документы архив база бумаги дела доступ доступы пароль пароли первичка оригиналы файлы ключи материалы",
	"ru:month":  "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
	"ru:maybe":  "возможно может если думаем думаю подумываем подумываю рассматриваем рассматриваю сомневаемся сомневаюсь выбираем колеблемся размышляем взвешиваем склоняемся обсуждаем присматриваемся наверное вероятно хотелось хотели",

	"en:end":    "terminate terminating termination cancel cancelling cancellation end ending close closing discontinue stop stopping quit leave leaving withdraw",
	"en:deal":   "contract agreement service services account subscription cooperation deposit relationship plan arrangement",
	"en:helper": "accountant provider company firm agency supplier contractor lawyer specialist bookkeeper bank team vendor partner consultant",
	"en:moved":  "signed hired chosen chose found engaged appointed selected switched moved retained picked",
	"en:papers": "document documents archive database papers files access passwords records originals data keys books",
	"en:month":  "january february march april may june july august september october november december",
	"en:maybe":  "maybe perhaps might considering consider whether thinking unsure wondering weighing =if unless possibly could tempted undecided hesitate hesitating leaning exploring",
	"en:neg":    "=not =no =never =don't =haven't =hasn't =isn't =won't =didn't =aren't =yet",
}

// others are the words by which something else than our contract is ended.
// hedged are the words that make a plan of a decision; a sentence that holds
// them is no final word, unless it says so outright.
const (
	othersRU = " & not (аренд*|контрагент*|декрет*|водител*|увольня*|заявка|тикет*|инвентариз*|=период|=подпись|отпуск|налогооблож*|рассылк*|реклам*|охранн*|артикул*|=не ..1 (исключаем|исключаю|хочется)|(сотрудник|сотрудница|менеджер|бухгалтер|кассир) ..1 (уходит|ушел|ушла|уволил*)|отзыв* ..2 (заявление|уведомление)|=остаемся|=на ..1 электронн*|добавьте|разделились|половина)"
	othersEN = " & not (landlord|tenant|lease|maternity|ticket|stock-taking|customer's|=our (customer|client)|holiday|employee|driver|security|regime|electronic|cashier|address|newsletter|advert*|=order|=we may|=i may|=not ..1 rule|=not ..1 exclude|smaller|=month ..3 sunday|withdraw ..3 notice|opinions|=half =of =us|newsletter)"
	hedgedRU = othersRU + " & not (@ru:maybe|=ли|=бы|=пока =не|=еще =не|=думали)"
	hedgedEN = othersEN + " & not (@en:maybe|=not ..2 (decided|final|sure)|=yet =to|=before =we ..1 (decide|cancel|sign))"
)

// table lists the markers; unless is added to each of its frames.
var table = []struct{ name, group, unless, frames string }{
	{"decision_final", "final", " & not (=если|=ли|не ..1 (окончательн*|принято|принял*)|еще =не|=пока =не|=не ..2 (обдумал*|решил*)|=думаем|=думаю|=прежде =чем|заявка|тикет*)", `
		(последний|последняя|последнее) ..2 (заказ|платеж|отчет|оплата|счет) ..8 (=без =нас|=больше|дальше)
		дальше ..2 =без =нас
		=больше ..3 =не ..2 (ждите|рассчитывайте|выставляйте)
		считайте ..4 последн*
		сворачиваем ..4 (проект|договор|работу)
		=разойдемся
		=расходимся
		=возвращаться ..4 =не ..1 хотим
		(решение|выбор|намерение) ..4 (окончательн*|принят*|тверд*|бесповоротн*|неизменн*|=не ..2 (изменится|изменим|изменю|поменя*|меня*|обсуждается|подлежит|пересматрива*))
		(окончательное|твердое|бесповоротное) ..1 (решение|слово|ответ)
		окончательно ..2 (решил*|определил*|уход*)
		(=все|=всё|=мы|хорошо|давно|тщательно) ..3 (=обдумали|=обдумал|=обдумала|=взвесили|=взвесил|=взвесила|=продумали|обсудили ..2 =и ..2 (реш*|уход*|расторг*)|решено)
		(=уже|=все|=всё|вопрос|точно|=это) ..2 (=решен|=решено|=решили|=решил|=решила|=закрыт|=определились)
		(решили|решил|решила|приняли ..1 решение|принял ..1 решение|приняла ..1 решение|намерены|постановили) ..4 (расторг*|уйти|уход*|прекрат*|закры*|=не ..1 (продлевать|продолжать|возобновлять)|отказ*|перейти|перевести|смен*|завершить|расстаться|разорвать|попрощаться|другим|=с другими)
		(назад|обратно|возврата|обратной) ..2 (дороги|пути|=нет|=не ..1 будет)
		(обратного|обратной|возврата) ..2 (=нет|=не)
		(пересматривать|менять|передумывать|возвращаться) ..4 =не ..1 (будем|станем|буду|стану|собира*|намерен*|план*)
		=не ..1 (будем|станем|собираемся|намерены|планируем|буду|планирую|хотим|желаем|хочу) ..2 (продлевать|продлить|продолжать|продолжить|пересматривать|передумывать|возобновлять|возвращаться|вернуться|работать|сотрудничать|обслуживаться|пользоваться)
		(продлевать|продолжать|возобновлять|сотрудничать|пролонгировать|работать|платить|пользоваться) ..7 =не ..1 (будем|станем|собира*|намерен*|буду|план*|хотим|желаем)
		=не ..1 (пролонгир*|продлевайте|продлять)
		дальше ..3 (=без =вас|=сами|=не ..1 (=с =вами|пойдем|поедем))
		(обойдемся|справимся|пойдем|проживем) ..2 =без =вас
		=не ..1 (вижу|видим) ..2 смысл
		смысл ..4 (=нет|=не ..1 (вижу|видим))
		(сотрудничество|работу|отношения|обслуживание) ..6 (невозможн*|исключаем|исключено|=окончено|=окончены|=закончено|=закончены|=кончено)
		(голосов*|проголосов*|утверд*|одобр*|постанов*|запрет*|распоряд*) ..6 (расторж*|смен*|переход*|продлевать|прекращ*|отказ*)
		(последнее|последний) ..2 (письмо|сообщение|обращение|звонок) ..6 (клиент*|заказчик*)
		(условия|скидка|скидки|предложения|=ничто|=ничего|деньги) ..4 =не ..1 (удерж*|остановит|остановят|изменит|изменят)
		=не ..1 (готовы|готов|готова) ..2 (продолж*|работать|оставаться|терпеть)
		(продолжать|оставаться) ..2 =не ..1 (готовы|готов|готова)
		(пути|дороги) ..2 (расход*|разош*)
		=не =по =пути
		ставим ..2 точку
		(=на =этом|здесь) ..4 (=все|точка|конец|окончен*|закончен*)
		(=расторгаем|=расторгаю|=разрываем|=расстаемся|=уходим =от|=ухожу =от)
		(услуги|обслуживание|помощь|сопровождение|=вы) ..6 (=не ..1 (требуются|требуется|нужны|нужно|нужна|понадоб*|потребу*)|=больше =не|неактуальн*)
		(требуются|требуется|нужны|нужна) ..2 =больше =не
		(намерение|намерены|намерен|намереваемся) ..3 (расторг*|прекрат*|уйти|завершить|отказаться)
		(=на =этом|здесь) ..5 (завершаем|заканчиваем|прощаемся|расстаемся|останавливаемся)
		(сотрудничество|договор|работу|отношения) ..8 (=завершаем|=заканчиваем|=прекращаем|=завершаю|=прекращаю)
		(определились|определился|определилась) & not =не
		(расставание|расторжение|уход) ..2 (неизбежн*|решен*)
		=больше ..2 =не ..2 (нуждаемся|нуждаюсь|требуются|нужны|понадобятся|потребуются|работаем|клиент*|обслужив*|сотруднич*|пользу*)
		(нуждаемся|нуждаюсь) ..2 =не
		=не (нуждаемся|нуждаюсь)`},
	{"no_persuasion", "final", " & not (=если ..2 =вы ..2 (можете|сможете))", `
		=не ..2 (отговаривайте|отговаривать|уговаривайте|уговаривать|убеждайте|убеждать|переубеждайте|переубеждать|удерживайте|удерживать|переубедить|уговорить|упрашивать|предлагайте|предлагать|звоните|звонить|пытайтесь|надо)  ..4 & (просим|прошу|пожалуйста|отговар*|уговар*|убежд*|переубе*|удерж*|упраш*|скидк*|предлож*|=нас|=меня) & not (дозвон*|=почему)
		(бесполезно|бессмысленно|незачем|=не ..1 (нужно|стоит|надо|трудитесь|пытайтесь)) ..2 (отговар*|уговар*|убежд*|переубе*|удерж*)
		(уговоры|скидки|предложения|уговоров) ..4 (=не ..2 (интерес*|помог*|нуж*|измен*|рассматр*)|бесполезн*|излишн*|=без)
		=без (уговоров|отговоров|звонков)
		(оставьте ..1 =нас|оставьте ..1 =меня) ..2 (поко*)`},
	{"asks_to_terminate", "final", hedgedRU, `
		(подписку|подписка|абонемент|тариф) ..2 (отмените|отключите|закройте|аннулируйте|прекратите)
		(подтвердите|подтвердить) ..4 (дату|день) ..1 (окончания|прекращения|расторжения|ухода)
		(выведите|вычеркните|исключите) ..1 (=нас|=меня) ..2 =из
		(уведомляю|уведомляем|предупреждаю|предупреждаем) ..2 =за ..2 (месяц|#|две|три|тридцать)
		(просим|прошу|требуем|требую|настаиваем|настаиваю|будьте|пожалуйста|оформите|примите|подготовьте|расторгните|закройте|прекратите|отключите|аннулируйте) ..5 (расторг*|расторж*|прекрат*|прекращ* ..3 @ru:deal|закрыть ..3 @ru:deal|закройте ..3 @ru:deal|завершить ..3 @ru:deal|аннулир*|считать ..6 (расторгнут*|прекращ*|недейств*)|снять ..3 обслужив*|отключите ..4 (@ru:deal|=нас)|заявление)  & not (как|какой|сколько|узнать|расскаж*|что =будет)
		(расторгните|аннулируйте|закройте ..3 @ru:deal|прекратите ..3 @ru:deal)
		(заявление|заявка|уведомление|извещение) ..3 (=на|=о|=об) ..1 (расторж*|прекращ*|закрытии|закрытие|отключ*|отказ*|уход*)
		(просьба|просим|прошу|требуем) ..5 (расторг*|аннулир*|закрыть|прекрат*|отключ*|снять|=не ..1 (пролонг*|продлевать|продлять))
		(снимите|снять|исключите|исключить|отключите|уберите|удалите) ..2 (=нас|=меня|наш|наша|аккаунт|профиль|кабинет) ..3 (=с|=из|=от|аккаунт|профиль|учетн*|кабинет|данные)?
		удалите ..2 (аккаунт|профиль|кабинет|учетн*)
		(принять|примите|прилаг*|направл*|высыла*|прошу|просим|право) ..6 отказ
		отказ ..2 =от ..4 (договор*|услуг*|сотруднич*|обслуж*|работ*|исполнени*)
		остановите ..2 (обслуж*|списан*|оказан*|услуг*|@ru:deal)
		оформ* ..2 (выход|уход|расторж*|отказ*)
		(хотим|хочу|желаем|желаю) ..2 (расторгнуть|закрыть) ..6 (какие|куда|как|подпис*|форм*|реквизит*|порядок|что)
		(выходим|выхожу) ..1 =из ..2 (договор*|соглаш*|програм*|проект*)
		(забираю|забираем|снимаю|снимаем|вывожу|выводим) ..3 (вклад|средства|деньги|депозит)
		(закрываю|закрываем) ..2 (кабинет|профиль|аккаунт)
		(сверка|расчет) ..8 (расторж*|прекращ*|уход*|уходим)
		(уведомление|извещение) ..4 (=за # дн*|вручен*|=во вложении)
		=во вложении уведомление ..3 =за #
		(дней|месяц) ..3 =до ..1 (прекращения|расторжения|ухода)
		отсчит* ..4 (=с|=от)
		(компания|фирма|бизнес|=ип|организация) ..3 (ликвидир*|закрыва*) ..6 договор
		=ставлю ..2 =в =известность
		считайте ..5 (уведомл*|расторгнут*|уход*|завершен*)
		=письмо ..2 =о =расторжении
		(уведомляем|уведомляю|извещаем|извещаю|сообщаем|сообщаю|информируем|ставим ..2 известность|настоящим|заявляем|заявляю|довожу|доводим) ..6 (расторж*|расторг*|прекращ*|отказ*|уход*|завершен*|=не ..2 (продл*|продолж*|планир*)|намерен* ..3 (расторг*|прекрат*)|решени* ..4 (расторг*|уйти|прекрат*|смен*|перейти))
		(уведомление|заявление|письмо|соглашение) ..3 =о ..2 (расторжении|прекращении|отказе|закрытии|уходе) & (направл*|отправ*|прилаг*|во вложении|вложен*|прош*|подпис*|подал*|пришл*|высыл*|примите|официальн*|подготов*|=это|=наше|=мое|вот|переда*)
		(расторгаем|расторгаю|прекращаем|прекращаю|разрываем|разрываю|завершаем|завершаю|закрываем|закрываю|отказываемся|отказываюсь) ..5 (@ru:deal|=с =вами|=вас|=ваших|отношения|=по|=с #)
		(отказываемся|отказываюсь) =от
		@ru:deal ..4 (расторгаем|расторгаю|прекращаем|прекращаю|завершаем|закрываем|расторгнут*|=не ..2 (продлеваем|продлим|продлеваю|продлить|возобновл*)|прошу ..1 (закрыть|расторгнуть|прекратить)|просим ..1 (закрыть|расторгнуть|прекратить))
		=не ..1 (продлеваем|продлеваю|продлим|возобновляем) ..4
		(подпишите|вышлите|пришлите|подготовьте) ..3 (соглашение|акт|документы) ..3 =о ..2 (расторж*|прекращ*)
		(снимаемся|снимаюсь|отключаемся|отключаюсь|съезжаем) ..2 =с? `},
	{"names_date", "final", hedgedRU, `
		(=с|=до|после|начиная|=по|к|=последний) ..3 (#|@ru:month) ..3 (@ru:month|#)? ..6 (@ru:end|уход*|=не ..2 (работа*|нужд*|пользу*|обслуж*|сотруднич*|нуж*|плат*)|переход*|прощ*|расста*|последн*|другой|другие|=без)  & not (задерж*|=вы ..2 =не|счет ..2 =не|обещ*|жд*|ответ*)
		(@ru:end|уходим|ухожу|переходим|перехожу|расстаемся|прощаемся) ..8 (=с|=до|=по|к|после|начиная) ..2 (#|@ru:month|конца|нового|следующего|будущего) ..3 & not (сколько|какие|=что =если)
		(последний|последним|последняя) ..2 (день|днем|месяц|месяцем|неделя|рабочий) ..5 (#|@ru:month|работ*|обслуж*|договор*|=с =вами|сотруднич*|у =вас)
		(уходим|ухожу|переходим|перехожу|расстаемся|прощаемся|уезжаем) ..4 (#|завтра|сегодня|понедельник*|следующ* ..1 (месяц*|недел*))
		(=это =наш|=это =мой) ..1 последний ..1 (месяц|день|платеж|заказ)`},
	{"names_successor", "final", hedgedRU, `
		=к =ним ..2 (перешли|переходим|ушли|уходим)
		(перешли|переходим|ушли|уходим) =к =ним
		(лечиться|учиться|обслуживаться|заниматься) ..4 (=в|=у) (другой|другого|другом|других)
		(@ru:moved) ..6 (@ru:other ..2 @ru:helper|@ru:other|=с ..1 «|=с ..1 % |своего|штат*|договор ..1 =с|контракт ..1 =с|=к другим|=к ..2 @ru:helper) & not (=вы ..2 @ru:moved|=не ..2 @ru:moved|ошибк*|=вам ..1 договор|у =вас|ничего|замен* ..1 =не|=мы ..1 =с =вами)
		(подписали|заключили|подписал|заключил|подписала|заключила) ..3 (договор*|контракт*|соглаш*)? ..2 =с ..4 & not (=с =вами)
		(ушли|ушел|ушла|переезжаем|переезжаю|переехали|переехал|мигрируем|перебираемся|перебрались|перенесли|перенес|перенесла|переносим|переводимся|уходим|переходим) ..6 (=к|=на|=в) ..2 (друг*|нов* ..1 (@ru:helper|хостинг*|провайдер*|банк*|оператор*)|конкурент*|=свой) & not (=на =другой (тариф|день|срок|адрес|офис)|встреч*)
		(=с|=от) ..2 (июля|августа|сентября|октября|ноября|декабря|января|февраля|марта|апреля|мая|июня|завтра|понедельника|#) ..4 (ведет|обслуживает|ведут|займется|занимается|работаем|работает|отвечает) ..4 (штатн*|друг*|нов*|свой|=с|собственн*|@ru:helper) & not (=ваш|=у =вас)
		(другой|другая|другому|новый|новому|свой|штатный) ..2 (юрист|бухгалтер|подрядчик|провайдер|агентство|компания|специалист) ..4 (занима*|=ведет|=вести|передайте|передать|обслужив*|приступ*)
		(занима*|=ведет|обслуживает) ..3 (другой|другая|свой|штатный) ..2 @ru:helper
		(=мы|=я|=уже|теперь) ..2 (=у|=с) ..1 (других|другими|конкурентов|конкурентами)
		(=вас|вместо =вас) ..2 (сменит|сменят|заменит|заменят|сменили|заменили)
		в пользу ..2 (друг*|нов*|конкурент*|«|%|иной)
		(=своими|=собственными) ..1 (силами|руками)
		(новый|другой) ..1 (хостер*|хостинг|площадка|платформа|провайдер) & not (=ваш|вопрос*|=какой|предлага*|отвеча*|дешевле|лучше|быстрее|меньше)
		(переходим|перехожу|уходим|ухожу|перешли|перешел|перешла|передаем|перевели|переводим|передали) ..5 (=к|=в|=на ..1 обслуж*|=на|=другим|@ru:other) ..3 (@ru:other|@ru:helper|%|другим|конкурент*|«) & not (=в ..1 суд*|личност*|=на =другой тариф|=вопрос*)
		(новый|новая|новым|нового|другой|наш|наша) ..2 @ru:helper ..6 (начин*|приступ*|забер*|примет|принима*|свяжет*|позвон*|уже|работает|ведет|занима*|подключ*|выбран*|=с #)
		(ведет|вести|займется|занимается|ведут|принимает|примет|обслуживать|будет|будут|забирает) ..5 (@ru:other ..2 @ru:helper|штатный|свой ..1 @ru:helper|другая|другие|другой) & not (=у =вас|=ваш|=вы) & (@ru:deal|учет|дела|нас|бухгалтери*|будет|будут|=теперь|забирает|примет|принимает)
		(учет|дела|бухгалтерию|проект|сайт|бухгалтерия) ..5 (ведет|займется|поведет|передали|передаем|перевели|переходит|забирает|примет|принимает|забираем) ..5 (друг*|нов*|штатн*|«|%|@ru:helper|=к =себе|=в =штат)
		(берем|взяли|наняли|приняли|нашли) ..4 (=в штат|штат|своего|собственного|штатного|другого|нового)
		(предпочли|выбрали|остановились) ..4 (друг*|=на =друг*|конкурент*|иного|компани*|«|%) & not (=вас|=вы|=не ..1 выбр*)
		(завтра|=уже|теперь) ..3 =у =нас ..3 (другой|новый|свой) ..2 @ru:helper`},
	{"asks_for_papers", "final", " & not (@ru:maybe|=ли|копию =акта|=сколько|=где)", `
		(передайте|передать|верните|вернуть|подготовьте|отдайте|выдайте|пришлите|вышлите|заберем|забрать|соберите|перешлите|подготовить|выгрузите) ..6 @ru:papers ..8 (новому|новой|преемник*|друг*|=следующ*|% |=нам =все|=нам|передач*|=к #|=до #|=все|до ..1 #) & (новому|новой|преемник*|друг* ..2 @ru:helper|следующ*|передач*|=все|всю|=всё|расторж*|уход*|полност*|опис*)
		(куда|когда|кому) ..4 (забрать|приехать) ..3 =за ..3 @ru:papers
		(принять|передать|передача|передачу|прием) ..2 (дел|дела|документ*|баз*|архив*) ..8 (прошу|просим|назначьте|начать|начнем|новый|преемник*|готов*|акту|=к|согласу*) & not (задерж*)
		(передать|передайте|отдайте|вручите) ..4 (@ru:papers|пароли|печать|исходник*|база) ..6 (=не =позднее|=до #|=нашему|=нашей|новый)
		(печать|ключи|пароли|исходники|доступы) ..4 (отдайте|передайте|вручите) ..4 (=нашему|=нашей|новый)
		верните ..4 (=все|=наши|=всё) ..3 (@ru:papers|файлы) & (окончен*|=все|уход*|расторг*)
		(подготовьте|начните|согласуйте|обеспечьте|организуйте) ..2 (передачу|передача) & not (отчет*)
		(начните|начинайте|организуйте|назначьте|согласуем) ..3 (передач*|прием)
		(акт|акту|опись) ..1 =приема ..2 передачи ..6 (подготов*|пришл*|жд*|прош*|прос*|нуж*)?`},
	{"leaving", "leaving", hedgedRU + " & not (=не ..2 (уход*|уйд*))", `
		=мы? ..2 (уходим|ухожу|уйдем|уйду|расстаемся|прощаемся|покидаем|съезжаем|меняем ..3 @ru:helper)
		=мы ..2 (решили|решил) ..4 (уйти|уходить)
		(хотим|хочу|планируем|намерены|желаем|желаю) ..4 (расторгнуть|уйти|прекратить|закрыть|отказаться|завершить|расстаться)
		(ищем|нашли) ..2 (замен*|друг*)
		=больше =не`},
	{"venting", "venting", "", `
		=ни =ногой
		(=ни ..2 =ворота|=так =работать =нельзя|=за =себя =не =ручаюсь|нервы|=за =что ..3 (=платим|=плачу)|вообще ..2 (=работает|=слышите|=читаете|=отвечает)|=хоть =иногда|=хоть =раз|=с =ума)
		жалею ..4 (связал*|обратил*|подписал*|выбрал*)
		=еще =раз ..3 (повторит*|такое)
		(сколько|=доколе|докуда) ..2 (можно|терпеть|ждать|=еще|раз|это)
		(надоело|надоели|надоел|достало|достали|задолбали|задолбало|осточертел*|замучили|замучил*|измучили|бесит|бесите|взбесил*|раздражает|раздражаете)
		(хватит|довольно|баста|доколе|сил ..2 =нет|=нет ..2 (сил|слов)|слов =нет|терпен*|терпеть ..4 (=не|невозможн*|больше)|устал*|терпению)
		(лопнуло|кончилось|закончилось|иссякло|лопает*) ..2 терпени*
		терпени* ..3 (лопнуло|кончилось|закончилось|иссякло|=на =исходе)
		(безобразие|возмутительно|возмущен*|возмущены|кошмар|ужас|ужасно|позор|бардак|издевательств*|издеваетесь|хамство|хамят|наглость|беспредел|свинство|отвратительн*|невыносим*|невозможно|балаган|цирк|=вообще =не ..1 работает|совсем обнаглели|обнаглел*|совесть|бестолк*|ненавижу|разочарован*|разозлил*|зол|злюсь|зла|ярост*|беш*)
		=никогда ..4 (=больше|=к =вам|=не ..3 (обращ*|вернусь|вернемся|приду|придем|свяж*|закаж*))
		=больше ..2 никогда
		=ноги ..3 =не
		(=вы|=у =вас) ..3 (=что|=там) ..2 (совсем|вообще|уснули|издев*)
		(опять|снова|=в ..1 (третий|пятый|десятый|сотый|который|очередной|который)) ..3 (раз|обман*|ошиб*|просроч*|=та|=то|срыв*|сорвал*|=не|забыл*|перепут*|напут*|подвел*)
		(пошли|идите|катитесь|провалитесь|=да ..1 (пошли|=ну)|пропадите)
		(никакого|никакой|никаких|полное|полный|сплошн*) ..1 (уважени*|порядк*|ответственност*|безответствен*|бардак|хаос|реакц*|неуважени*)`},
	{"hesitation", "undecided", "", `
		(думаем|думаю|подумываем|подумываю|размышляем|размышляю|колеблемся|колеблюсь|сомневаемся|сомневаюсь|взвешиваем|взвешиваю|присматриваемся|рассматриваем|рассматриваю|сравниваем|выбираем|обсуждаем|задумались|задумываемся|задумываюсь|прикидываем|прицениваемся|изучаем|склоняемся|склоняюсь)
		(возможно|=может|наверное|вероятно|видимо|допускаем|=не исключ*|=не =знаем|=не =знаю|=не ..1 (уверен*|решил*|определил*|понял*|понима*)|=еще =не|=пока =не|трудно ..2 решить|непонятно|вдруг)
		=если ..3 (=снизите|=измените|=предложите|=уступите|=исправите|=дадите|=сделаете|=вернете|=найдете)
		(=если|=когда|=прежде =чем) ..2 =мы ..1 (решим|захотим|надумаем|уйдем)
		(=решим|=решать|=обсудим|=определимся|=подумаем) ..6
		(принимать|примем|приму) ..2 решение
		(вопрос|разговор|речь) ..3 =о ..1 (расторжении|продлении|уходе) ..4 (обсуд*|реш*|рассм*|рассмотр*|=пока)
		(хотим|хотелось|хочу|надо|нужно) ..2 (понять|узнать|разобраться) ..8 (выход|расторж*|уход*|штраф|остав*|продл*|договор)
		=если ..12 (=то|придется|уйд*|расторг*|останем*|продолж*|уходим|измен*|подума*|готовы|договор*|смен*|откаж*|поищ*)
		(придется|вынужден*) ..4 (уйти|расторг*|искать|отказ*|подума*|смен*|прекрат*) 
		(=стоит|=надо|=нужно|имеет|=есть) ..2 =ли
		(останемся|остаться|уйти|уходить|продлевать|продолжать|продолжим) ..3 (=или|=ли) 
		(=какие|=какой|=что|=сколько|=можете|=можно|=есть) ..6 (условия|скидк*|вариант*|предлож*|дешевле|тариф*|измен*|сдела*|снизить|пауз*|неустойк*|расторж*|расторг*)
		(хотели|хотелось|хотел|хотела) ..1 =бы ..4 (обсуд*|понять|узнать|поговор*|встрет*|услыш*|остат*|измен*|уточн*)
		(давайте|можем|готовы|хотим|предлагаем|нужно|надо) ..4 (обсуд*|поговор*|встрет*|созвон*|попроб*|договор*)
		(дайте|нужно|нужна|надо|возьмем|берем) ..3 (время|подумать|пауз*|неделю ..2 подум*)
		(ждем|жду|посмотрим|подожд*) ..6 (предложени*|ответ*|реш*|=что|как|=до|месяц*)`},
	{"third_party", "third_party", " & not (=ваш ..2 (менеджер|бухгалтер|сотрудник|поддержка|оператор|специалист|юрист) ..3 (сказал*|говор*|сообщ*|обещ*)|=нам =в =поддержке|=вам ..1 пишут)", `
		(=мне|=нам|=ей|=ему) ..3 (сказали|сказал|сказала|рассказали|рассказал|рассказала|говорили|говорил|говорила|передали|сообщили|намекнули|посоветовали ..4 (держат*|подальше|=не)|доложили|шепнули|нашептали|донесли|поведали|показали ..4 (отзыв*|пост*|стат*)|объяснили ..2 знающ*|написали) ..6 (что|=про =вас|=о =вас|будто|=вы|=у =вас|=как|=ваш|знаком*|=в) & not (=вы ..1 (сказали|говорили|сообщили|написали|рассказ*|передал*)|=в =вашей|=в =вашем|=ваши ..1 сотрудн*|=у =вас =в)
		(говорят|рассказывают|поговаривают|пишут|болтают|утверждают|твердят|судачат|шепчутся) ..3 (что|будто|=про =вас|=о =вас|=вы|=у =вас|разное|всякое|=плохо*|нехорош*|отзыв*|=в =интернет*|=на =рынк*)
		(люди|знакомые|коллеги|партнеры|конкуренты|друзья|=все|=в =городе|соседи|=в =сети|=в =интернете|=на =рынке|бывш*) ..4 (говорят|рассказ*|пишут|сказали|сказал|жалуют*|предупрежд*|предупред*|шепчут*|советуют|утверждают|намекнул*|отзыва*|отговар*)
		(слышал|слышали|слышала|услышал|услышали|услышала|узнал|узнали|узнала|прочитал|прочитали|прочитала|прочли|читал|читали|наслышаны|увидели ..3 (отзыв*|пост*|новост*)) ..6 (=от|=что|=про =вас|=о =вас|отзыв*|=будто|=из|=в =интернет*|=у ..1 знаком*|слух*|=как =вы) & not (=от =вас|=от ..1 =вашего|=от ..1 =вашей|=из =вашего|=из =письма|=в =договоре|=в =вашем)
		наслышан*
		(прислали|переслали|показали|скинули) ..3 (статью|статья|ссылку|пост|заметку|отзыв*)
		(=на форуме|=в чате|=в сети|=на сайте ..1 отзывов) ..3 (обсужда*|спор*)
		(видели|видел|видела|увидели|попался|попались) ..4 отзыв*
		(слухи|слухов|слухам|слух|сплетни|молва|разговоры|отзывы) ..4 (=что|=о =вас|=про =вас|дошли|доходят|ходят|ход*|=по|=будто|плох*|негатив*|ужасн*)
		(ходят|дошли|доходят|пошли|ползут) ..2 (слухи|разговоры|сплетни|сведения)
		(до =нас|до =меня) ..2 (дошл*|доход*)
		(по ..1 слухам|по ..2 отзывам|со слов|по словам|с чужих слов) ..4 & not (=вашего|=вашей|=ваших)
		(знакомый|знакомая|знакомые|коллега|коллеги|приятель|друг|подруга|партнер|партнеры|сосед|бывший|бывшая|конкурент|конкуренты|юрист|аудитор|родственник|один человек|кто-то|некто|источник) ..6 (сказал*|рассказ*|предупред*|говорил*|намекн*|поделил*|уверя*|утвержд*|посовет*|шепн*|показал*|жаловал*|сообщил*|открыл* глаза|раскрыл*) & not (=ваш ..1 (коллег*|юрист*|партнер*))
		(предупредили|предупреждали|предупредил|предупредила|отговаривали|настроили) ..3 (=нас|=меня)? ..3 (=насчет|=против|=о|=что|=на =счет|знаком*|партнер*|люди) & not (=вы ..2 предупредил*|=мы|=не ..1 предупредил*|задерж*)
		=против =вас ..3 (настро*|говор*)
		=кое ..1 =кто
		(добрые|знающие|умные|сведущие) ..1 люди
		(в интернете|в сети|в отзывах|на форуме|в чате|в телеграм*|в соцсетях|в новостях|в прессе) ..4 (пиш*|прочит*|увид*|наш*|говор*|=что|полно|много|отзыв*|=про|=о =вас)`},
	// English
	{"decision_final", "final", " & not (=if|whether|=not ..2 (final|decided|made)|yet =to ..1 decide|=not yet|=considering|=thinking =about|haven't decided|=no decision|=not sure|=are ..1 discussing|=we're ..1 discussing|ticket|=so far)", `
		=no renewal ..1 from
		(last|final) ..2 (order|payment|month|invoice) ..8 (without =us|=no =more|=from =now)
		(=on|=from =now) ..2 without =us
		move =on without
		(=do =not|=don't) ..1 (expect|=count =on) ..3 (order|orders|us|payment)
		(consider|count) ..2 (month|week|order) ..2 last
		winding ..2 up ..6 contract
		(=will =not|=won't) ..1 come ..1 (=any =more|anymore|again|back)
		(decision|choice|mind|answer|position) ..4 (final|made|firm|taken|irrevocable|definite|settled|stands|irreversible|made =up|=will =not change|=won't change|=not ..2 (change|negotiable|up =for|open)|binding)
		(final|firm|definite|irrevocable) ..1 (decision|answer|choice|word)
		(=have|=and|=therefore|=so) ..2 =are ..1 (terminating|cancelling|canceling|ending|closing|leaving|quitting)
		(decline|declining|refuse) ..3 (service|services|cooperation|renewal)
		(say|saying|bid) ..2 (goodbye|farewell) & not =did
		(=where|here) ..2 =we ..2 (end|stop|part)
		(parting|separation) ..3 (inevitable|unavoidable|agreed)
		(=no|=not ..1 any) ..1 (point|reason|sense) ..6 (going|continu*|stay*|carry*|renew*)
		(cooperation|relationship|work|contract) ..6 (impossible|=out =of =the question|finished|=at =an end|=runs =out|=over)
		(=end|=finish|=close) =of =our ..1 (cooperation|contract|relationship|work)
		(separate ways|final word|=drawing =a line|=draw =a line|=break =off|=breaking =off)
		(roads|ways|paths) ..2 (part|separate|diverge)
		^ thank* ..6 goodbye
		(last|final) ..1 (letter|message|email) ..6 (client|customer)
		(discount|discounts|offer|offers|terms|nothing|conditions) ..5 (change|keep|hold) ..3 (nothing|=us|=our|=now)
		respect ..2 decision
		(=not ..1 prepared|=not ..1 willing|unwilling|=not ..1 ready) ..1 =to ..1 (=go =on|continue|stay|renew)
		(voted|approved|forbidden|forbids|ruled) ..6 (terminat*|=move|change|chang*|renew*|leave|switch*)
		(part|parting) ..1 (=with =you|company|ways)
		(need|needs|require) ..1 =no =more
		=not ..2 =use =you ..1 again
		=will =not ..1 sign ..1 another
		(insist|insisting) ..2 (termination|cancellation|closing|ending)
		(=go|=going|=carry|=manage|=do) ..2 without =you & not (=cannot|=can't|=could)
		(made =up|made) ..2 (=our|=my) ..1 (mind|minds)
		(=we|=i|=we've|=i've|board|management|=have) ..3 (decided|resolved|agreed internally|chosen|determined|opted|concluded) ..4 (=to ..2 (end|leave|terminate|cancel|close|stop|move|go|switch|discontinue|part|=not|quit|change|hire|bring|take|use)|against ..2 (renew*|continu*)|=not =to|=on ..3 (another|different)|=that =we ..2 (will|leave|are)|=in favour|=in favor|=for ..2 (another|good))
		(thought|considered|discussed|weighed|gone) ..3 (=it|this|everything|=it =all|carefully) ..2 (through|over|carefully|everything|thoroughly|at length)? ..6 & (=we|=i|=we've|=i've) & not (again)
		(=no|not) ..2 (going|turning|way|coming) ..1 back ..3 & not (getting)
		(=will =not|=won't|=not =going =to|=no =longer|=not|=do =not ..1 (want|wish|plan|intend) =to|=don't ..1 (want|wish|plan|intend) =to|=no ..1 intention) ..2 (renew|renewing|continue|continuing|extend|extending|need|require|reconsider|change =our mind|change =my mind|stay|be =renewing|be =continuing|use =your|using =your|work =with =you|working =with =you|be =using|come =back|return|be =staying|proceeding) ..4 & not (=you ..1 (will =not|do =not)|=if =you)
		(=no =longer) ..2 (need|require|want|wish|use|be|your|customers|clients)
		(matter|case|discussion|subject|topic|question) ..2 (=is)? (closed|settled|over)
		(nothing) ..4 (change =our|change =my|=will =change)
		(determined|certain|sure) ..2 =to ..1 (leave|end|terminate|cancel|go)`},
	{"no_persuasion", "final", " & not (=go =on)", `
		(=do =not|=don't) ..2 (try|attempt) ..2 =to ..1 (hold|keep|stop|retain)
		persuasion ..3 (unnecessary|useless|pointless|needless)
		(=do =not|=don't|=no|not|without|stop|refrain|rather =you ..1 (not|=did =not)|=didn't) ..4 (persuade|persuading|persuasion|convince|convincing|talk =us =out|talk =me =out|change =our mind|change =my mind|talking =us|keep =us|offers|counteroffer|counter-offer|counteroffers|discount|discounts|sales call|retention|calls =to =change|win =us =back|winning =us|offer =us|retain) & not (=you =did =not ..2 (offer)|=no discount =was)
		(=no =point|useless|pointless|=no =use) ..4 (persuad*|convinc*|talk*|call*|argu*|trying)
		(leave|let) ..1 (=us|=me) ..1 (alone|be|go)`},
	{"asks_to_terminate", "final", hedgedEN, `
		confirm ..4 (released|=end =date|=termination =date)
		(stopping|stop) ..2 (lessons|classes|treatment|visits)
		refund ..3 (rest|remaining|remainder|unused) ..8 & (=no =longer|=not ..2 (come|need|want)|cancel)
		(please|kindly|request|ask|asking|requesting|want =you =to|need =you =to|require|demand|instruct) ..6 (terminate|termination|cancel|cancellation|close ..3 @en:deal|end ..4 @en:deal|discontinue|stop ..3 (@en:deal|billing|charging)|treat ..6 (cancel*|terminat*|ended|notice)|confirm ..3 (terminat*|cancel*|closure|end =of)) & not (how|what happens|=what =would|explain|information)
		^ (cancel|terminate|close|end|stop) ..3 (@en:deal|membership)
		(accept|confirm|note) ..2 (=our|=my) ..2 (withdrawal|refusal|cancellation|resignation|termination)
		(refusal|withdrawal) ..3 (services|service|cooperation|contract|agreement|enclosed|attached)
		process ..2 (exit|departure|cancellation)
		(taking|take|withdrawing|withdraw) ..3 (deposit|funds) ..2
		(closing|deleting) ..2 (profile|account)
		(finish|end|stop|stopping|finishing|ending) ..2 (working|cooperation|=work) ..2
		(month's|days|thirty|contractual|month) ..3 (notice|=then =we) & not (=how|=what|period|=give =us) & (attached|enclosed|begun|served|=we stop|contractual)
		=count ..3 days
		final ..1 (reconciliation|account|settlement|statement) ..8 (leav*|terminat*)
		switch ..2 =off & =yours
		(take|remove|delete|strike|drop) ..1 (=us|=me|=our account|=my account|=our profile) ..2 (off|from)?
		(delete|remove|deactivate) ..1 (=our|=my) ..1 (account|profile|data)
		(termination|cancellation) ..2 (notice|letter) ..6 (follow*|=will|sent|send|attached|enclosed|posted|reach|arrive*|=is|today|tomorrow)
		(notice|letter) ..2 =of ..1 (termination|cancellation|withdrawal|non-renewal) & not (=when|=how|period)
		(stop|end|finish|quit) ..2 (=after =that|=then|there) & =we
		=after =that ..3 (stop|end|leave|done|finish)
		(=last|=final) ..1 payment ..4 & =our
		(notice|notify|notifying|inform|informing|hereby|advise|announce|letter|writing =to =tell|write =to =tell|let =you =know) ..8 (terminat*|cancel*|end ..4 @en:deal|ending|leaving|=will =not ..1 (renew|continue|be renewing|extend)|withdraw*|discontinu*|non-renewal|closing|moving|end =of ..2 @en:deal) & not (=you ..1 (notice|inform)|your price)
		(this =is|accept =this|consider =this|take =this|here =is|attached =is|enclosed =is|giving =you|give =you|serve|serving|submit*|formal|our|my) ..4 (notice|resignation|cancellation|termination) ..6 & not (short notice|=did =not notice|=no notice|fee|fees|clause|=noticed|policy|terms|about =the =notice)
		(=we|=i|=we're|=i'm|=we =are|=i =am) ..2 (terminate|terminating|cancel|cancelling|canceling|end|ending|close|closing|discontinue|discontinuing|withdraw|withdrawing) ..3 (=the|=our|=my|=this|=your|=all)? ..3 (@en:deal|account)
		@en:deal ..4 (=is|=be|are|=will|has|to)? ..2 (terminated|cancelled|canceled|ended|ends|closed|end|=not =be =renewed|discontinued|over) ..6 & (=we|=our|please|=i|my|want|hereby|#|@en:month|=be|wish) & not (=you =have|why|mistake|=was =closed)
		(wish|want|would like|=we'd like|=i'd like|intend|like) =to ..2 (terminate|cancel|end|close|discontinue|stop|withdraw) ..4 & not (know|understand|=not)
		(send|prepare|issue|provide) ..5 (termination|cancellation|closing|final) ..2 (agreement|papers|form|documents|letter|invoice|bill|statement)`},
	{"names_date", "final", hedgedEN, `
		(as =of|from|effective|starting|after|by|until|on|=at =the end =of|end =of|=in|since) ..3 (#|@en:month|month|quarter|year|monday|friday|today|tomorrow) ..8 (@en:end|=no longer|without =you|another|elsewhere|switch*|moving|over|last|done|gone) & (=we|=i|=our|=my|=us|contract|service*|agreement|relationship) & not (why|late|promis*|waiting|=you =did =not|=you =have =not|deadline|=left =us =waiting|invoice ..4 closed)
		(@en:end|leaving|moving|switching|parting) ..8 (=on|=by|=from|as =of|effective|=at|after|=end =of|=in|this|next) ..3 (#|@en:month|month|quarter|year|week|friday|monday|today|tomorrow|immediately) & (=we|=i|=our|=my|=we're|=i'm|please|=us|=we'll|=i'll) & not (=how ..3 (cancel|much)|what)
		(last|final) ..2 (day|month|week|invoice|payment|order|working day) ..8 (=is|=be|with =you|#|@en:month|=will) & (=our|=my|=with =you|=will|=is|contract|service) & not (last (month|week|invoice) ..4 (=was|=you|wrong|late|=had))
		effective (immediately|today|#|@en:month|from)`},
	{"notice_served", "final", othersEN, `
		(consider|treat|take|regard|accept) ..2 =this ..3 (=our|=as|=my|=a|formal|official)? ..3 (notice|cancellation|termination|resignation)
		(consider|treat|regard) ..3 (contract|agreement|account|subscription|cooperation) ..3 (terminated|cancelled|canceled|ended|closed|over)`},
	{"names_successor", "final", hedgedEN, `
		(continue|=carry =on) ..3 (=at|=with) ..1 (another|different|=a =new)
		happy =with ..1 (=the|=our) ..1 new
		=already ..2 =with ..1 (others|another|somebody|someone)
		=with ..1 (somebody|someone) =else
		(take*|taking) ..1 =your =place
		=in =your =place
		=replace ..1 =you
		(lawyer|accountant|bookkeeper|specialist|programmer) =of =our =own
		=ourselves & (books|accounting|accounts|work|site) & not =if
		(settled =on|opted =for|=in =favour =of|=in =favor =of)
		(new|another|different) (host|platform|provider|hoster) & not (offer*|answer*|charges|another ..1 @en:helper (=is|=has))
		(work|working) ..1 =with ..2 (from|%) & (=from|=august|=june|=now)
		(in-house|=our =own|=new|=another|=different|=other) ..2 (bookkeeper|@en:helper) ..3 (keep*|take*|does|run*|handle*|start*|look*|serve*|=will) & not (=your =new|=if)
		(=we|=i|=we've|=i've|=have|already) ..3 (signed|hired|chosen|found|engaged|appointed|selected|retained|picked|contracted|taken =on|switched|moved|gone|agreed|employed|brought) ..6 (with|another|=a =new|new|=to|someone else|elsewhere|in-house|inhouse|different|=our =own|replacement|else|=a =different|competitor|%) & not (with =you|signed =with =you =and|=an =error|found ..3 (error*|mistake*|problem*)|=not ..1 (found|signed)|signed ..3 act|agreed =with =you|found =out|found ..4 =with ..2 (lower|cheaper|better|smaller)|your new)
		<!(=not|=haven't|=never|=yet) (signed) with & not (=not ..2 signed)
		(moving|switching|going|transferring|move|switch|moved|transfer|transition|transitioning|changing|leaving) ..5 (=to|=with|over =to|=for) ..2 (another|=a =new|new|different|=a =competitor|competitor|someone else|our own|in-house|elsewhere|%|=a =local|else|local) ..4 & (=we|=i|=we're|=i'm|=our|=my|=we'll|everything) & not (=your =new)
		(new|next|another|different|in-house) ..2 @en:helper ..6 (starts|takes|take|begin*|will|contact*|ready|=has|=is|collect*|handle*|already|=from) & (=our|=my|=the|=a|another|different) & not (=your =new|sent =us =a =new|keep changing|every ..2 new|another ..1 @en:helper (=is|=has) ..2 (cheaper|lower|better|handier|faster|closer|more))
		(another|different|someone|new|in-house|own) ..2 @en:helper? ..2 (=will|=is|now|=has|takes|taking|handles|handle) ..4 (take over|taking over|takes over|handle|look* after|our =books|taken over|do =our|from #|handling|responsible|manage)
		(taking|bringing|doing|handling|moving|bring|take) ..5 (in-house|inhouse|=in =house|ourselves) & (=we|=our|=i|=it|everything) & not (=if)
		(replaced|replacing) ..2 (=you|your) ..4
		=went =over =to ..2 (another|competitor|different|new)
		(with|use|using|chosen|chose|prefer*) ..2 (another|different|=a =new) ..2 @en:helper & (=we|=i) & (will|now|already|chosen|chose|from|have|decided|going)`},
	{"asks_for_papers", "final", " & not (@en:maybe|copy =of =the act|=how =much|late|still waiting ..3 report)", `
		(hand|send|return|transfer|prepare|release|give|forward|pass|deliver|pack|provide|export|collect) ..8 @en:papers ..8 (successor|new ..2 @en:helper|=to =our new|handover|=to =us =by|=all|everything|another ..2 @en:helper|next ..1 @en:helper|complete|termin*|leav*) & (please|=we|kindly|=our|=i|need|want|=us|my) & (new|successor|handover|next|another|all|everything|complete|termin*|leav*|full)
		(all) ..1 (=of)? ..1 (=our|=my) ..2 @en:papers ..6 (back|returned|handed|transferred|sent|by)  & not (lost)
		(pass|hand|give|transfer|forward) ..4 (@en:papers|=logins|=sources|seal|=keys|passwords) ..6 (=to|later) ..4 (new|=our|successor|team|%|=than|=may)
		(name|set|fix|agree) ..2 day ..3 handover
		(fetch|collect) ..3 (documents|papers|files) ..6 (=that =is =that|=that's =that|=all)
		(arrange|organise|organize|start|begin|schedule|plan|prepare) ..4 (handover|hand-over|transition|offboarding|off-boarding|exit)
		(handover|hand-over|offboarding) ..6 (successor|new|please|=to|date|schedule|list|begin|start)`},
	{"leaving", "leaving", hedgedEN + " & not (=not ..1 leav*|=you ..2 (leave|left|leaving)|leave =us ..2 (waiting|hanging))", `
		(=we're|=i'm|=we =are|=i =am|=we ..2 will|=we'll|=i'll) ..2 (leaving|leave|going ..2 elsewhere|moving on|parting|done =with =you|quitting|out)
		(=we|=i) ..2 (leave|quit)
		(=want|=going) ..1 =to ..1 (leave|quit)
		(looking =for) ..3 (another|different|new|replacement|alternative*)
		(taking) ..2 business elsewhere`},
	{"venting", "venting", "", `
		(mockery|mocking|scream|screaming|=set =foot|=lost =for =words|speechless|=beats everything|=drive* =me|=drives =us|=nerves|rude|unprofessional|=cannot =work =like|=can't =work =like|=regret ..2 (ever|dealing|signing|choosing)|=ever ..1 (answer|reply|listen)|anybody ..2 (work|there)|=all ..1 mad|=have =you =no)
		(=again|=happens again) ..6 (=don't =know =what|=not =know =what)
		(fed =up|sick =of|sick =and =tired|tired =of|had enough|had it|enough =is enough|last straw|=had =it with|=at ..2 wits|=done =with|=up =to =here)
		never ..3 (again|=use =you|come back|deal|return|recommend|work =with)
		(unacceptable|ridiculous|outrageous|outrage|disgrace|disgraceful|disgusting|disgusted|furious|angry|appalling|appalled|awful|horrible|terrible|nightmare|joke|shambles|mess|rubbish|incompetent|incompetence|useless|hopeless|shame|shameful|pathetic|infuriating|infuriated|livid|maddening|hate|absurd|unbelievable|incredible|scandalous|insulting|shocking|frustrat*|exasperat*|fuming|annoyed|annoying|disappointed|clowns|idiots|circus|chaos|insane|crazy)
		how (many|much|long|often) ..4 (times|longer|more|=do =we|=must|=can =you|before|have =to)
		(=can't|cannot|=can =not) ..3 (stand|take|bear|believe|stomach) ..3
		(once more|yet again|again and again|third time|every time|every single|all over again|tenth time|hundredth)
		(what =is =wrong =with|=are =you =kidding|=are =you =serious|=is =this =a =joke|give =me =a =break|wake =up|go =to =hell|=to =hell|get =lost|for =heaven's|=what =the)
		(patience) ..3 (=is|=has|run|wearing|out|over|gone|thin)
		(nobody|=no =one) ..2 (ever)? ..1 (answers|cares|listens|calls|picks|replies|responds|helps)
		(lost|losing) ..2 (patience|=my temper|=my mind)
		over =my dead`},
	{"hesitation", "undecided", "", `
		(considering|consider|contemplating|pondering|weighing|wondering|thinking ..1 (about|of|whether|over)|think ..1 (about|=it over)|undecided|unsure|uncertain|torn|hesitat*|debating|exploring|evaluating|reviewing|comparing|toying|leaning|tempted|inclined|looking =at ..3 (options|alternatives|other))
		(maybe|perhaps|might|possibly|probably|may ..1 (have|leave|cancel|decide|need|end|stop|want|switch|go|move|be))
		(=not|=haven't|=don't|=isn't|=aren't|=n't|yet) ..3 (sure|certain|decided|know ..2 (whether|yet|=if|what)|made =up|convinced|final|ready =to decide|ready =to commit)
		(=if|unless) ..12 (=we ..2 (will|may|might|could|would|leave|stay|cancel|go|=have =to|shall)|=we'll|=we'd|=i'll|=i'd|=i ..1 (will|might|may|stay|leave)|leave|stay|cancel|reconsider|continue|look elsewhere|forced|then)
		(whether) ..6 (stay|leave|renew|continue|=to|=it)
		(stay|leave|renew|continue|go) or ..2
		(=we|board|director|management|partners|founders) ..2 (=will|=shall|=to) ..1 (decide|discuss ..3 (termination|renewal|contract|leaving))
		(=take|=taking|=need) ..2 pause ..4
		(=are|=am|=still) ..1 thinking
		better (terms|offer|price|conditions)
		=no =decision
		=may =look
		(what|which|how|could|can|would|is|are) ..6 (offer|discount|option*|alternative*|terms|cheaper|lower|smaller|change|improve|pause|cancellation fee|notice period|cost ..2 (cancel|leave|end)|penalt*|=to keep) & not (what =you did)
		(would like|=we'd like|=i'd like|want|like|need|hope|happy|open|prefer) =to ..3 (discuss|talk|understand|know|meet|hear|stay|speak|see|clarify)
		(let =us|=let's|could =we|can =we|shall =we|may =we) ..3 (discuss|talk|=meet|speak|call|try|see)
		(need|give =us|give =me|take|want) ..3 (time|think|week|days|month) ..3 (think|decide|consider|=to)
		(before =we ..2 (decide|sign|renew|cancel|make|go)|before =i ..1 (decide|sign|renew|cancel)|before deciding|before making)
		(have =to|forced =to|obliged =to|=may =need =to|=might =need) ..3 (leave|look|cancel|end|find|consider|think)
		(wait|waiting|see) ..3 (=for =your (offer|answer|proposal)|=and see|what =you|how ..2 (goes|=it))
		(second|mixed|some) ..1 (thoughts|feelings|doubts)
		doubt*`},
	{"third_party", "third_party", " & not (=your ..3 (manager|accountant|staff|support|colleague|office|people|team|employee|operator) ..3 (told|said|informed|mentioned|promised)|told =by =your|=in =your =letter|told =us =you =would|=write =to =you)", `
		(=i|=we|=i've|=we've|=was|were) ..2 (=was|=were|been|been)? ..1 (told|informed|warned|advised|tipped =off|given =to =understand|=made =aware) ..6 & (=was|=were|been|=i've|=we've) & (that|by|=you|about|your|not|=from) & not (=you =told|=by =you =that|=you =informed|=you =warned)
		(people|others|everyone|everybody|they|folks|some|colleagues|friends|competitors|clients|customers|neighbours|many) ..3 (say|says|said|saying|tell|told|warn|warned|claim|claims|talk|talking|whisper|mention|mentioned|complain|complaining|think ..3 =you|write|report) ..6 & (=you|=your|=us|=me|about|that) & not (=your (people|colleagues)|customers =of =ours|our customers|our clients)
		(heard|hear|hearing|learned|learnt|read|came across|come across|saw|seen|found =out|overheard) ..6 (from|that =you|=about =you|=about =your|online|review*|forum*|rumour*|rumor*|through|somewhere|people|others|=on =the (internet|web|news)|=in =the (press|news|paper)|of =you) & (=i|=we|=i've|=we've|been|have) & not (from =you|=from =your|hear from =you|in =the contract|heard nothing|=not heard|never heard|your (email|letter|answer))
		(rumour|rumours|rumor|rumors|gossip|word =is|word =on|word =has|hearsay|grapevine|allegations|apparently =you|supposedly|allegedly|reputedly|reportedly|story =goes|stories =about|=there =is =talk|talk =is)
		(friend|colleague|acquaintance|neighbour|neighbor|partner|competitor|relative|lawyer|auditor|consultant|former|ex-employee|someone|somebody|source|contact|supplier|associate|client|cousin|brother|brother-in-law|advisor|adviser|peer|peers|insider) ..6 (told|said|says|tells|mentioned|warned|claims|claimed|whispered|hinted|shared|suggested|advised|informed|revealed|complained|showed|let slip|swears|insists) & not (=your ..1 (colleague|lawyer|partner|auditor))
		(according =to) ..4 & not (=to =the contract|=to =our|=to =your|=to =you|clause|law|invoice|agreement|=to =the (invoice|act|statement|plan))
		(article|post|story|stories) ..2 about ..1 (=you|=your)
		(discussed|mentioned|debated) ..4 (forum|online|chat|reviews)
		(hinted|reported|suggested|intimated|rumoured) ..2 =to ..1 (=us|=me)
		(=being|=is) ..1 said ..2 =about =you
		(neighbours|neighbors|colleagues|people|firms|others|clients|customers) ..8 (complain*|=speak|=speaks|=talk) ..3 (=about|=of|badly|ill) ..2 (=you|=your)
		=word ..3 =is ..1 =that
		(bad|poor|negative|terrible|awful|mixed) ..1 (reviews|review|press|things =about|reputation|stories|feedback =about)
		(internet|online|forum|reviews|social media|press|news|facebook|telegram|linkedin|twitter|reddit) ..6 (say*|said|full|wrote|write*|claim*|about =you|that =you|post*|article)
		(reputation) ..4 (bad|suffer*|heard|market|industry|town)
		(warned|told) ..1 (=me|=us) ..3 (about|against|=off|that) & not (=you ..1 (warned|told)|=your ..2 (warned|told))`},
	// reasons, both languages
	{"reason_people", "reason", "", `
		(груб*|хам*|нахам*|нагруб*|хамит|орал*|крич*|накрич*|оскорб*|неуважен*|неуважит*|упрек*|давлен*|давил*|унижа*|высокомер*|повыш* ..1 тон*|некомпетент*|невеж*|бестактн*|тон)
		(ушел|ушла|уволил*|сменил*|сменился|сменилась|меняет*|менял*) ..4 (бухгалтер*|менеджер*|специалист*|сотрудни*|=наш*)
		(rude|rudely|rudeness|shouted|shouting|yelled|insult*|disrespect*|arrogant|pressure|pressured|bullied|condescending|patronising|patronizing|incompetent|unprofessional|hostile|impolite|tone|attitude)
		(manager|accountant|specialist|contact) ..4 (left|changed|changes|keeps changing|replaced|quit)`},
	{"reason_agreement", "reason", "", `
		(срыв*|сорвал*|сорван*|просроч*|опозда*|опаздыва*|задерж*|обеща*|обещан*|ошибк*|ошибли*|ошибоч*|напутал*|штраф*|ущерб*|убытк*|некачествен*|брак|качеств*|не выполн*|=не ..1 (сделал*|выполн*|сдал*)|договоренн*|договарива*|неясн* счет*|непонятн* ..2 счет*|неожидан* ..2 счет*|сумм* ..2 =не ..1 сход*|потерял*|затянул*|доработ*)
		(deadline|deadlines|late|delay*|delayed|missed|promis*|mistake*|error*|wrong|damage*|damages|fine|fined|quality|unexpected ..2 (bill|invoice|charge*)|unclear ..2 (bill|invoice)|hidden|overcharg*|billing|broke ..2 (promise|agreement)|=not ..2 (deliver*|delivered)|faulty|sloppy|lost)`},
	{"reason_reputation", "reason", "", `
		(слух*|репутац*|отзыв*|сплетн*|=говорят ..2 =что|=мне =сказали|скандал*)
		(rumour*|rumor*|reputation|reviews|gossip|scandal*|people say|word =is)`},
	{"reason_contact", "reason", "", `
		(забыл* ..3 =нас|забыли|=не ..1 (отвеча*|ответ*|звон*|перезван*|перезвон*|выход*|интересу*|вспомин*)|долго ..2 (отвеча*|ждат*|ждем|ответ*)|молчит*|молчан*|молча*|пропал*|=не ..2 дозвон*|недоступ*|внимани*|вниматель*|тишин*|=никто ..3 (звон*|ответ*|перезв*|отвеча*)|без ответа|игнор*|равнодуш*)
		(=not|never|nobody|=no =one|=don't|=didn't|=doesn't) ..3 (answer*|reply|replied|replies|call*|respond*|responds|contact*|heard|hear|picks|write)
		(forgotten|forgot ..2 us|ignored|ignore|ignoring|silence|silent|slow ..2 (answer*|reply|replies|response*)|unreachable|attention|unresponsive|neglect*|unanswered|waited ..4 (answer|reply|response))`},
	{"reason_price", "reason", "", `
		(дорог*|дешевл*|подешевл*|дешев*|цен*|стоимост*|бюджет*|тариф*|подорож*|расход*|экономи*|сэконом*|=не ..2 (потянем|тянем)|переплач*|скидк*|кризис*|денег|=за =что ..2 плат*|плат* ..2 =за =что|затрат*|подня* ..2 плат*|выгодн*|бер* ..2 меньше|меньшие ..1 деньги) & not (=ценим|=ценю|оцен*)
		(expensive|cheap|cheaper|price*|pricey|cost*|budget|afford|saving|save ..2 (money|cost*)|cut ..3 (cost*|spend*)|money|fee|fees|rate|rates|overpriced|discount|spend*|worth|value =for|(pay|pays|charge|charges|cost|costs|same) ..2 less|for less|half of that|quote)`},
	{"reason_need", "reason", "", `
		(=в штат|штатн*|своего ..1 (бухгалтер*|специалист*|юрист*|человек*|сотрудник*|программист*)|собственн* ..2 (бухгалтер*|отдел*|специалист*)|=сами ..2 (вест*|дела*|будем|справ*)|закры* ..2 (бизнес*|компани*|ип|фирм*|ооо)|ликвид*|прода* ..2 (бизнес*|компани*|фирм*)|банкротств*|пауз*|сезон*|проект* ..3 (заверш*|законч*)|задач* ..3 (выполн*|решен*|заверш*)|=не ..1 (нужн*|нужен|требу*|актуальн*)|переезж*|законсервир*|приостан* ..2 деятельн*)
		(in-house|inhouse|=in =house|our own ..2 @en:helper|ourselves|hired ..2 own|closing ..2 (business|company|shop|firm)|close ..1 (=our|=the|=my) ..1 (business|company|shop|firm)|liquidat*|sold ..2 (business|company|firm)|selling ..2 (business|company)|winding up|season*|pause|project ..3 (finished|complete*|over|done|ended)|=no longer ..1 (need|require)|retire|retiring|relocat*|task ..2 (done|complete*))`},
	{"reason_fit", "reason", "", `
		(неудобн*|сложн* ..2 (пользов*|систем*|кабинет*|программ*)|=нет ..2 (услуг*|функц*|интеграц*|нужн*)|=не ..1 (хвата* ..2 (функц*|услуг*|возможн*)|подход*|подошел|подошл*)|рядом|=в =офис*|офис*|лично ..3 присут*|формат*|удален*|дистанц*|приезж* ..2 =к =нам|другой ..1 (город|регион)|интерфейс*)
		(inconvenient|complicated ..3|missing ..2 (feature|service)|=not ..2 (fit|suit*|right =for)|lack* ..3 (feature*|service*|integration*)|=on-site|=onsite|on =site|=in person|local ..2 (provider|presence|office|accountant)|remote|closer|format|interface|cumbersome|hard =to =use|clunky|suits)`},
}
