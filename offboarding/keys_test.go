package offboarding

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

var (
	oldMaster  = bytes.Repeat([]byte{1}, 32)
	newMaster  = bytes.Repeat([]byte{2}, 32)
	stopMaster = bytes.Repeat([]byte{3}, 32)
)

func TestAHookAddressProvesItsAccount(t *testing.T) {
	keys, account := NewKeys([][]byte{newMaster}, stopMaster), NewID()
	key := keys.HookKey(account)
	if id, ok := keys.ProveHook(key); !ok || id != account {
		t.Fatalf("our own key gives %s, %v", id, ok)
	}
	other := keys.HookKey(NewID())
	tests := map[string]string{
		"nothing":                      "",
		"one character less":           key[:len(key)-1],
		"one character more":           key + "A",
		"padded":                       key + "=",
		"another alphabet":             base64.StdEncoding.EncodeToString([]byte(key)),
		"the proof of another account": key[:22] + other[22:],
		"made by another installation": NewKeys([][]byte{oldMaster}, stopMaster).HookKey(account),
		"a link token":                 keys.LinkToken(PurposeSurvey, account, "client@example.com"),
		"a line end in the middle":     key[:20] + "\n" + key[20:],
		"32 zero bytes":                strings.Repeat("A", 43),
	}
	for name, wrong := range tests {
		t.Run(name, func(t *testing.T) {
			if id, ok := keys.ProveHook(wrong); ok {
				t.Errorf("%q proves %s", wrong, id)
			}
		})
	}
}

func TestATokenHasOneSpellingOnly(t *testing.T) {
	keys := NewKeys([][]byte{newMaster}, stopMaster)
	rapid.Check(t, func(t *rapid.T) {
		id := uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "case"))
		for _, token := range []string{keys.HookKey(id), keys.LinkToken(PurposeSurvey, id, "client@example.com")} {
			proves := func(s string) bool {
				_, hook := keys.ProveHook(s)
				return hook || keys.ProveLink(PurposeSurvey, s)
			}
			if !proves(token) {
				t.Fatalf("our own %q is refused", token)
			}
			// The last character carries spare bits; the tail of the alphabet beside it decodes to the same bytes.
			const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
			i := rapid.IntRange(0, len(token)-1).Draw(t, "at")
			if rapid.Bool().Draw(t, "last") {
				i = len(token) - 1
			}
			c := alphabet[rapid.IntRange(0, 63).Draw(t, "to")]
			if other := token[:i] + string(c) + token[i+1:]; other != token && proves(other) {
				t.Fatalf("%q and %q are both taken", token, other)
			}
		}
	})
}

func TestALinkServesOnePurpose(t *testing.T) {
	keys, id := NewKeys([][]byte{newMaster}, stopMaster), NewID()
	purposes := []Purpose{PurposeSurvey, PurposeChoice, PurposeHandover, PurposePreferences}
	for _, made := range purposes {
		token := keys.LinkToken(made, id, "client@example.com")
		for _, asked := range purposes {
			if got := keys.ProveLink(asked, token); got != (made == asked) {
				t.Errorf("a token for %s opens %s: %v", made, asked, got)
			}
		}
		if _, ok := keys.ProveHook(token); ok {
			t.Errorf("a token for %s is a hook key", made)
		}
	}
}

func TestALetterWrittenAgainHoldsTheSameAddress(t *testing.T) {
	keys, id := NewKeys([][]byte{newMaster}, stopMaster), NewID()
	token := keys.LinkToken(PurposeSurvey, id, "client@example.com")
	if again := keys.LinkToken(PurposeSurvey, id, "Client@Example.com"); again != token {
		t.Error("the same recipient has another token")
	}
	if keys.LinkToken(PurposeSurvey, id, "other@example.com") == token || keys.LinkToken(PurposeSurvey, NewID(), "client@example.com") == token {
		t.Error("two recipients or cases share a token")
	}
	if raw, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(raw) != 32 || bytes.Contains(raw, id[:8]) {
		t.Errorf("the token is %d bytes, %v; it must not hold the case's id", len(raw), err)
	}
	if len(HashToken(token)) != 32 || bytes.Equal(HashToken(token), HashToken(token+"A")) {
		t.Error("what is kept is no hash of the token")
	}
}

func TestAnOlderKeyStaysValidUntilItIsTakenOut(t *testing.T) {
	id := NewID()
	before, rotated, after := NewKeys([][]byte{oldMaster}, stopMaster), NewKeys([][]byte{newMaster, oldMaster}, stopMaster), NewKeys([][]byte{newMaster}, stopMaster)
	hook, link := before.HookKey(id), before.LinkToken(PurposeChoice, id, "client@example.com")
	if _, ok := rotated.ProveHook(hook); !ok || !rotated.ProveLink(PurposeChoice, link) {
		t.Error("what the older key made is refused while it is listed")
	}
	if rotated.HookKey(id) != after.HookKey(id) {
		t.Error("the newest key does not make new addresses")
	}
	if _, ok := after.ProveHook(hook); ok || after.ProveLink(PurposeChoice, link) {
		t.Error("what the older key made is valid after it was taken out")
	}
}

func TestAStopIsRecognisedAndNotRead(t *testing.T) {
	before, rotated := NewKeys([][]byte{oldMaster}, stopMaster), NewKeys([][]byte{newMaster}, stopMaster)
	hash := before.StopHash(ChannelEmail, "client@example.com")
	if !bytes.Equal(hash, rotated.StopHash(ChannelEmail, " Client@Example.COM ")) {
		t.Error("a stop does not outlive the rotation of keys, or another spelling of the address")
	}
	if bytes.Equal(hash, before.StopHash("phone", "client@example.com")) || bytes.Equal(hash, before.StopHash(ChannelEmail, "other@example.com")) {
		t.Error("two addresses share a stop")
	}
}

func TestTheSameBodyIsOneDelivery(t *testing.T) {
	account := NewID()
	base := func() *Delivery {
		return &Delivery{AccountID: account, Origin: OriginHook, Query: "", Body: []byte("a=1")}
	}
	same := dedupKey(base())
	tests := map[string]struct {
		change func(d *Delivery)
		same   bool
	}{
		"sent again":                        {func(d *Delivery) { d.ID, d.Seen = NewID(), 7 }, true},
		"another body":                      {func(d *Delivery) { d.Body = []byte("a=2") }, false},
		"another account":                   {func(d *Delivery) { d.AccountID = NewID() }, false},
		"found by the poller":               {func(d *Delivery) { d.Origin = OriginPoll }, false},
		"the same in the query":             {func(d *Delivery) { d.Query, d.Body = "a=1", nil }, false},
		"the border between query and body": {func(d *Delivery) { d.Query, d.Body = "a", []byte("=1") }, false},
		"a signed one":                      {func(d *Delivery) { d.SignedID = "msg_1" }, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			d := base()
			tc.change(d)
			if got := bytes.Equal(dedupKey(d), same); got != tc.same {
				t.Errorf("the same delivery: %v", got)
			}
		})
	}
	one, two := base(), base()
	one.SignedID, two.SignedID, two.Body = "msg_1", "msg_1", []byte("a=2")
	if !bytes.Equal(dedupKey(one), dedupKey(two)) {
		t.Error("a signed delivery that is repeated under its id is another one")
	}
}
