package config

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestClockRunsFasterFromItsStart(t *testing.T) {
	tests := map[string]struct {
		setting string
		want    func(began time.Time) time.Time // after ten real seconds
	}{
		"real time":       {want: func(began time.Time) time.Time { return began.Add(10 * time.Second) }},
		"start and rate":  {setting: "start=2026-03-02T09:00:00+03:00,rate=60", want: func(time.Time) time.Time { return time.Date(2026, 3, 2, 6, 10, 0, 0, time.UTC) }},
		"start alone":     {setting: "start=2026-03-02T09:00:00Z", want: func(time.Time) time.Time { return time.Date(2026, 3, 2, 9, 0, 10, 0, time.UTC) }},
		"rate alone":      {setting: "rate=0.5", want: func(began time.Time) time.Time { return began.Add(5 * time.Second) }},
		"half a year a s": {setting: "rate=1e6", want: func(began time.Time) time.Time { return began.Add(1e7 * time.Second) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := loaded(t, map[string]string{"OPENDOOR_CLOCK": tt.setting})
				began := time.Now()
				now := c.Clock.Now()
				time.Sleep(10 * time.Second)
				if got, want := now(), tt.want(began); !got.Equal(want) || got.Location() != time.UTC {
					t.Errorf("it is %s, want %s", got, want.UTC())
				}
			})
		})
	}
}
