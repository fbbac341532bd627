package amocrmsim

import (
	"fmt"
	"time"
)

// NewCustomer is a periodic client for CreateCustomer.
type NewCustomer struct {
	Name        string
	NextDate    time.Time // when the next purchase is expected
	Periodicity int64     // days between purchases
	NextPrice   int64
	Responsible int64
	ContactID   int64
	ByUser      int64
}

// CreateCustomer adds a customer as a user would.
func (s *Sim) CreateCustomer(n NewCustomer) (int64, error) {
	data := map[string]any{"name": n.Name}
	setInts(data, map[string]int64{
		"next_date": n.NextDate.Unix(), "periodicity": n.Periodicity, "next_price": n.NextPrice, "responsible_user_id": n.Responsible,
	})
	id, err := s.userCreates(kindCustomers, data, n.ByUser)
	if err != nil || n.ContactID == 0 {
		return id, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(kindCustomers, id)
	e.links = append(e.links, link{kind: kindContacts, id: n.ContactID})
	return id, nil
}

// BuyAgain expects a customer's next purchase on another day, as a purchase does.
func (s *Sim) BuyAgain(customerID int64, next time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(kindCustomers, customerID)
	if e == nil {
		return fmt.Errorf("customer %d: %w", customerID, ErrUnknown)
	}
	at := next.Unix()
	a := &act{by: ManagerIDs()[0], at: s.unix()}
	s.apply(a, e, &patch{nextDate: &at})
	s.finish(a)
	return nil
}
