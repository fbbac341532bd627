package offboarding_test

import (
	"testing"

	od "opendoor/offboarding"
)

func TestAReasonGivenByHandCountsWhenItIsACode(t *testing.T) {
	h := newHouse(t)
	for _, tc := range []struct {
		email, given string
		want         od.StatedReason
	}{
		{"anna@example.com", "contact.slow", od.StatedReason{Code: "contact.slow", Source: "manager"}},
		{"petr@example.com", "позвонил и ушёл", od.StatedReason{}},
	} {
		c, err := h.desk.Open(t.Context(), nil, od.NewCaseRequest{AccountID: h.acc.ID, Initiator: od.ByClient, Client: od.Client{Name: "Анна", Email: tc.email}, Reason: tc.given}, "key:office")
		if err != nil {
			t.Fatal(err)
		}
		if c.Reason != tc.want || c.Note != tc.given {
			t.Errorf("%q became %+v, note %q", tc.given, c.Reason, c.Note)
		}
	}
}
