package offboarding

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// This file asks once a quarter whether clients leave somebody of ours more
// often than chance explains, and asks who leads people to look into it. Nothing
// happens by itself, and nobody else is told (domain §10).

// lookDays is how many business days there are to look into a signal.
const lookDays = 10

// Looks evaluates the quarter that has ended, once per account. It returns how
// many signals ask for a look.
func (l *Learner) Looks(ctx context.Context) (int, error) {
	accounts, err := l.store.AllAccounts(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, acc := range accounts {
		found, err := l.look(ctx, acc)
		if n += found; err != nil {
			return n, err
		}
	}
	return n, nil
}

func (l *Learner) look(ctx context.Context, acc *Account) (int, error) {
	now := l.now()
	q := QuarterOf(now.In(acc.Location())).Before()
	setting, found := "signals_looked_at:"+acc.ID.String(), 0
	looked := func(s Store) (bool, error) {
		last, err := s.Setting(ctx, setting)
		return last >= q.String(), ignoreMissing(err) // 2026Q4 sorts behind 2026Q3
	}
	if done, err := looked(l.store); done || err != nil {
		return 0, err
	}
	signals, err := signalsOf(ctx, l.store, acc, q)
	if err != nil {
		return 0, err
	}
	err = l.store.InTx(ctx, func(tx Store) error {
		found = 0
		if done, err := looked(tx); done || err != nil { // another process was faster
			return err
		}
		for _, s := range signals {
			for _, e := range s.Employees {
				if e.All.Verdict != SignalLook && e.People.Verdict != SignalLook {
					continue
				}
				if err := lookInto(ctx, tx, acc, s.ServiceType, e.Employee, q, now); err != nil {
					return err
				}
				found++
			}
		}
		line := accountLine(acc.ID, ActorSystem, "employee_signals.evaluated", "the employee signals of "+q.String()+" were evaluated")
		if err := tx.Record(ctx, line); err != nil {
			return err
		}
		return tx.SetSetting(ctx, setting, q.String())
	})
	return found, err
}

// lookInto asks who leads people to look; whoever it is about is not asked.
func lookInto(ctx context.Context, tx Store, acc *Account, service string, who Responsibility, q Quarter, now time.Time) error {
	about := Responsible{ID: who.ID, Name: who.Name, Email: who.Email}
	owner, lang := acc.Policy.HRManager, acc.Lang.Or(RU)
	if owner.samePerson(about) {
		owner = Responsible{}
	}
	due := endOfDay(Day(acc.Calendar().Add(now, lookDays, acc.Location()), acc.Location()), acc)
	t := &Task{
		ID: NewID(), AccountID: acc.ID, Key: strings.Join([]string{"look", acc.ID.String(), q.String(), service, who.ID, who.Email, who.Name}, ":"),
		What: "look_into", Text: lookText(lang, who.Name, q), Owner: owner, About: about, Due: due.UTC(), CreatedAt: now.UTC(),
	}
	added, err := tx.AddTask(ctx, t)
	if err != nil || !added || !plainAddress(owner.Email) {
		return err
	}
	return post(ctx, tx, newLetter(acc, nil, acc.Lang, Recipient{owner.Name, owner.Email}, Letter{
		Template: I08, Due: now, Occasion: t.ID.String(),
		Vars: LookIntoSignal{Owner: owner.Name, Employee: who.Name, Period: q.Words(lang), DueOn: Day(due, acc.Location())},
	}))
}

func lookText(lang Lang, name string, q Quarter) string {
	return fmt.Sprintf(pick(lang,
		"За год до конца %s у сотрудника %s клиенты уходили чаще, чем можно объяснить случаем. Это повод посмотреть, а не вывод: результаты и состав клиентов, конфликты и как они решались, разговоры в команде, общение с клиентами, что говорит сам сотрудник.",
		"In the year up to the end of %s clients of %s left more often than chance explains. That is a reason to look, not a verdict: results and the mix of clients, conflicts and how they were settled, talk within the team, conduct with clients, the employee's own side of the story."),
		q.endWords(lang), name)
}

// Words is the year that the quarter ends, as a letter says it.
func (q Quarter) Words(lang Lang) string {
	return fmt.Sprintf(pick(lang, "год до конца %s", "the year up to the end of %s"), q.endWords(lang))
}

func (q Quarter) endWords(lang Lang) string {
	if lang == EN {
		return fmt.Sprintf("Q%d %d", q.N, q.Year)
	}
	return fmt.Sprintf("%s квартала %d года", [...]string{"I", "II", "III", "IV"}[q.N-1], q.Year)
}
