package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"opendoor/offboarding"
)

// PlanWords is what a letter of news says in one language.
type PlanWords struct {
	Topic string `json:"topic" example:"Если понадобятся документы"`
	Text  string `json:"text" example:"Копии документов у нас под рукой. Напишите, и мы пришлём."`
} //	@name	PlanWords

// PlanStep is one step of a plan.
type PlanStep struct {
	Day      int                  `json:"day" example:"14"`                                                                                                                              // days after the parting; with before_date_field: days before that date
	Before   string               `json:"before_date_field,omitempty" example:"review_on" enums:"effective_on,notice_received_on,handover_due,review_on,season_on,birthday,company_day"` // a date of the case
	Class    string               `json:"class" example:"relationship" enums:"relationship,marketing,call"`                                                                              //
	Template string               `json:"template,omitempty" example:"T15" enums:"T14,T15,T16,T19"`                                                                                      // of a letter
	Channel  string               `json:"channel,omitempty" example:"email" enums:"email,telegram,sms"`                                                                                  // of a letter: this one alone; empty: those of the plan
	What     string               `json:"what,omitempty" example:"touch_personal"`                                                                                                       // of a call: what it is about
	Words    map[string]PlanWords `json:"words,omitempty"`                                                                                                                               // of T15, by language
} //	@name	PlanStep

// PlanBody is a plan of keeping in touch; what GET answers, PUT takes.
type PlanBody struct {
	Name     string     `json:"name" example:"warm"`
	Steps    []PlanStep `json:"steps"`
	Channels []string   `json:"channels,omitempty" example:"telegram,email"` // on which letters try to reach the client, in this order: email, telegram, sms; empty: email
	Version  int        `json:"version" example:"0"`                         // 0: as it was shipped
} //	@name	Plan

func names(channels []offboarding.Channel) []string {
	var out []string
	for _, ch := range channels {
		out = append(out, string(ch))
	}
	return out
}

type planHandlers struct{ cfg Config }

func planBody(p *offboarding.Plan) PlanBody {
	b := PlanBody{Name: p.Name, Version: p.Version, Steps: []PlanStep{}, Channels: names(p.Channels)}
	for _, s := range p.Steps {
		step := PlanStep{Day: s.Day, Before: s.Before, Class: string(s.Class), Template: s.Template, Channel: string(s.Channel), What: s.What}
		for lang, w := range s.Words {
			if step.Words == nil {
				step.Words = map[string]PlanWords{}
			}
			step.Words[string(lang)] = PlanWords{w.Topic, w.Text}
		}
		b.Steps = append(b.Steps, step)
	}
	return b
}

func (b PlanBody) plan(name string) (*offboarding.Plan, error) {
	if b.Name != "" && b.Name != name {
		return nil, refuse(http.StatusUnprocessableEntity, "the body names another plan", ProblemField{"name", name})
	}
	p := &offboarding.Plan{Name: name, Version: b.Version}
	for _, ch := range b.Channels {
		p.Channels = append(p.Channels, offboarding.Channel(ch))
	}
	for _, s := range b.Steps {
		step := offboarding.Step{
			Day: s.Day, Before: s.Before, Class: offboarding.StepClass(s.Class), Template: s.Template, Channel: offboarding.Channel(s.Channel), What: s.What,
		}
		for lang, w := range s.Words {
			if lang != string(offboarding.RU) && lang != string(offboarding.EN) {
				return nil, refuse(http.StatusUnprocessableEntity, "a language is not known", ProblemField{"words", "ru or en"})
			}
			if step.Words == nil {
				step.Words = map[offboarding.Lang]offboarding.News{}
			}
			step.Words[offboarding.Lang(lang)] = offboarding.News{Topic: w.Topic, Text: w.Text}
		}
		p.Steps = append(p.Steps, step)
	}
	return p, nil
}

// list answers all plans.
//
//	@Summary	List plans
//	@ID			listPlans
//	@Tags		win-back
//	@Produce	json
//	@Success	200	{object}	List[PlanBody]
//	@Failure	401	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/plans [get]
func (h planHandlers) list(c *gin.Context) {
	res := List[PlanBody]{Items: []PlanBody{}}
	for _, name := range offboarding.PlanNames() {
		p, err := h.cfg.WinBack.Plan(c.Request.Context(), name)
		if err != nil {
			_ = c.Error(err)
			return
		}
		res.Items = append(res.Items, planBody(p))
	}
	c.JSON(http.StatusOK, res)
}

// get answers one plan.
//
//	@Summary	Get a plan
//	@ID			getPlan
//	@Tags		win-back
//	@Produce	json
//	@Param		name	path		string	true	"plan"	example(warm)
//	@Success	200		{object}	PlanBody
//	@Failure	401		{object}	Problem
//	@Failure	404		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/plans/{name} [get]
func (h planHandlers) get(c *gin.Context) {
	p, err := h.cfg.WinBack.Plan(c.Request.Context(), c.Param("name"))
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, planBody(p))
}

// put replaces a plan for partings to come.
//
//	@Summary		Replace a plan
//	@Description	The version must be the one that was read; 412 otherwise. quiet takes no steps: 409, rule quiet_has_no_touches. Words that the tone guard would hold back, such as an offer where only T16 may make one, are 422; the field names the step and the language (steps[1].words.ru), the message the words.
//	@ID				putPlan
//	@Tags			win-back
//	@Accept			json
//	@Produce		json
//	@Param			name	path		string		true	"plan"	example(warm)
//	@Param			body	body		PlanBody	true	"the plan"
//	@Success		200		{object}	PlanBody
//	@Failure		401		{object}	Problem
//	@Failure		403		{object}	Problem
//	@Failure		404		{object}	Problem
//	@Failure		409		{object}	Problem
//	@Failure		412		{object}	Problem
//	@Failure		422		{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/plans/{name} [put]
func (h planHandlers) put(c *gin.Context) {
	var b PlanBody
	err := bindJSON(c, &b)
	var p *offboarding.Plan
	if err == nil {
		p, err = b.plan(c.Param("name"))
	}
	if err == nil {
		p, err = h.cfg.WinBack.SavePlan(c.Request.Context(), p, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, planBody(p))
}
