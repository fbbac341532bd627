package amocrmsim

import (
	"fmt"
	"net/http"
	"strconv"
)

// phrases are the texts that differ between amoCRM and Kommo.
type phrases struct {
	unauthorized, forbidden, tooMany    string
	oauthTitle, oauthDetail             string
	won, lost, unsorted                 string
	missing, badChoice, badType, tooBig string
	leadName                            string
	country, currency, symbol           string
	taskFollowUp, taskMeeting, sales    string
}

var texts = map[string]phrases{
	"ru": {
		unauthorized: "Неверный логин или пароль",
		forbidden:    "Недостаточно прав для выполнения действия",
		tooMany:      "Превышено допустимое количество запросов. Попробуйте позже.",
		oauthTitle:   "Некорректный запрос",
		oauthDetail:  "В запросе отсутствует ряд параметров или параметры невалидны",
		won:          "Успешно реализовано",
		lost:         "Закрыто и не реализовано",
		unsorted:     "Неразобранное",
		missing:      "Поле отсутствует.",
		badChoice:    "Выбранное значение недопустимо.",
		badType:      "Значение должно иметь тип %s.",
		tooBig:       "Значение слишком длинное.",
		leadName:     "Сделка #%d",
		country:      "RU", currency: "RUB", symbol: "₽",
		taskFollowUp: "Связаться", taskMeeting: "Встреча", sales: "Отдел продаж",
	},
	"en": {
		unauthorized: "Invalid user name or password",
		forbidden:    "You do not have enough rights for this action",
		tooMany:      "You have sent too many requests in a given amount of time. Please try again later.",
		oauthTitle:   "Invalid request",
		oauthDetail:  "The request is missing parameters or the parameters are not valid",
		won:          "Closed - won",
		lost:         "Closed - lost",
		unsorted:     "Incoming leads",
		missing:      "This field is missing.",
		badChoice:    "The value you selected is not a valid choice.",
		badType:      "This value should be of type %s.",
		tooBig:       "This value is too long.",
		leadName:     "Lead #%d",
		country:      "US", currency: "USD", symbol: "$",
		taskFollowUp: "Follow-up", taskMeeting: "Meeting", sales: "Sales department",
	},
}

const problemType = "application/problem+json"

// problem is the error body of the API.
func (s *Sim) problem(status int, detail string) answer {
	return answer{status: status, ctype: problemType, body: object{
		"title": http.StatusText(status), "type": "https://httpstatus.es/" + strconv.Itoa(status), "status": status, "detail": detail,
	}}
}

func (s *Sim) emptyRequest() answer {
	return s.problem(http.StatusBadRequest, "Request data can not be empty")
}

// htmlPage is what the vendor's gateway answers instead of the API.
func htmlPage(status int, title string) answer {
	return answer{status: status, ctype: "text/html", raw: []byte(
		"<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
			"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")}
}

// Codes of validation errors.
const (
	codeChoice  = "NotSupportedChoice"
	codeType    = "InvalidType"
	codeMissing = "FieldMissing"
	codeLong    = "TooLong" // not seen on the wire; the limit itself is
)

type violation struct{ code, path, detail string }

func (it *item) fail(code, path, detail string) {
	it.violations = append(it.violations, violation{code, path, detail})
}

func (it *item) badChoice(path string) { it.fail(codeChoice, path, it.text.badChoice) }
func (it *item) badType(path, want string) {
	it.fail(codeType, path, fmt.Sprintf(it.text.badType, want))
}

// refused answers the validation errors of a batch, grouped by request_id. A
// batch with one bad element is refused whole.
func (s *Sim) refused(items []*item) (answer, bool) {
	var groups []any
	for _, it := range items {
		if len(it.violations) == 0 {
			continue
		}
		var errs []any
		for _, v := range it.violations {
			errs = append(errs, object{"code": v.code, "path": v.path, "detail": v.detail})
		}
		groups = append(groups, object{"request_id": it.requestID, "errors": errs})
	}
	if groups == nil {
		return answer{}, false
	}
	a := s.problem(http.StatusBadRequest, "Request validation failed")
	a.body.(object)["validation-errors"] = groups
	return a, true
}
