package api

import (
	"net/url"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/api/pages"
	"opendoor/offboarding"
)

// settlement shows the client the final account; with says what has just
// happened. Opening the page decides nothing.
func (h pageHandlers) settlement(c *gin.Context, v *offboarding.Visit, shown pages.Visit, with pages.Settlement) {
	s, err := h.desk.Settlement(c.Request.Context(), nil, v.Case.ID)
	if err != nil {
		h.failed(c, shown, err)
		return
	}
	h.done(c, h.pages.Settlement(c.Writer, settlementView(s, shown, with)))
}

func settlementView(s *offboarding.SettlementView, shown pages.Visit, with pages.Settlement) pages.Settlement {
	with.Visit = shown
	track := s.Case.Tracks.Settlement
	seen := s.Round > 0 && len(s.Lines) > 0
	switch track {
	case offboarding.SettlementSent, offboarding.SettlementAgreed, offboarding.SettlementDisputed, offboarding.SettlementSettled:
	default:
		seen = false // what is not approved is shown to nobody
	}
	if !seen {
		return pages.Settlement{Visit: shown}
	}
	show := func(m offboarding.Money) string { return m.Tabled(offboarding.Lang(shown.Lang)) }
	total := s.Total()
	if with.Refund = total.AmountMinor < 0; with.Refund {
		total.AmountMinor = -total.AmountMinor
	}
	with.Total, with.Person = show(total), s.Person()
	with.DueOn, _ = time.ParseInLocation(time.DateOnly, s.DueOn, s.Account.Location())
	with.MayContest = track != offboarding.SettlementSettled
	with.MayAgree, with.Agreed, with.Settled = track == offboarding.SettlementSent, track == offboarding.SettlementAgreed, track == offboarding.SettlementSettled
	for _, l := range s.Lines {
		line := pages.SettlementLine{
			ID: l.ID.String(), What: l.What(offboarding.Lang(shown.Lang)), Basis: l.Basis, Justification: l.Justification, Amount: show(l.Amount),
		}
		if k := l.Contest; k != nil {
			line.Contested, line.Objection, line.Answer = k.Open(), k.Text, k.Answer
		}
		with.Lines = append(with.Lines, line)
	}
	return with
}

// contest does what the client pressed: a line is contested, or all is right.
func (h pageHandlers) contest(c *gin.Context, v *offboarding.Visit, shown pages.Visit, posted url.Values) {
	if l := posted.Get("lang"); l != "" {
		shown.Lang = pages.PickLang(l, shown.Lang, "")
	}
	ctx := c.Request.Context()
	var err error
	with := pages.Settlement{}
	switch posted.Get("choice") {
	case pages.ChoiceAgree:
		_, err = h.desk.AgreeSettlement(ctx, v.Case.ID)
	case pages.ChoiceContest:
		line, bad := uuid.Parse(posted.Get("line"))
		if bad != nil {
			with.Unconfirmed = true
			break
		}
		_, err = h.desk.ContestLine(ctx, v.Case.ID, line, posted.Get("text"))
		with.Heard = err == nil
		if offboarding.IsKind(err, offboarding.KindInvalid) {
			err, with.TooLong = nil, true
		}
	default:
		with.Unconfirmed = true
	}
	if err != nil {
		h.failed(c, shown, err)
		return
	}
	h.bell.Ring()
	h.settlement(c, v, shown, with)
}
