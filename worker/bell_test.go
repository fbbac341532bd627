package worker

import (
	"testing"
	"testing/synctest"
	"time"
)

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

// Letters hardly ever wait for room, so a place that is free is worth a look only
// when none is taken anyway.
func TestRoomIsToldOfUnlessTheDispatcherLooksMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBell()
		for range 3 {
			b.ringSoon()
		}
		if rung(b.due) {
			t.Error("rung at once")
		}
		time.Sleep(roomPause)
		synctest.Wait()
		if !rung(b.due) {
			t.Error("a place that is free was told to nobody")
		}
		b.ringSoon()
		b.looked.Add(1) // the dispatcher
		time.Sleep(roomPause)
		synctest.Wait()
		if rung(b.due) {
			t.Error("rung for what the look has seen")
		}
		b.ringSoon()
		time.Sleep(roomPause)
		synctest.Wait()
		if !rung(b.due) {
			t.Error("the next place that is free was told to nobody")
		}
	})
}
