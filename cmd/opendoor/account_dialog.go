package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// dialog leads an administrator through connecting a CRM. It uses the HTTP API
// alone: what it does can be done by any other program.
type dialog struct {
	answers
	api *apiClient
	in  *bufio.Reader
	out io.Writer
	ru  bool

	steps int // that were headed so far
}

func newDialog(e *env, api *apiClient, a answers) *dialog {
	return &dialog{answers: a, api: api, in: bufio.NewReader(e.in), out: e.out, ru: speaksRussian(e.environ)}
}

// speaksRussian reads LC_ALL, LC_MESSAGES and LANG, in the order in which they count.
func speaksRussian(environ []string) bool {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		for _, v := range environ {
			if value, ok := strings.CutPrefix(v, name+"="); ok && value != "" {
				return strings.HasPrefix(strings.ToLower(value), "ru")
			}
		}
	}
	return false
}

func (d *dialog) say(ru, en string, args ...any) {
	if !d.ru {
		ru = en
	}
	fmt.Fprintf(d.out, ru+"\n", args...)
}

func (d *dialog) either(ru, en string) string {
	if d.ru {
		return ru
	}
	return en
}

// step heads the next step. They are counted as they come: not every source has all of them.
func (d *dialog) step(ru, en string) {
	d.steps++
	fmt.Fprintf(d.out, "\n%d. %s\n", d.steps, d.either(ru, en))
}

// ask asks until something is answered; an empty answer takes otherwise.
func (d *dialog) ask(question, otherwise string) (string, error) {
	if d.yes {
		if otherwise == "" {
			return "", fmt.Errorf("%w: with --yes this must be given by a flag: %s", errUsage, question)
		}
		return otherwise, nil
	}
	for {
		fmt.Fprint(d.out, question)
		if otherwise != "" {
			fmt.Fprintf(d.out, " [%s]", otherwise)
		}
		fmt.Fprint(d.out, ": ")
		line, err := d.in.ReadString('\n')
		line = strings.TrimSpace(line)
		switch {
		case line != "":
			return line, nil
		case errors.Is(err, io.EOF):
			fmt.Fprintln(d.out)
			return "", errInputEnded
		case err != nil:
			return "", fmt.Errorf("read the answer: %w", err)
		case otherwise != "":
			return otherwise, nil
		}
	}
}

// choose asks for one of the choices.
func (d *dialog) choose(question string, choices []string, otherwise string) (string, error) {
	for {
		got, err := d.ask(question, otherwise)
		if err != nil {
			return "", err
		}
		if got = strings.ToLower(got); slices.Contains(choices, got) {
			return got, nil
		}
		d.say("Выберите: %s.", "Choose one of: %s.", strings.Join(choices, ", "))
	}
}

// add connects a new account and prepares it.
func (d *dialog) add(ctx context.Context) error {
	d.say("Подключим CRM к opendoor. До включения боевого режима ничего не отправляется и в CRM, кроме полей и вебхука, не пишется.",
		"Let us connect a CRM to opendoor. Until live mode is switched on nothing is sent, and nothing but fields and hook is made in the CRM.")
	acc, err := d.create(ctx)
	if err != nil {
		return err
	}
	d.say("\nПодключение создано: %s", "\nThe account is created: %s", acc.ID)
	return d.prepare(ctx, acc)
}

// again prepares an account that is there.
func (d *dialog) again(ctx context.Context, id uuid.UUID) error {
	var acc apiAccount
	if err := d.api.call(ctx, "GET", "/accounts/"+id.String(), nil, &acc); err != nil {
		return err
	}
	return d.prepare(ctx, acc)
}

// credentialOf is what each kind of source needs to be let in.
var credentialOf = map[string]string{"amocrm": "access_token", "bitrix24": "webhook_url", "generic": "secret"}

func (d *dialog) create(ctx context.Context) (acc apiAccount, err error) {
	if d.provider == "" {
		d.provider, err = d.choose(d.either("Какая CRM: amocrm (и Kommo), bitrix24 или generic", "Which CRM: amocrm (and Kommo), bitrix24 or generic"),
			[]string{"amocrm", "bitrix24", "generic"}, "")
	}
	if err == nil && d.name == "" {
		d.name, err = d.ask(d.either("Как назвать подключение", "What should the connection be called"), d.provider)
	}
	if err == nil && d.provider == "amocrm" && d.baseURL == "" {
		d.baseURL, err = d.ask(d.either("Адрес аккаунта, например https://romashka.amocrm.ru", "Address of the account, such as https://romashka.kommo.com"), "")
	}
	given := map[string]string{}
	for _, s := range d.credentials {
		if err != nil {
			return acc, err
		}
		var name, value string
		name, value, err = credential(s)
		given[name] = value
	}
	if err == nil {
		err = d.askCredential(given)
	}
	if err != nil {
		return acc, err
	}
	lang := d.lang
	if lang == "" {
		lang = d.either("ru", "en")
	}
	body := map[string]any{"provider": d.provider, "name": d.name, "credentials": given, "lang": lang, "mode": "shadow"}
	if d.baseURL != "" {
		body["base_url"] = d.baseURL
	}
	if d.timeZone != "" {
		body["time_zone"] = d.timeZone
	}
	return acc, d.api.call(ctx, "POST", "/accounts", body, &acc)
}

// askCredential asks for the secret that lets us in, and says where it is found.
func (d *dialog) askCredential(given map[string]string) error {
	name := credentialOf[d.provider]
	if name == "" || given[name] != "" || given["client_id"] != "" {
		return nil
	}
	switch d.provider {
	case "amocrm":
		d.say("Нужен долгосрочный токен: Интеграции → создать частную интеграцию → «Ключи и доступы» → долгосрочный токен. Выпустить его должен администратор.",
			"A long-lived token is needed: Integrations → create a private integration → its keys → long-lived token, made by an administrator.")
	case "bitrix24":
		d.say("Нужен входящий вебхук администратора: «Разработчикам» → «Другое» → «Входящий вебхук», права crm и user_basic. Скопируйте его адрес целиком.",
			"An inbound webhook of an administrator is needed: Developer resources → Other → Inbound webhook, scopes crm and user_basic. Copy its whole address.")
	case "generic":
		d.say("Нужен общий секрет: whsec_ и base64, например вывод команды: echo whsec_$(openssl rand -base64 32)",
			"A shared secret is needed: whsec_ and base64, such as the output of: echo whsec_$(openssl rand -base64 32)")
	}
	value, err := d.ask(d.either("Вставьте его (или @файл, чтобы он не остался на экране)", "Paste it (or @file, so that it does not stay on the screen)"), "")
	if err != nil {
		return err
	}
	given[name], err = secretOf(value)
	return err
}

// prepare leads through the steps of setup. Each can be left and repeated:
// `account setup ID` begins here.
func (d *dialog) prepare(ctx context.Context, acc apiAccount) error {
	if acc.Status == "reauth_needed" && acc.Authorize != "" {
		d.say("Откройте ссылку и подтвердите доступ, затем повторите opendoor account setup %s:\n%s", "Open this link and grant access, then run opendoor account setup %s:\n%s", acc.ID, acc.Authorize)
		return nil
	}
	d.step("Проверяем доступ", "Trying the credential")
	ok, err := d.check(ctx, acc, []string{"hook", "fields", "application_token"}) // these come next
	if err != nil {
		return err
	}
	if !ok {
		d.say("Не всё в порядке. Это можно поправить и позже: opendoor account setup %s", "Not everything is well. It can be mended later: opendoor account setup %s", acc.ID)
	}
	if acc.Provider != "generic" {
		if err := d.stages(ctx, acc); err != nil {
			return err
		}
	}
	return d.setup(ctx, acc)
}

// check prints a live check and tells whether all of it but the lines without
// is well.
func (d *dialog) check(ctx context.Context, acc apiAccount, without []string) (bool, error) {
	var res apiCheck
	if err := d.api.call(ctx, "POST", "/accounts/"+acc.ID.String()+"/check", nil, &res); err != nil {
		return false, err
	}
	well := true
	for _, it := range res.Items {
		if slices.Contains(without, it.Name) {
			continue
		}
		well = well && it.OK
		mark := "ok  "
		if !it.OK {
			mark = "FAIL"
		}
		fmt.Fprintf(d.out, "   %s  %s %s: %s\n", mark, acc.Name, it.Name, sentences(it.Detail, it.Advice))
	}
	return well, nil
}

// choice is a stage in the numbered list.
type choice struct{ pipeline, stage string }

// stages settles what counts as a cancellation.
func (d *dialog) stages(ctx context.Context, acc apiAccount) error {
	d.step("Что считать уходом клиента", "What counts as a cancellation")
	var p apiPreview
	if err := d.api.call(ctx, "POST", "/accounts/"+acc.ID.String()+"/setup/preview", map[string]any{}, &p); err != nil {
		return err
	}
	var all []choice
	for _, pipe := range p.Pipelines {
		fmt.Fprintf(d.out, "   %s\n", pipe.Name)
		for _, s := range pipe.Stages {
			all = append(all, choice{pipe.ID, s.ID})
			fmt.Fprintf(d.out, "   %3d  %s", len(all), s.Name)
			if g := s.Suggestion; g != nil {
				doubt := ""
				if !g.Sure {
					doubt = "?"
				}
				fmt.Fprintf(d.out, "  ← %s%s: %s", d.meaning(g.Means), doubt, g.Why)
			}
			if s.Caught > 0 {
				fmt.Fprintf(d.out, " (%d)", s.Caught)
			}
			fmt.Fprintln(d.out)
		}
	}
	d.caught(p)
	how, err := d.choose(d.either("Взять предложенное (1), любой проигрыш по правилам CRM (2), выбрать самим (3)", "Take what is suggested (1), the CRM's own “lost” everywhere (2), choose (3)"),
		[]string{"1", "2", "3"}, "1")
	if err != nil {
		return err
	}
	triggers := p.Triggers
	switch how {
	case "2":
		triggers = []apiTrigger{}
	case "3":
		if triggers, err = d.pick(all); err != nil {
			return err
		}
		var chosen apiPreview
		if err := d.api.call(ctx, "POST", "/accounts/"+acc.ID.String()+"/setup/preview", map[string]any{"triggers": triggers}, &chosen); err != nil {
			return err
		}
		d.caught(chosen)
	}
	return d.api.call(ctx, "PATCH", "/accounts/"+acc.ID.String(), map[string]any{"triggers": triggers}, nil)
}

func (d *dialog) caught(p apiPreview) {
	more := ""
	if p.Caught.More {
		more = d.either(" или больше", " or more")
	}
	d.say("   За последние %d дней это поймало бы сделок: %d%s", "   In the last %d days this would have caught deals: %d%s", p.Days, p.Caught.Count, more)
	for _, ex := range p.Caught.Examples {
		fmt.Fprintf(d.out, "     %s  № %s  %s\n", ex.At.Format(time.DateOnly), ex.DealID, ex.Title)
	}
}

// pick reads numbers of the list.
func (d *dialog) pick(all []choice) ([]apiTrigger, error) {
	for {
		line, err := d.ask(d.either("Номера этапов, которые значат «клиент ушёл», через запятую", "Numbers of the stages that mean “the client has left”, with commas"), "")
		if err != nil {
			return nil, err
		}
		var out []apiTrigger
		good := true
		for _, word := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
			n, err := strconv.Atoi(word)
			if good = good && err == nil && n >= 1 && n <= len(all); good {
				out = append(out, apiTrigger{all[n-1].pipeline, all[n-1].stage, "cancelled"})
			}
		}
		if good && len(out) > 0 {
			return out, nil
		}
		d.say("Числа от 1 до %d.", "Numbers from 1 to %d.", len(all))
	}
}

// setup makes fields and hook and waits for the first event.
func (d *dialog) setup(ctx context.Context, acc apiAccount) error {
	if acc.Provider == "generic" {
		d.step("Готовим приём событий", "Preparing to take events")
	} else {
		d.step("Готовим CRM: права, поля, вебхук", "Preparing the CRM: rights, fields, hook")
	}
	var s apiSetup
	if err := d.api.call(ctx, "POST", "/accounts/"+acc.ID.String()+"/setup", nil, &s); err != nil {
		return err
	}
	for _, r := range s.Rights {
		mark := d.either("есть", "yes")
		if !r.OK {
			mark = d.either("нет", "no")
		}
		fmt.Fprintf(d.out, "   %-4s %s: %s\n", mark, r.Name, r.Detail)
	}
	made := 0
	for _, f := range s.Fields {
		if f.Created {
			made++
		}
	}
	if acc.Provider != "generic" {
		d.say("   Поля сделки: всего %d, создано %d", "   Fields of the deal: %d in all, %d created", len(s.Fields), made)
	}
	d.say("   Вебхук: %s (%s)", "   Hook: %s (%s)", d.hookState(s.Hook.State), s.Hook.URL)
	for _, line := range s.Advice {
		fmt.Fprintf(d.out, "   • %s\n", line)
	}
	if err := d.token(ctx, acc); err != nil {
		return err
	}
	if err := d.await(ctx, acc, s); err != nil {
		return err
	}
	d.say("\nГотово. Подключение работает в теневом режиме: смотрите дела, ничего не отправляется.\nВключить боевой режим: PATCH /api/v1/accounts/%s {\"mode\":\"live\"}",
		"\nDone. The account works in shadow mode: look at the cases, nothing is sent.\nTo go live: PATCH /api/v1/accounts/%s {\"mode\":\"live\"}", acc.ID)
	return nil
}

func (d *dialog) hookState(state string) string {
	names := map[string][2]string{
		"subscribed": {"подключён", "subscribed"}, "already_subscribed": {"уже подключён", "subscribed already"},
		"by_hand": {"нужно подключить вручную", "to be made by hand"}, "unsubscribed": {"отключён", "removed"},
	}
	if n, ok := names[state]; ok {
		return d.either(n[0], n[1])
	}
	return state
}

// token asks for what the form of a Bitrix24 outbound webhook shows only after
// it was saved: without it the test event would be refused.
func (d *dialog) token(ctx context.Context, acc apiAccount) error {
	if acc.Provider != "bitrix24" || d.yes || !slices.Contains(acc.CredentialKeys, "webhook_url") || slices.Contains(acc.CredentialKeys, "application_token") {
		return nil
	}
	later := d.either("позже", "later")
	value, err := d.ask(d.either("Вставьте токен приложения из формы исходящего вебхука (или @файл)", "Paste the application token from the form of the outbound webhook (or @file)"), later)
	if errors.Is(err, errInputEnded) || err == nil && value == later {
		return nil
	}
	if err == nil {
		value, err = secretOf(value)
	}
	if err != nil {
		return err
	}
	return d.api.call(ctx, "PATCH", "/accounts/"+acc.ID.String(), map[string]any{"credentials": map[string]string{"application_token": value}}, nil)
}

// meaning says what a stage means.
func (d *dialog) meaning(means string) string {
	names := map[string]string{"cancelled": "клиент ушёл", "returned": "клиент вернулся", "proposed_refusal": "кандидат на отказ"}
	if ru, known := names[means]; known {
		return d.either(ru, strings.ReplaceAll(means, "_", " "))
	}
	return means
}

// happening says what kind of event has come.
func (d *dialog) happening(kind string) string {
	names := map[string]string{
		"deal.added": "сделка создана", "deal.updated": "сделка изменена", "deal.stage_changed": "сделка перешла на другой этап",
		"deal.deleted": "сделка удалена", "deal.restored": "сделка восстановлена", "deal.responsible_changed": "у сделки новый ответственный",
		"deal.note": "примечание к сделке", "other": "прочее",
	}
	if ru, known := names[kind]; known {
		return d.either(ru, kind)
	}
	return kind
}

const awaitEvery = time.Second

// await waits for the test event. Whoever does not want to wait loses nothing:
// the server goes on waiting.
func (d *dialog) await(ctx context.Context, acc apiAccount, s apiSetup) error {
	d.step("Ждём первое событие", "Waiting for the first event")
	if s.TestEvent.Advice != "" {
		fmt.Fprintf(d.out, "   %s\n", s.TestEvent.Advice)
	}
	deadline := time.Now().Add(d.wait)
	for s.TestEvent.State == "waiting" && time.Now().Before(deadline) && ctx.Err() == nil {
		select {
		case <-ctx.Done(): // Ctrl-C: enough of waiting
			continue
		case <-time.After(awaitEvery):
		}
		if err := d.api.call(ctx, "GET", "/accounts/"+acc.ID.String()+"/setup", nil, &s); err != nil {
			return err
		}
	}
	if e := s.TestEvent.Event; e != nil {
		d.say("   Событие пришло: %s, № %s", "   The event has come: %s, no. %s", d.happening(e.Kind), e.EntityID)
		return nil
	}
	d.say("   Пока ничего не пришло; мы продолжаем ждать. Посмотреть: GET /api/v1/accounts/%s/setup", "   Nothing has come yet; we go on waiting. To look: GET /api/v1/accounts/%s/setup", acc.ID)
	return nil
}

// undo takes our hook, and if asked our fields, out of the CRM.
func (d *dialog) undo(ctx context.Context, id uuid.UUID, fields bool) error {
	path := "/accounts/" + id.String() + "/setup"
	if fields {
		sure, err := d.choose(d.either("Поля будут удалены вместе со значениями во всех сделках. Продолжить (да/нет)", "The fields are deleted with their values in all deals. Go on (yes/no)"),
			[]string{"да", "нет", "yes", "no"}, d.either("нет", "no"))
		if err != nil {
			return err
		}
		if !d.yes && (sure == "нет" || sure == "no") {
			d.say("Ничего не изменено.", "Nothing was changed.")
			return nil
		}
		path += "?fields=delete"
	}
	var s apiSetup
	if err := d.api.call(ctx, "DELETE", path, nil, &s); err != nil {
		return err
	}
	d.say("Вебхук: %s", "Hook: %s", d.hookState(s.Hook.State))
	if len(s.RemovedFields) > 0 {
		d.say("Удалены поля: %s", "Deleted fields: %s", strings.Join(s.RemovedFields, ", "))
	}
	for _, line := range s.Advice {
		fmt.Fprintf(d.out, "• %s\n", line)
	}
	return nil
}
