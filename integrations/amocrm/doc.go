// Package amocrm connects amoCRM and Kommo, which are one program under two
// names. Read hook.go first (what webhooks say), then api.go (calls, limits,
// refusals), read.go, poll.go and the three that write: card.go, note.go,
// task.go.
//
// Two data models meet here: webhooks speak the old form-encoded one, the API
// speaks JSON of version 4 with other names.
package amocrm
