package letters

// The tasks about the final account and about what is learnt, by their names in
// stored payloads.
var accountTasks = words{
	"settlement": {
		"Расчёт согласован, но адреса почты у клиента нет. Передайте проект расчёта сами и напомните, что любую строку можно оспорить.",
		"The account is approved, but the client has no e-mail address. Hand the draft over yourself, and mention that any line can be contested.",
	},
	"contested": {
		"Клиент оспорил строку расчёта. Проверьте основание и ответьте в opendoor: строка остаётся или снимается. Передачу дел это не останавливает.",
		"The client contests a line of the account. Check its basis and answer in opendoor: the line stands or is withdrawn. The handover goes on meanwhile.",
	},
	"review": {
		"Разберите этот уход: что произошло, какая была причина, что пропустили первым и чему это учит. Разбор — в opendoor.",
		"Review this loss: what happened, what the reason was, which signal we missed first, and what it teaches. The review is in opendoor.",
	},
	"systemic": {
		"Это третий уход за квартал по одной и той же причине. Решите, что поменять для всех клиентов, кто за это отвечает и к какому сроку: системная мера ждёт в opendoor.",
		"This is the third loss within a quarter for one and the same reason. Decide what to change for all clients, who does it and until when: the systemic measure waits in opendoor.",
	},
	"measure_check": {
		"Пора проверить меру по уходу клиента: сделана ли она и помогла ли. Если нет, напишите в opendoor, что мешает и когда будет готово.",
		"It is time to look at the measure about this loss: has it been done, and has it helped? If not, note in opendoor what is in the way and when it will be done.",
	},
}
