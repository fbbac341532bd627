// Package offboarding holds the rules of parting with clients well: what
// arrives from a CRM, what it means, how a case moves, what is sent to whom
// and why not. It knows neither HTTP nor SQL nor any CRM; what it needs from
// outside it declares in ports.go. Values come in, rows and effects go out.
package offboarding
