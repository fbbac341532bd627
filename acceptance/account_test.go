package acceptance

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"opendoor/integrations/amocrm/amocrmsim"
)

// typed runs a command of the program with answers on its standard input.
func (h *house) typed(lang, answers string, args ...string) (string, error) {
	h.t.Helper()
	cmd := exec.Command(binary(h.t), args...)
	cmd.Env = append(append(cleanEnviron(), h.env...), "OPENDOOR_DATA_DIR="+filepath.Join(h.dir, "cli"), "LANG="+lang)
	cmd.Stdin = strings.NewReader(answers)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// The dialogue connects a CRM with what a person types, shows what would have
// been caught and sees the test event arrive.
func TestACRMIsConnectedInADialogue(t *testing.T) {
	h := serve(t)
	a := amoAccount(t, func(c *amocrmsim.Config) { c.Seed = true })
	var touched sync.Once
	stop := make(chan struct{})
	defer close(stop)
	go func() { // a manager edits a deal as soon as the hook is there
		for {
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Millisecond):
			}
			if len(a.sim.Webhooks()) > 0 {
				touched.Do(func() { time.Sleep(time.Second); a.client() })
				return
			}
		}
	}()
	out, err := h.typed("ru_RU.UTF-8", strings.Join([]string{"амо", "amocrm", "Ромашка", a.url, a.sim.Info().AccessToken, "4", "1", ""}, "\n"), "account", "add", "--wait", "1m")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"Какая CRM", "Выберите: amocrm, bitrix24, generic", "Обслуживание", "← клиент ушёл: ", "За последние 90 дней", "Поля сделки: всего ", "Вебхук: подключён", "Событие пришло: сделка ", "4. Ждём первое событие", "теневом режиме"} {
		if !strings.Contains(out, want) {
			t.Errorf("the dialogue lacks %q:\n%s", want, out)
		}
	}
	list, err := h.typed("en", "", "account", "list")
	if err != nil || !strings.Contains(list, "Ромашка") || !strings.Contains(list, "shadow") {
		t.Errorf("account list: %v\n%s", err, list)
	}
	id := strings.Fields(strings.Split(list, "\n")[1])[0]
	if out, err := h.typed("en", "", "account", "check", id); err != nil || !strings.Contains(out, "ok ") {
		t.Errorf("account check: %v\n%s", err, out)
	}
	if out, err := h.typed("en", "no\n", "account", "setup", id, "--undo", "--delete-fields"); err != nil || !strings.Contains(out, "Nothing was changed") {
		t.Errorf("undo that is declined: %v\n%s", err, out)
	}
	if out, err := h.typed("en", "", "account", "setup", id, "--undo"); err != nil || !strings.Contains(out, "removed") || len(a.sim.Webhooks()) != 0 {
		t.Errorf("undo: %v\n%s", err, out)
	}
}

// The form of an outbound webhook shows its token only after it was saved: the
// dialogue asks for it then, and steps are counted as they come.
func TestADialogueAsksForTheTokenOfTheOutboundWebhook(t *testing.T) {
	h := serve(t)
	b := bitrixPortal(t)
	dialogue := func(more ...string) string {
		answers := append([]string{"bitrix24", "Портал", b.sim.WebhookURL(b.url), "1"}, more...)
		out, err := h.typed("ru_RU.UTF-8", strings.Join(answers, "\n")+"\n", "account", "add", "--wait", "0s")
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return out
	}
	dialogue(applicationToken)
	dialogue("") // later
	var all struct {
		Items []struct {
			Keys []string `json:"credential_keys"`
		}
	}
	h.must("GET", "/accounts", nil, &all)
	for i, keys := range []int{1, 2} { // newest first
		if len(all.Items[i].Keys) != keys {
			t.Errorf("account %d knows %v", i, all.Items[i].Keys)
		}
	}
	out, err := h.typed("ru_RU.UTF-8", "generic\n\nwhsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", "account", "add", "--wait", "0s")
	if err != nil || !strings.Contains(out, "2. Готовим приём событий") || !strings.Contains(out, "3. Ждём первое событие") || strings.Contains(out, "can sign") {
		t.Errorf("generic: %v\n%s", err, out)
	}
}

// Without a terminal everything comes from flags.
func TestACRMIsConnectedByFlags(t *testing.T) {
	h := serve(t)
	b := bitrixPortal(t)
	flags := []string{
		"account", "add", "--yes", "--provider", "bitrix24", "--name", "Portal", "--credential", "webhook_url=" + b.sim.WebhookURL(b.url),
		"--credential", "application_token=" + applicationToken, "--wait", "0s",
	}
	out, err := h.typed("en_GB.UTF-8", "", flags...)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"to be made by hand", "ONCRMDEALUPDATE", "Nothing has come yet", "shadow mode"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	for name, tt := range map[string]struct {
		args []string
		says string
	}{
		"an answer is missing":    {[]string{"account", "add", "--yes", "--provider", "amocrm"}, "--yes"},
		"the input ends":          {[]string{"account", "add"}, "input ended"},
		"a credential without =":  {append(flags, "--credential", "x"), "name=value"},
		"what the server refuses": {[]string{"account", "add", "--yes", "--provider", "generic", "--name", "x", "--credential", "secret=abc"}, "credentials.secret"},
		"an id that is none":      {[]string{"account", "setup", "17"}, "not the id"},
		"nobody answers":          {[]string{"account", "list", "--url", "http://127.0.0.1:1", "--key", "k"}, "no answer"},
	} {
		if out, err := h.typed("en", "", tt.args...); err == nil || !strings.Contains(out, tt.says) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	var all struct{ Items []account }
	h.must("GET", "/accounts", nil, &all)
	if len(all.Items) != 1 {
		t.Error(fmt.Sprint("accounts: ", len(all.Items)))
	}
}
