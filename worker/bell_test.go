package worker

import "testing"

func rung(ear chan struct{}) bool {
	select {
	case <-ear:
		return true
	default:
		return false
	}
}

// A hook asks for a look at the inbox; to look for what is due before it is
// unpacked finds nothing, and the next look then comes too late.
func TestAHookRingsTheInboxAndNotTheDispatcher(t *testing.T) {
	b := NewBell()
	b.Inbox().Ring()
	if !rung(b.inbox) || !rung(b.remoteInbox) || rung(b.due) || rung(b.remote) {
		t.Error("a hook must be heard at the inboxes, here and elsewhere, and nowhere else")
	}
	b.Ring()
	if !rung(b.inbox) || !rung(b.due) || !rung(b.remote) {
		t.Error("what is due must be heard everywhere")
	}
	b.ringHere()
	if !rung(b.due) || rung(b.inbox) || rung(b.remote) {
		t.Error("a place that is free concerns the dispatcher of this process")
	}
}
