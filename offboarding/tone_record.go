package offboarding

import "time"

// ToneRecord is what the tone guard said about a letter as it was to leave. It
// is kept with the letter.
type ToneRecord struct {
	Verdict         string        `json:"verdict"` // pass, warn, block
	Findings        []ToneFinding `json:"findings,omitempty"`
	Missing         []string      `json:"missing,omitempty"`          // required elements that the text lacks
	Text            string        `json:"text,omitempty"`             // which text was judged: stock or operator
	TemplateVersion int           `json:"template_version,omitempty"` // of the operator's text
	Replaced        *ToneRecord   `json:"replaced,omitempty"`         // what was said about the operator's text that the stock text stands in for
	Override        *ToneOverride `json:"override,omitempty"`
}

// ToneFinding is one place of a text and what is wrong with it. Start and End
// count characters of the plain text.
type ToneFinding struct {
	Rule        string `json:"rule"`
	Level       string `json:"level"`
	Start       int    `json:"start"`
	End         int    `json:"end"`
	Text        string `json:"text"`
	Explanation string `json:"explanation"`
}

// ToneOverride says who let a letter go all the same, and why.
type ToneOverride struct {
	By     Actor     `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}
