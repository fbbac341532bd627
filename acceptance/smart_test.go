package acceptance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"opendoor/integrations/bitrix24/bitrix24sim"
)

// items is a portal whose clients are items of a smart process.
type items struct{ *bitrix }

const itemType = 1036

func itemStage(code string) string { return "DT1036_30:" + code }

// smartItems connects a portal whose account chooses a smart process.
func (h *house) smartItems() items {
	h.t.Helper()
	b := bitrixPortal(h.t)
	b.sim.AddSmartProcess(itemType, 30, "Договоры обслуживания",
		bitrix24sim.Stage{Code: "NEW", Name: "Действует", Group: "process"}, bitrix24sim.Stage{Code: "SUCCESS", Name: "Исполнен", Group: "success"},
		bitrix24sim.Stage{Code: "FAIL", Name: "Расторгнут", Group: "failure"})
	h.connectBitrix(b, "live", policy)
	h.must("PATCH", "/accounts/"+b.ID, `{"triggers":[{"pipeline_id":"DT1036_30","stage_id":"DT1036_30:FAIL","means":"cancelled"}]}`, nil)
	b.sim.RemoveHandler(b.handler)
	return items{b}
}

func (i items) client() deal {
	i.t.Helper()
	i.ago.Store(int64(time.Hour))
	defer i.ago.Store(0)
	email := newAddress("smart")
	contact, err := i.sim.CreateContact(map[string]any{
		"NAME": "Мария", "LAST_NAME": "Примерова", "EMAIL": []any{map[string]any{"VALUE": email, "VALUE_TYPE": "WORK"}},
	}, 6)
	if err != nil {
		i.t.Fatal(err)
	}
	id, err := i.sim.CreateItem(itemType, map[string]any{"title": "Договор для " + email, "contactId": contact, "assignedById": 6}, 6)
	if err != nil {
		i.t.Fatal(err)
	}
	return deal{crm: i, account: i.ID, id: fmt.Sprintf("%d:%d", itemType, id), email: email}
}

func (i items) number(d deal) int {
	_, number, _ := strings.Cut(d.id, ":")
	id, err := strconv.Atoi(number)
	if err != nil {
		i.t.Fatal(err)
	}
	return id
}

func (i items) move(d deal, code string) {
	i.t.Helper()
	if err := i.sim.UpdateItem(itemType, i.number(d), map[string]any{"stageId": itemStage(code)}, 6); err != nil {
		i.t.Fatal(err)
	}
}

func (i items) cancel(d deal) { i.move(d, "FAIL") }

func (i items) written(d deal) written {
	w := written{state: "items have no fields of ours"}
	for _, n := range i.sim.ItemComments(itemType, i.number(d)) {
		if marks(n.Text) == "summary" {
			w.notes = append(w.notes, n.Text)
		}
	}
	for _, a := range i.sim.ItemActivities(itemType, i.number(d)) {
		if what := marks(a.Subject + " " + a.Text); what != "" {
			w.tasks = append(w.tasks, what)
		}
	}
	return w
}

func TestAnItemOfASmartProcessLeavesLikeADeal(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		b := h.smartItems()
		told, robot := b.client(), b.client()
		handler := b.sim.AddOutgoingWebhook(b.HookURL, applicationToken, "ONCRMDYNAMICITEMADD", "ONCRMDYNAMICITEMUPDATE", "ONCRMDYNAMICITEMDELETE")
		b.cancel(told)
		s := h.allTold(told)
		note := b.written(told).notes[0]
		h.answer(s, told, given("9"))
		h.eventually(func() error {
			if w := b.written(told); len(w.notes) != 1 || w.notes[0] == note || !slices.Contains(w.tasks, "answered") {
				return fmt.Errorf("written: %+v", w)
			}
			return nil
		})
		b.sim.RemoveHandler(handler) // from here on only the robot tells
		b.sim.AddRobot(itemStage("FAIL"), b.HookURL)
		b.cancel(robot)
		h.allTold(told, robot)
		h.invariantsHold()
	})
}

func TestItemsOfTypesThatNobodyChoseAreListedAndIgnored(t *testing.T) {
	h := serve(t)
	b := h.smartItems()
	h.must("PATCH", "/accounts/"+b.ID, `{"triggers":[]}`, nil)
	b.sim.AddOutgoingWebhook(b.HookURL, applicationToken)
	d := b.client()
	b.cancel(d)
	h.eventually(func() error {
		events := h.eventsOf(d)
		if len(events) < 2 {
			return fmt.Errorf("events %+v", events)
		}
		for _, e := range events {
			if e.Verdict != "ignored" {
				return fmt.Errorf("event %+v", e)
			}
		}
		return nil
	})
	var p struct {
		Items []struct {
			ID     string `json:"id"`
			Name   string `json:"name"`
			Stages []struct {
				ID string `json:"id"`
			} `json:"stages"`
		} `json:"items"`
	}
	h.must("GET", "/accounts/"+b.ID+"/pipelines", nil, &p)
	for _, line := range p.Items {
		if line.ID == "DT1036_30" && line.Name == "Договоры обслуживания" && len(line.Stages) == 3 {
			return
		}
	}
	t.Errorf("pipelines %+v", p)
}
