package smtp

import (
	"testing"

	"opendoor/integrations/channeltest"
	"opendoor/offboarding"
)

// Letters keep the contract of all channels.
func TestMailKeepsTheContractOfChannels(t *testing.T) {
	servers := map[channeltest.Fate]script{
		channeltest.Accepted: {}, channeltest.Busy: {"RCPT": "451 busy"}, channeltest.Refused: {"RCPT": "550 no such user"}, channeltest.Lost: {"dot": "drop"},
	}
	channeltest.Run(t, func(t *testing.T, fate channeltest.Fate) channeltest.Rig {
		t.Helper()
		address, heard := servers[fate].serve(t)
		return channeltest.Rig{
			Channel: offboarding.ChannelEmail, To: "client@example.com", Mailer: mailer(t, "smtp://"+address), Arrived: func() int { return heard("dot") },
		}
	}, channeltest.Busy, channeltest.Refused, channeltest.Lost)
}
