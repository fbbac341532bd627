// Package bitrix24 speaks to a Bitrix24 portal through a pair of webhooks: an
// outgoing one that tells us of events, and an incoming one through which deals
// are read and results written.
//
// A body of Bitrix24 carries ids only and is never sent again, so everything is
// read back, and what was lost is found in the history of stages.
package bitrix24
