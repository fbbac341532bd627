package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// SignalsResponse says whose clients leave more often than chance explains.
type SignalsResponse struct {
	AccountID uuid.UUID           `json:"account_id"`
	Quarter   string              `json:"quarter" example:"2026Q3"`
	From      string              `json:"from" example:"2025-10-01"`
	To        string              `json:"to" example:"2026-09-30"`
	Services  []ServiceSignalBody `json:"services"`
	Checklist []string            `json:"checklist" example:"look at the results of the work first"`
} //	@name	EmployeeSignals

// ServiceSignalBody holds the employees of one service type, by name.
type ServiceSignalBody struct {
	ServiceType  string               `json:"service_type" example:"accounting"`
	Months       float64              `json:"client_months" example:"812.4"`
	Losses       int                  `json:"losses" example:"24"`
	Unattributed int                  `json:"unattributed" example:"2"`
	CaseMix      CaseMixBody          `json:"case_mix"`
	Employees    []EmployeeSignalBody `json:"employees"`
} //	@name	ServiceSignal

// EmployeeSignalBody is what the numbers say about one employee.
type EmployeeSignalBody struct {
	ID        string           `json:"id,omitempty" example:"11087123"`
	Name      string           `json:"name,omitempty" example:"Мария Образцова"`
	Months    float64          `json:"client_months" example:"96.2"`
	Contracts int              `json:"contracts" example:"11"`
	CaseMix   CaseMixBody      `json:"case_mix"`
	All       SignalSeriesBody `json:"all_but_need"`
	People    SignalSeriesBody `json:"people_and_contact"`
} //	@name	EmployeeSignal

// CaseMixBody tells what kind of clients they are.
type CaseMixBody struct {
	Inherited float64 `json:"inherited_share" example:"0.4"`
	Heavy     float64 `json:"with_visits_share" example:"0.2"`
	Tenure    float64 `json:"mean_age_months" example:"19.5"`
} //	@name	CaseMix

// SignalSeriesBody is one series. Too little data has no verdict and no colour.
type SignalSeriesBody struct {
	N        int        `json:"n" example:"24"`
	Losses   int        `json:"losses" example:"6"`
	Share    float64    `json:"share_of_exposure" example:"0.118"`
	Expected float64    `json:"expected" example:"2.8"`
	Tail     *float64   `json:"p,omitempty" example:"0.052"`
	Interval [2]float64 `json:"interval_95" swaggertype:"array,number" example:"0.098,0.467"`
	Verdict  string     `json:"verdict" example:"none" enums:"too_little_data,none,watch,look"`
	Label    string     `json:"label" example:"мало данных"`
} //	@name	SignalSeries

var signalLabels = map[offboarding.Lang]map[offboarding.SignalVerdict]string{
	offboarding.RU: {
		offboarding.SignalTooLittle: "мало данных", offboarding.SignalNone: "в пределах случайного", offboarding.SignalWatch: "наблюдать", offboarding.SignalLook: "разобраться",
	},
	offboarding.EN: {
		offboarding.SignalTooLittle: "too little data", offboarding.SignalNone: "within chance", offboarding.SignalWatch: "watch", offboarding.SignalLook: "look into it",
	},
}

var signalChecklist = map[offboarding.Lang][]string{
	offboarding.RU: {
		"сначала посмотреть на результаты работы, а не на человека",
		"сравнить состав клиентов: сложные, унаследованные, новые",
		"спросить о конфликтах и слухах у нескольких людей",
		"посмотреть, как идут разговоры с клиентами",
		"выслушать самого сотрудника",
	},
	offboarding.EN: {
		"look at the results of the work first, not at the person",
		"compare the mix of clients: heavy, inherited, new",
		"ask several people about conflicts and gossip",
		"see how talks with clients go",
		"hear the employee's own side",
	},
}

// signals answers the employee signals of an account.
//
//	@Summary		Employee signals
//	@Description	For the role hr_manager only; every view stands in the audit log. It asks, it does not answer: the result is to be looked into by a person. Twelve months up to the end of a quarter; exposure by interval; exact binomial tail.
//	@ID				getEmployeeSignals
//	@Tags			learning
//	@Produce		json
//	@Param			account_id	query		string	true	"whose employees"	Format(uuid)
//	@Param			quarter		query		string	false	"such as 2026Q3; the last whole one unless told"
//	@Success		200			{object}	SignalsResponse
//	@Failure		401			{object}	Problem
//	@Failure		403			{object}	Problem
//	@Failure		404			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/employee-signals [get]
func (h learningHandlers) signals(c *gin.Context) {
	account, err := queryID(c, "account_id")
	if err == nil && account == nil {
		err = refuse(http.StatusUnprocessableEntity, "the account is missing", ProblemField{"account_id", "whose employees"})
	}
	q := offboarding.QuarterOf(h.cfg.Clock.Now().UTC()).Before()
	if s := c.Query("quarter"); s != "" && err == nil {
		var ok bool
		if q, ok = offboarding.ReadQuarter(s); !ok {
			err = refuse(http.StatusUnprocessableEntity, "the quarter is wrong", ProblemField{"quarter", "such as 2026Q3"})
		}
	}
	var services []offboarding.ServiceSignal
	var acc *offboarding.Account
	if err == nil {
		acc, err = h.cfg.Store.Account(c.Request.Context(), *account)
	}
	if err == nil {
		services, err = h.cfg.Desk.EmployeeSignals(c.Request.Context(), scopeOf(c), *account, q, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	lang := acc.Lang.Or(offboarding.RU)
	from, to := q.Window()
	res := SignalsResponse{AccountID: *account, Quarter: q.String(), From: from, To: to, Services: []ServiceSignalBody{}, Checklist: signalChecklist[lang]}
	for _, s := range services {
		b := ServiceSignalBody{
			ServiceType: s.ServiceType, Months: s.Months, Losses: s.Losses, Unattributed: s.Unattributed,
			CaseMix: CaseMixBody{s.Inherited, s.Heavy, s.Tenure}, Employees: []EmployeeSignalBody{},
		}
		for _, e := range s.Employees {
			b.Employees = append(b.Employees, EmployeeSignalBody{
				ID: e.Employee.ID, Name: e.Employee.Name, Months: e.Months, Contracts: e.Contracts, CaseMix: CaseMixBody{e.Inherited, e.Heavy, e.Tenure},
				All: seriesBody(e.All, lang), People: seriesBody(e.People, lang),
			})
		}
		res.Services = append(res.Services, b)
	}
	c.JSON(http.StatusOK, res)
}

func seriesBody(s offboarding.SignalSeries, lang offboarding.Lang) SignalSeriesBody {
	b := SignalSeriesBody{N: s.N, Losses: s.Losses, Share: s.Share, Expected: s.Expected, Interval: [2]float64{s.Low, s.High}, Verdict: string(s.Verdict), Label: signalLabels[lang][s.Verdict]}
	if s.Verdict != offboarding.SignalTooLittle {
		b.Tail = &s.Tail
	}
	return b
}

// ContactRequest says that we and the client have talked, both ways.
type ContactRequest struct {
	At *time.Time `json:"at,omitempty" example:"2026-11-02T09:30:00Z"` // now unless told
} //	@name	ContactRequest

// heard records a contact.
//
//	@Summary		Record a two-way contact
//	@Description	The silence radar counts from the newest one.
//	@ID				recordContact
//	@Tags			contracts
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string			true	"contract id"	Format(uuid)
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Param			body			body		ContactRequest	false	"when"
//	@Success		200				{object}	ContractResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/contracts/{id}/contacts [post]
func (h contractHandlers) heard(c *gin.Context) {
	id, err := pathID(c)
	var r ContactRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	var at time.Time
	if r.At != nil {
		at = *r.At
	}
	var k *offboarding.ContractRecord
	if err == nil {
		k, err = h.cfg.Desk.Heard(c.Request.Context(), scopeOf(c), id, at, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.answer(c, http.StatusOK, k)
}

// PulseRequest is the client's answer to «Что нам улучшить?».
type PulseRequest struct {
	Mark *int   `json:"mark,omitempty" example:"5"`
	Text string `json:"text,omitempty" example:"долго отвечаете"`
} //	@name	PulseRequest

// PulseResponse tells whether a person was asked to look.
type PulseResponse struct {
	TaskOpened bool `json:"task_opened" example:"true"`
} //	@name	PulseResponse

// pulse takes the client's answer.
//
//	@Summary		Record a pulse answer
//	@Description	A mark of 6 or less, words without a mark, or worrying ones are a task within two business hours, never a case.
//	@ID				recordPulse
//	@Tags			contracts
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string			true	"contract id"	Format(uuid)
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Param			body			body		PulseRequest	true	"the answer"
//	@Success		200				{object}	PulseResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/contracts/{id}/pulse [post]
func (h contractHandlers) pulse(c *gin.Context) {
	id, err := pathID(c)
	var r PulseRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	task := false
	if err == nil {
		_, task, err = h.cfg.Desk.Pulse(c.Request.Context(), scopeOf(c), id, r.Mark, r.Text, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	c.JSON(http.StatusOK, PulseResponse{task})
}
