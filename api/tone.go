package api

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"opendoor/offboarding"
	"opendoor/offboarding/tone"
	"opendoor/offboarding/tone/intent"
)

// maxCheckedText is the longest text that is read, in characters; the longest
// letter of ours has under 6,000.
const maxCheckedText = 100_000

// ToneCheckRequest is a text to judge, whole or in parts.
type ToneCheckRequest struct {
	Text    string       `json:"text,omitempty" example:"Документы отдадим после оплаты."`
	Parts   []TonePart   `json:"parts,omitempty"`
	Lang    string       `json:"lang" example:"ru" enums:"ru,en"`
	Kind    string       `json:"kind,omitempty" example:"farewell" extensions:"x-nullable"`
	Context *ToneContext `json:"context,omitempty" extensions:"x-nullable"`
} //	@name	ToneCheckRequest

// TonePart is a piece of a letter and the required element that it carries.
type TonePart struct {
	Element string `json:"element" example:"thanks"`
	Text    string `json:"text" example:"Спасибо за годы вместе."`
} //	@name	TonePart

// ToneContext is what is known of the client.
type ToneContext struct {
	Intent string `json:"intent,omitempty" example:"final" enums:"unknown,venting,undecided,final"`
} //	@name	ToneContext

// ToneCheckResponse is the verdict, with every place that led to it.
type ToneCheckResponse struct {
	Verdict  string                `json:"verdict" example:"block" enums:"pass,warn,block"`
	Findings []ToneFindingResponse `json:"findings"`
	Missing  []string              `json:"missing" example:"next_step"`
} //	@name	ToneCheck

// ToneFindingResponse is one place that a rule has found. Start and end count
// characters of the text; of parts joined by a line end.
type ToneFindingResponse struct {
	Rule        string `json:"rule" example:"hostage"`
	Level       string `json:"level" example:"block" enums:"warn,block"`
	Start       int    `json:"start" example:"0"`
	End         int    `json:"end" example:"30"`
	Text        string `json:"text" example:"Документы отдадим после оплаты"`
	Explanation string `json:"explanation" example:"Документы или доступы клиента поставлены в зависимость от денег."`
} //	@name	ToneFinding

// IntentCheckRequest is a text that a client has written.
type IntentCheckRequest struct {
	Text string `json:"text" example:"Решение окончательное, прошу не отговаривать."`
	Lang string `json:"lang" example:"ru" enums:"ru,en"`
} //	@name	IntentCheckRequest

// IntentCheckResponse is a suggestion, never a decision.
type IntentCheckResponse struct {
	Intent     string             `json:"intent" example:"final" enums:"venting,undecided,final,unknown"`
	ThirdParty bool               `json:"third_party" example:"false"`
	ReasonHint string             `json:"reason_hint,omitempty" example:"price" enums:"contact,agreement,reputation,people,price,need,fit"`
	Evidence   []EvidenceResponse `json:"evidence"`
} //	@name	IntentCheck

// EvidenceResponse is a marker and the words it was found in, in characters.
type EvidenceResponse struct {
	Marker string `json:"marker" example:"decision_final"`
	Start  int    `json:"start" example:"0"`
	End    int    `json:"end" example:"21"`
	Text   string `json:"text" example:"Решение окончательное"`
} //	@name	IntentEvidence

type toneHandlers struct{}

// check judges a text by the tone guard.
//
//	@Summary	Check the tone of a text
//	@ID			checkTone
//	@Tags		tone
//	@Accept		json
//	@Produce	json
//	@Param		Idempotency-Key	header	string	false	"makes a repeat harmless"
//	@Param		request	body		ToneCheckRequest	true	"text or parts"
//	@Success	200		{object}	ToneCheckResponse
//	@Failure	401		{object}	Problem
//	@Failure	422		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/tone/check [post]
func (toneHandlers) check(c *gin.Context) {
	var in ToneCheckRequest
	if err := bindJSON(c, &in); err != nil {
		_ = c.Error(err)
		return
	}
	if err := in.valid(); err != nil {
		_ = c.Error(err)
		return
	}
	letter := tone.Letter{Text: in.Text, Lang: in.Lang, Kind: in.Kind}
	if in.Context != nil {
		letter.Intent = in.Context.Intent
	}
	for _, p := range in.Parts {
		letter.Parts = append(letter.Parts, tone.Part{Element: p.Element, Text: p.Text})
	}
	r := tone.Check(letter)
	out := ToneCheckResponse{Verdict: string(r.Verdict), Findings: []ToneFindingResponse{}, Missing: append([]string{}, r.Missing...)}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, ToneFindingResponse{
			Rule: string(f.Rule), Level: string(f.Level), Start: f.Start, End: f.End, Text: f.Text, Explanation: f.Explanation,
		})
	}
	c.JSON(http.StatusOK, out)
}

func (in ToneCheckRequest) valid() error {
	var wrong []ProblemField
	length := len([]rune(in.Text))
	for _, p := range in.Parts {
		length += len([]rune(p.Text))
	}
	switch {
	case in.Text == "" && len(in.Parts) == 0:
		wrong = append(wrong, ProblemField{"text", "a text or parts must be given"})
	case in.Text != "" && len(in.Parts) > 0:
		wrong = append(wrong, ProblemField{"parts", "give a text or parts, not both"})
	case length > maxCheckedText:
		wrong = append(wrong, ProblemField{"text", "at most 100,000 characters"})
	}
	wrong = append(wrong, knownLang(in.Lang)...)
	if in.Kind != "" && !slices.Contains(tone.Kinds, in.Kind) {
		wrong = append(wrong, ProblemField{"kind", "not a kind of letter that the guard knows"})
	}
	if in.Context != nil && in.Context.Intent != "" && !slices.Contains([]string{intent.Unknown, intent.Venting, intent.Undecided, intent.Final}, in.Context.Intent) {
		wrong = append(wrong, ProblemField{"context.intent", "unknown, venting, undecided or final"})
	}
	if len(wrong) > 0 {
		return refuse(http.StatusUnprocessableEntity, "the text cannot be checked", wrong...)
	}
	return nil
}

func knownLang(lang string) []ProblemField {
	if lang != string(offboarding.RU) && lang != string(offboarding.EN) {
		return []ProblemField{{"lang", "ru or en"}}
	}
	return nil
}

// intent suggests what a client means.
//
//	@Summary	Suggest what a client means
//	@ID			checkIntent
//	@Tags		tone
//	@Accept		json
//	@Produce	json
//	@Param		Idempotency-Key	header	string	false	"makes a repeat harmless"
//	@Param		request	body		IntentCheckRequest	true	"what the client wrote"
//	@Success	200		{object}	IntentCheckResponse
//	@Failure	401		{object}	Problem
//	@Failure	422		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/intent/check [post]
func (toneHandlers) intent(c *gin.Context) {
	var in IntentCheckRequest
	if err := bindJSON(c, &in); err != nil {
		_ = c.Error(err)
		return
	}
	wrong := knownLang(in.Lang)
	if n := len([]rune(in.Text)); n == 0 || n > maxCheckedText {
		wrong = append(wrong, ProblemField{"text", "1 to 100,000 characters"})
	}
	if len(wrong) > 0 {
		_ = c.Error(refuse(http.StatusUnprocessableEntity, "the text cannot be read", wrong...))
		return
	}
	s := intent.Check(in.Text, in.Lang)
	out := IntentCheckResponse{Intent: s.Intent, ThirdParty: s.ThirdParty, ReasonHint: s.ReasonHint, Evidence: []EvidenceResponse{}}
	for _, e := range s.Evidence {
		out.Evidence = append(out.Evidence, EvidenceResponse{Marker: e.Marker, Start: e.Start, End: e.End, Text: e.Text})
	}
	c.JSON(http.StatusOK, out)
}
