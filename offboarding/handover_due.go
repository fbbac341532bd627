package offboarding

// Preset is a policy's deadline for a handover where the contract is silent
// (domain §7.4).
type Preset string

// The presets.
const (
	PresetGeneric          Preset = "generic"           // electronic by the last day, paper originals 10 business days later
	PresetAccountingStrict Preset = "accounting_strict" // from the request: originals 10 business days, books 20
	PresetAccountingAICPA  Preset = "accounting_aicpa"  // 45 days from the request
	PresetPrompt           Preset = "prompt"            // at once when a successor is named
)

// Presets lists the presets.
var Presets = []Preset{PresetGeneric, PresetAccountingStrict, PresetAccountingAICPA, PresetPrompt}

// ListShape is what a list of items is like as a whole.
type ListShape struct {
	Length    int
	LastPos   int
	Originals bool // something that is handed over is an original
	Copies    bool // something that is handed over is none
}

func shapeOf(items []*Item) ListShape {
	s := ListShape{Length: len(items)}
	for _, it := range items {
		s.LastPos = max(s.LastPos, it.Pos)
		if it.HandedOver() {
			s.Originals = s.Originals || it.Form == FormOriginal
			s.Copies = s.Copies || it.Form != FormOriginal
		}
	}
	return s
}

// due sets the day until which everything is handed over: the contract's, else
// the preset's; when the account has chosen a preset as well, the earlier one.
// Never later than the contract.
func (h *Handover) due(acc *Account, c *Case, list ListShape) {
	from := c.Dates.NoticeReceivedOn
	if from == "" {
		from = Day(c.Dates.ReceivedAt, acc.Location())
	}
	preset, chosen := acc.Policy.HandoverPreset, acc.Policy.HandoverPreset != ""
	if !chosen {
		preset = PresetGeneric
	}
	by, why := presetDay(preset, acc.Calendar(), from, c, list, h.Successor != nil), "preset "+string(preset)
	if c.Contract.HandoverDays > 0 {
		contract := AddDays(from, c.Contract.HandoverDays)
		if !chosen || contract <= by {
			by, why = contract, "contract"
		}
	}
	h.DueOn, h.DueFrom = by, why
	c.Dates.HandoverDue = by
}

func presetDay(p Preset, cal Calendar, from string, c *Case, list ListShape, successor bool) string {
	lastDay := c.Dates.EffectiveOn
	if lastDay == "" {
		lastDay = AddDays(from, c.Contract.NoticeDays)
	}
	switch p {
	case PresetAccountingStrict:
		if list.Copies {
			return cal.AddDays(from, 20)
		}
		return cal.AddDays(from, 10)
	case PresetAccountingAICPA:
		return AddDays(from, 45)
	case PresetPrompt:
		if successor {
			return cal.AddDays(from, 1)
		}
	}
	if list.Originals {
		return cal.AddDays(lastDay, 10)
	}
	return lastDay
}

// Overdue reports whether the day has passed with something still owed.
func (h *Handover) Overdue(c *Case, today string) bool {
	return h.DueOn != "" && today > h.DueOn && !c.HandoverDone()
}

// HandoverDone reports whether nothing is owed any more.
func (c *Case) HandoverDone() bool {
	switch c.Tracks.Handover {
	case HandoverAccepted, HandoverAcceptedWithRemarks, HandoverNotNeeded:
		return true
	}
	return false
}
