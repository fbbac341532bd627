package offboarding

import "time"

// Clock tells two times: Now is the one by which letters fall due, windows open
// and dates are counted; Wall is real time, by which leases run, CRMs limit and
// retries wait. They differ under OPENDOOR_CLOCK, where Now runs Rate times as
// fast.
type Clock struct {
	Now  func() time.Time
	Wall func() time.Time
	Rate float64
}

// RealClock returns a clock that tells one time.
func RealClock() Clock { return Clock{Now: time.Now, Wall: time.Now, Rate: 1} }

// In returns the due time that comes after d of real time.
func (c Clock) In(d time.Duration) time.Time {
	return c.Now().Add(time.Duration(float64(d) * c.Rate))
}

// Due turns a moment of real time into a due time.
func (c Clock) Due(wall time.Time) time.Time { return c.In(wall.Sub(c.Wall())) }
