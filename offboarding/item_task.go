package offboarding

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// This file gives the owner of a thing that is missing a task, and
// ticks it off when the thing is there.

// wanted says who owes which item; one that is there, or nobody's, is not in it.
func wanted(items []*Item) map[uuid.UUID]string {
	out := map[uuid.UUID]string{}
	for _, it := range items {
		if it.HandedOver() && !it.There() && it.Owner != "" {
			out[it.ID] = it.Owner
		}
	}
	return out
}

// itemTasks orders tasks for what has become somebody's to bring, and ticks off
// those of what is there now. before is what was wanted.
func itemTasks(ctx context.Context, tx Store, f *Folder, before map[uuid.UUID]string, now time.Time) error {
	c := f.Case
	var out []Effect
	after := wanted(f.Items)
	for _, it := range f.Items {
		was, is := before[it.ID], after[it.ID]
		if was == is {
			continue
		}
		if was != "" {
			out = append(out, c.taskDone(now, itemTask(it, was))...)
		}
		if is == "" {
			continue
		}
		to := is
		if c.onCard() {
			id, err := ownerID(ctx, tx, c, is)
			if err != nil {
				return err
			}
			to = id
		}
		out = append(out, c.orderTask(TaskPayload{What: itemTask(it, is), Due: it.wantedBy(f, now), To: to, Text: f.itemTaskText(it)}, now)...)
	}
	return tx.AddEffects(ctx, out)
}

// itemTask is the stable name of a task; another owner gets another one.
func itemTask(it *Item, owner string) string {
	return "item-" + it.ID.String() + "-" + hashOf([]byte(foldHead(owner)))[:8]
}

// wantedBy is the day that was promised, else that of the handover.
func (it *Item) wantedBy(f *Folder, now time.Time) time.Time {
	due := endOfDay(f.Handover.DueOn, f.Account)
	if promised := endOfDay(it.PromisedOn, f.Account); it.PromisedOn != "" && promised.Before(due) {
		due = promised
	}
	if due.Before(now) {
		due = callBy(f.Account, now)
	}
	return due.UTC()
}

func (f *Folder) itemTaskText(it *Item) string {
	l := f.Account.Lang.Or(RU)
	text := fmt.Sprintf(pick(l, "Передача дел: не хватает «%s». Приложите файл или отметьте в opendoor, что всё собрано. Кто отвечает: %s.",
		"Handover: “%s” is missing. Attach the file in opendoor, or mark it as collected. Owner: %s."), it.Title, it.Owner)
	if it.MissingReason != "" {
		text += " " + pick(l, "Почему нет: ", "Why not: ") + it.MissingReason + "."
	}
	return text
}

// ownerID finds the owner of an item among the people of the contract: by id,
// e-mail or name. Whoever is not known there leaves the task to the responsible.
func ownerID(ctx context.Context, tx Store, c *Case, owner string) (string, error) {
	people := []Responsibility{{ID: c.Responsible.ID, Name: c.Responsible.Name, Email: c.Responsible.Email}}
	if c.Contract.RecordID != nil {
		k, err := tx.Contract(ctx, []uuid.UUID{c.AccountID}, *c.Contract.RecordID)
		if err := ignoreMissing(err); err != nil {
			return "", err
		}
		if k != nil {
			people = append(people, k.Responsibles...)
		}
	}
	owner = strings.TrimSpace(owner)
	i := slices.IndexFunc(people, func(r Responsibility) bool {
		return r.ID != "" && (r.ID == owner || sameText(r.Name, owner) || r.Email != "" && sameText(r.Email, owner))
	})
	if i < 0 {
		return "", nil
	}
	return people[i].ID, nil
}
