package main

import (
	"context"

	"github.com/google/uuid"

	"opendoor/api"
	"opendoor/offboarding"
)

// everyWay are the channels of a simulation: all there are, and nobody at their end.
var everyWay = offboarding.Ways{offboarding.ChannelTelegram: nobody{}, offboarding.ChannelSMS: nobody{}}

// simulatedChat is the number of the chat that the client opens.
const simulatedChat = "1"

// speaks lets the client open a chat, or say on which channel what may come.
func (s *simulation) speaks(ctx context.Context, e api.CaseFileEvent) error {
	c, err := s.store.Case(ctx, nil, s.caseID)
	if err != nil {
		return err
	}
	if e.Client == api.ClientOpensChat {
		_, err := s.reception.Take(ctx, offboarding.Arrival{
			Channel: offboarding.ChannelTelegram, Kind: offboarding.InboundStart, ProviderID: "file", From: simulatedChat,
			Token: s.keys.LinkToken(offboarding.PurposeChat, c.ID, c.Client.Email),
		})
		return err
	}
	p := e.Agrees
	switch p.Channel {
	case offboarding.ChannelEmail:
		p.Person = c.Client.Email
	case offboarding.ChannelTelegram:
		p.Person = simulatedChat
	default:
		p.Person = c.Client.Phone
	}
	return s.winback.RecordConsent(ctx, &offboarding.ContactConsent{
		ID: uuid.Nil, Person: p.Person, Channel: p.Channel, Class: p.Class, Given: e.Client == api.ClientAgrees, GrantedAt: s.at, Source: "file",
		Wording: offboarding.PreferenceWords(p, c.Client.Lang), WordingVersion: offboarding.PreferencesVersion, AccountID: &c.AccountID, CaseID: &c.ID,
	}, "file")
}
