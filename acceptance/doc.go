// Package acceptance drives the built program from outside, by nothing but the
// names of the contract: commands, settings, addresses and JSON. The simulated
// CRMs, a mail server and everything that breaks stand around it.
package acceptance
