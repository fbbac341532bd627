package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/google/uuid"

	"opendoor/internal/gather"
	"opendoor/offboarding"
)

// togetherLimit bounds one batch at the database; a hand has 15 s in all.
const (
	togetherMost  = 64
	togetherLimit = 8 * time.Second
)

// togetherStore is a Store for hands that work side by side: what they ask for
// at the same moment is one statement. A lone hand is served at once. In a
// transaction everything is as it was.
type togetherStore struct {
	offboarding.Store
	claims   *gather.Group[claimed, *offboarding.Effect]
	events   *gather.Group[uuid.UUID, *offboarding.Event]
	cases    *gather.Group[uuid.UUID, *offboarding.Case]
	messages *gather.Group[uuid.UUID, *offboarding.Message]
	texts    *gather.Group[text, *offboarding.LetterText]
	stopped  *gather.Group[stop, bool]
	fences   *gather.Group[offboarding.Fenced, struct{}]
	kept     *gather.Group[offboarding.KeptLetter, struct{}]
	sent     *gather.Group[offboarding.SentLetter, struct{}]

	mu       sync.Mutex
	asked    time.Time // when it was last read whether sending is switched off
	paused   string
	unpaused error // ErrNotFound: it is not
}

type claimed struct {
	id    uuid.UUID
	now   time.Time
	lease time.Duration
}

// text is an operator's text of a letter, as it is now.
type text struct {
	code string
	lang offboarding.Lang
}

type stop struct {
	hash string
	ch   offboarding.Channel
}

// Together returns s for the use of workers.
func Together(s offboarding.Store) offboarding.Store {
	t := &togetherStore{Store: s}
	t.claims = gather.New(togetherMost, togetherLimit, t.claimAll)
	t.events = lookup(s.EventsByID)
	t.cases = lookup(s.CasesByID)
	t.messages = lookup(s.MessagesByID)
	t.texts = gather.New(togetherMost, togetherLimit, t.eachText)
	t.stopped = gather.New(togetherMost, togetherLimit, t.stoppedAmong)
	t.fences = gather.New(togetherMost, togetherLimit, t.fenceAll)
	t.kept = oneForAll(s.KeepLetters)
	t.sent = oneForAll(s.LettersSent)
	return t
}

// lookup gathers readings by id; an id without a row is ErrNotFound. Two who
// ask for one row get a copy each.
func lookup[T any](read func(context.Context, []uuid.UUID) (map[uuid.UUID]*T, error)) *gather.Group[uuid.UUID, *T] {
	return gather.New(togetherMost, togetherLimit, func(ctx context.Context, ids []uuid.UUID) ([]*T, []error) {
		found, err := read(ctx, ids)
		if err != nil {
			return nil, gather.All(len(ids), err)
		}
		out, errs := make([]*T, len(ids)), make([]error, len(ids))
		given := map[uuid.UUID]bool{}
		for i, id := range ids {
			row, ok := found[id]
			switch {
			case !ok:
				errs[i] = offboarding.ErrNotFound
			case given[id]:
				// What lies behind pointers and maps would be shared: the second reads again.
				again, err := read(ctx, []uuid.UUID{id})
				if out[i], errs[i] = again[id], err; err == nil && out[i] == nil {
					errs[i] = offboarding.ErrNotFound
				}
			default:
				out[i], given[id] = row, true
			}
		}
		return out, errs
	})
}

// oneForAll gathers writes. When the batch fails, each is tried alone, so that
// one bad row is nobody else's trouble.
func oneForAll[T any](write func(context.Context, []T) error) *gather.Group[T, struct{}] {
	return gather.New(togetherMost, togetherLimit, func(ctx context.Context, batch []T) ([]struct{}, []error) {
		err := write(ctx, batch)
		if err == nil {
			return nil, nil
		}
		if len(batch) == 1 {
			return nil, []error{err}
		}
		errs := make([]error, len(batch))
		for i := range batch {
			errs[i] = write(ctx, batch[i:i+1])
		}
		return nil, errs
	})
}

func (t *togetherStore) claimAll(ctx context.Context, batch []claimed) ([]*offboarding.Effect, []error) {
	ids := make([]uuid.UUID, 0, len(batch))
	last := batch[0]
	for _, c := range batch {
		ids = append(ids, c.id)
		if c.now.After(last.now) { // by the first one's clock, what was ordered a moment later would not be due
			last = c
		}
	}
	found, err := t.ClaimAll(ctx, ids, last.now, last.lease)
	if err != nil && len(found) == 0 {
		return nil, gather.All(len(batch), err)
	}
	out, errs := make([]*offboarding.Effect, len(batch)), make([]error, len(batch))
	for i, id := range ids {
		ef, ok := found[id]
		if !ok {
			errs[i] = offboarding.ErrNotFound
			continue
		}
		out[i] = ef
		delete(found, id) // two rings for one row: one has it
	}
	return out, errs
}

// eachText reads each text once, however many letters want it.
func (t *togetherStore) eachText(ctx context.Context, batch []text) ([]*offboarding.LetterText, []error) {
	out, errs := make([]*offboarding.LetterText, len(batch)), make([]error, len(batch))
	first := map[text]int{}
	for i, of := range batch {
		j, read := first[of]
		if !read {
			first[of] = i
			out[i], errs[i] = t.Store.LetterText(ctx, of.code, of.lang, 0)
			continue
		}
		if errs[i] = errs[j]; out[j] != nil {
			own := *out[j]
			out[i] = &own
		}
	}
	return out, errs
}

func (t *togetherStore) stoppedAmong(ctx context.Context, batch []stop) ([]bool, []error) {
	hashes := map[offboarding.Channel][][]byte{}
	for _, s := range batch {
		hashes[s.ch] = append(hashes[s.ch], []byte(s.hash))
	}
	out := make([]bool, len(batch))
	for ch, of := range hashes {
		found, err := t.SuppressedAmong(ctx, of, ch)
		if err != nil {
			return nil, gather.All(len(batch), err)
		}
		for i, s := range batch {
			out[i] = out[i] || s.ch == ch && found[s.hash]
		}
	}
	return out, nil
}

// fenceAll opens the fence for effects that ask for the same in one statement.
func (t *togetherStore) fenceAll(ctx context.Context, batch []offboarding.Fenced) ([]struct{}, []error) {
	alike := map[string][]offboarding.Fenced{}
	for _, l := range batch {
		asks := fmt.Sprint(l.Cond.NotStates, l.Cond.Letter, l.Cond.Owed)
		alike[asks] = append(alike[asks], l)
	}
	opened, failed := map[uuid.UUID]bool{}, map[uuid.UUID]error{}
	for _, letters := range alike {
		some, err := t.FenceAll(ctx, letters)
		maps.Copy(opened, some)
		for _, l := range letters {
			failed[l.Effect.ID] = err
		}
	}
	errs := make([]error, len(batch))
	for i, l := range batch {
		switch {
		case failed[l.Effect.ID] != nil:
			errs[i] = failed[l.Effect.ID]
		case !opened[l.Effect.ID]:
			errs[i] = offboarding.ErrFenced
		}
	}
	return nil, errs
}

// Claim claims together with others.
func (t *togetherStore) Claim(ctx context.Context, id uuid.UUID, now time.Time, lease time.Duration) (*offboarding.Effect, error) {
	return t.claims.Do(ctx, claimed{id, now, lease})
}

// Event reads an event of any account together with others.
func (t *togetherStore) Event(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*offboarding.Event, error) {
	if scope != nil {
		return t.Store.Event(ctx, scope, id)
	}
	return t.events.Do(ctx, id)
}

// Case reads a case of any account together with others.
func (t *togetherStore) Case(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*offboarding.Case, error) {
	if scope != nil {
		return t.Store.Case(ctx, scope, id)
	}
	return t.cases.Do(ctx, id)
}

// Message reads a letter of any account together with others.
func (t *togetherStore) Message(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*offboarding.Message, error) {
	if scope != nil {
		return t.Store.Message(ctx, scope, id)
	}
	return t.messages.Do(ctx, id)
}

// LetterText reads the newest text of a letter together with others.
func (t *togetherStore) LetterText(ctx context.Context, code string, lang offboarding.Lang, version int) (*offboarding.LetterText, error) {
	if version != 0 {
		return t.Store.LetterText(ctx, code, lang, version)
	}
	return t.texts.Do(ctx, text{code, lang})
}

// Suppressed asks the stop list together with others.
func (t *togetherStore) Suppressed(ctx context.Context, hash []byte, ch offboarding.Channel) (bool, error) {
	return t.stopped.Do(ctx, stop{string(hash), ch})
}

// Fence opens the fence together with others.
func (t *togetherStore) Fence(ctx context.Context, e *offboarding.Effect, cond offboarding.FenceConditions) error {
	if cond.House || cond.ConsentHash != nil || cond.RefusalHash != nil { // asks what FenceAll does not
		return t.Store.Fence(ctx, e, cond)
	}
	_, err := t.fences.Do(ctx, offboarding.Fenced{Effect: e, Cond: cond})
	return err
}

// KeepLetters stores letters together with those of others.
func (t *togetherStore) KeepLetters(ctx context.Context, letters []offboarding.KeptLetter) error {
	var errs []error
	for _, l := range letters {
		_, err := t.kept.Do(ctx, l)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// LettersSent writes letters down as sent together with those of others.
func (t *togetherStore) LettersSent(ctx context.Context, letters []offboarding.SentLetter) error {
	var errs []error
	for _, l := range letters {
		_, err := t.sent.Do(ctx, l)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Setting answers from memory for a moment whether sending is switched off:
// every letter and every write asks, and the fence asks again.
func (t *togetherStore) Setting(ctx context.Context, name string) (string, error) {
	if name != offboarding.SettingSendingPaused {
		return t.Store.Setting(ctx, name)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.asked) > recentFor {
		why, err := t.Store.Setting(ctx, name)
		if err != nil && !offboarding.IsKind(err, offboarding.KindNotFound) {
			return "", err
		}
		t.paused, t.unpaused, t.asked = why, err, time.Now()
	}
	return t.paused, t.unpaused
}
