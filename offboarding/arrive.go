package offboarding

import "time"

// arrive sets the tracks as the new state asks and says which letters, tasks
// and timers it brings.
func (c *Case) arrive(acc *Account, from State, by Actor, now time.Time) ([]ordered, []Effect) {
	switch c.State {
	case StateSaving:
		c.Tracks.Save = SaveOffered
	case StateLeaving:
		return c.arriveLeaving(acc, from, now), nil
	case StateSaved:
		if c.Tracks.Save == SaveOffered {
			c.Tracks.Save = SaveAccepted
		}
		c.forgetLeaving()
		return c.thankForStaying(acc, by, now), []Effect{c.timer(TimerSaveConfirmed, now.Add(saveConfirmedAfter))}
	case StateCancelled:
		if c.Tracks.Save == SaveOffered {
			c.Tracks.Save = SaveExpired
		}
	case StateDropped:
		c.Tracks.Review = ReviewPending
	case StateParted:
		return c.arriveParted(acc, now), append(c.remark(RemarkPayload{What: RemarkParted}, now), c.resultEffect(ResultParted, now)...)
	case StateReturned:
		c.Tracks.WinBack = WinBackReturned
		effects := append(c.remark(RemarkPayload{What: RemarkReturned}, now), c.resultEffect(ResultReturned, now)...)
		return c.welcomeBack(acc, now), append(effects, c.taskEffect("welcome_back", now, callBy(acc, now))...)
	}
	return nil, nil
}

// forgetLeaving takes back what leaving had begun.
func (c *Case) forgetLeaving() {
	c.Tracks.Notice, c.Overdue, c.Dates.EndTimerOn = NoticeNone, false, ""
	if c.Tracks.Handover == HandoverCollecting || c.Tracks.Handover == HandoverReady {
		c.Tracks.Handover = HandoverNotNeeded
	}
	if c.Tracks.Settlement == SettlementDraft || c.Tracks.Settlement == SettlementApproved {
		c.Tracks.Settlement = SettlementNotNeeded
	}
}

// arriveLeaving opens the way out: the notice runs, the handover and the
// account begin, and the client gets the letter that they need not write. The
// contract's days are counted from the day on which the notice came.
func (c *Case) arriveLeaving(acc *Account, from State, now time.Time) []ordered {
	loc := acc.Location()
	if c.Tracks.Save == SaveOffered {
		c.Tracks.Save = SaveDeclined
	}
	if c.Tracks.Save == SaveAvailable {
		c.Tracks.Save = SaveNotAllowed
	}
	if c.Initiator == ByLapse && c.Contract.Number == "" && c.Contract.RecordID == nil { // nothing runs that could be ended
		if c.Dates.EffectiveOn == "" {
			c.Dates.EffectiveOn = Day(now, loc)
		}
		return nil
	}
	if c.Dates.NoticeReceivedOn == "" {
		c.Dates.NoticeReceivedOn = Day(c.noticeCame(now), loc)
	}
	if c.Dates.EffectiveOn == "" {
		c.Dates.EffectiveOn = AddDays(c.Dates.NoticeReceivedOn, c.Contract.NoticeDays)
	}
	c.Tracks.Notice = NoticeRunning
	if c.Tracks.Handover == HandoverNotNeeded {
		c.Tracks.Handover = HandoverCollecting
	}
	if c.Tracks.Settlement == SettlementNotNeeded {
		c.Tracks.Settlement = SettlementDraft
	}
	if from == StateParting || c.Client.Email == "" || c.CameAgain || !c.Dates.LetterReceivedAt.IsZero() {
		return nil
	}
	return []ordered{c.letterWith(acc, T06, now, c.cancellationLetter())}
}

// noticeCame is when the notice was given: a client's when we heard of it, our
// own when it goes out.
func (c *Case) noticeCame(now time.Time) time.Time {
	if c.Initiator == ByCompany {
		return now
	}
	return c.Dates.ReceivedAt
}

// cancellationLetter is what stands in the letter that the client would
// otherwise have to write.
func (c *Case) cancellationLetter() CancellationLetter {
	v := CancellationLetter{
		ContractNo: c.Contract.Number, Clause: c.Contract.Clause, NoticeDays: c.Contract.NoticeDays, Agreed: !c.Contract.Missing, EffectiveOn: c.Dates.EffectiveOn,
	}
	if AddDays(c.Dates.NoticeReceivedOn, c.Contract.NoticeDays) == c.Dates.EffectiveOn { // else the day was agreed, and is not counted from anywhere
		v.ReceivedOn = c.Dates.NoticeReceivedOn
	}
	return v
}

// thankForStaying thanks a client who has said that they stay. A stage that
// somebody moved in the CRM is no word of the client.
func (c *Case) thankForStaying(acc *Account, by Actor, now time.Time) []ordered {
	if by == ActorCRM || by == ActorSystem || c.Client.Email == "" || c.CameAgain {
		return nil
	}
	v := Stayed{}
	if c.Tracks.Save == SaveAccepted && c.Offer != nil {
		v.AgreedTerms = c.Offer.Proposal
	}
	return []ordered{c.letterWith(acc, T05, now, v)}
}

// arriveParted says goodbye. A client whom the company will not serve is not
// told that the door is open; T20 has said goodbye.
func (c *Case) arriveParted(acc *Account, now time.Time) []ordered {
	if c.Tracks.Notice == NoticeRunning {
		c.Tracks.Notice = NoticeElapsed
	}
	if c.Dates.ServiceEndedAt.IsZero() {
		c.Dates.ServiceEndedAt = now.UTC()
	}
	c.Overdue = false
	c.Tracks.Review = ReviewPending
	if c.Initiator == ByCompany {
		c.NoFurtherService = true
		c.Dates.ReviewOn = now.In(acc.Location()).AddDate(0, refusalReviewMonths, 0).Format(time.DateOnly)
	}
	if c.Client.Email == "" || c.CameAgain {
		return nil
	}
	var letters []ordered
	if c.disputeClosed() { // why an approver ends it is written for us, not for the client
		letters = append(letters, c.letterWith(acc, T23, now, Closing{Unsettled: true, Outcome: pick(c.Lang(acc),
			"Договориться обо всём нам не удалось; ваши возражения записаны у нас вашими словами.", "We did not manage to agree on everything; your objections stay on record in your own words.")}))
	}
	if c.MayBeInvitedBack() && !c.disputeClosed() {
		v := Farewell{}
		if c.Answer != nil {
			v.Consents = c.Answer.KeepInTouch
		}
		letters = append(letters, c.letterWith(acc, T12, now, v))
	}
	return letters
}

// welcomeBack tells a client who is back what we still have, so that nothing is
// asked twice.
func (c *Case) welcomeBack(acc *Account, now time.Time) []ordered {
	if c.Client.Email == "" || !c.MayBeInvitedBack() {
		return nil
	}
	lang := c.Lang(acc)
	say := func(ru, en string) string { return map[Lang]string{RU: ru, EN: en}[lang.Or(RU)] }
	v := WelcomeBack{FirstStep: say("В течение рабочего дня мы позвоним и договоримся, с чего начать.", "Within one business day we will call and agree where to begin.")}
	if c.Contract.Number != "" {
		v.Restored = append(v.Restored, say("договор № ", "contract No. ")+c.Contract.Number)
	}
	v.Restored = append(v.Restored, say("контакты и история работы", "contacts and the history of our work"))
	return []ordered{c.letterWith(acc, T17, now, v)}
}

// noLongerServed finds the parting by which the company decided not to serve
// the client any more; nil: none.
func noLongerServed(cases []*Case) *Case {
	for _, b := range cases {
		if b.NoFurtherService && !b.MayBeInvitedBack() {
			return b
		}
	}
	return nil
}
