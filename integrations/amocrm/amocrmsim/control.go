package amocrmsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// serveControl answers the control page, which is no part of the CRM's
// protocol: it plays the user who works in the CRM. Nothing here needs a token,
// so the simulator belongs on a loopback address.
//
//	GET  /_sim/                     overview for people, with buttons
//	GET  /_sim/lead?id=             one lead for people: fields, notes, tasks
//	GET  /_sim/info                 how to connect: base URL, token, OAuth client
//	GET  /_sim/stages               pipelines and stages
//	GET  /_sim/leads                all leads
//	GET  /_sim/leads/{id}           {"lead","notes","tasks"}
//	GET  /_sim/fields               custom fields of leads
//	GET  /_sim/webhooks             subscriptions
//	GET  /_sim/hooklog              every attempt to deliver a hook; ?limit=
//	GET  /_sim/ledger               every request received; ?limit=
//	POST /_sim/leads                {"name","price","pipeline_id","status_id","contact_id",…} → {"id"}
//	POST /_sim/contacts             {"name","email","phone",…} → {"id"}
//	POST /_sim/companies            {"name","email",…} → {"id"}
//	POST /_sim/move                 {"lead_id" or "lead_ids","pipeline_id","status_id","loss_reason_id","user_id"}; several ids make one hook
//	POST /_sim/update               {"lead_id","data":{as in PATCH},"user_id"}
//	POST /_sim/responsible          {"lead_id","responsible_user_id","user_id"}
//	POST /_sim/delete, /_sim/restore {"lead_id","user_id"}
//	POST /_sim/note                 {"lead_id","text","user_id"} → {"id"}
//	POST /_sim/task/complete        {"task_id","result","user_id"}
//	POST /_sim/webhooks             {"destination","settings":[…]} as an admin would
//	POST /_sim/webhooks/disable, /_sim/webhooks/enable {"destination"}; empty = all
//	POST /_sim/stagehook            {"pipeline_id","status_id","destination"}: Digital Pipeline step
//	POST /_sim/faults               {"kind","method","path_prefix","times","delay_ms","retry_after"}; kinds as in FaultKind
//	POST /_sim/hookfaults           {"kind":"duplicate|reorder|drop","times"}
//	POST /_sim/faults/clear         {}
//	POST /_sim/limits               {"on":true}
//	POST /_sim/oauth/code           {} → {"code","referer","client_id"}
//	POST /_sim/oauth/expire         {"long_lived":false}
//	POST /_sim/oauth/uninstall      {"url"}; /_sim/oauth/reinstall {}
//	POST /_sim/oauth/redirect       {"url"}: the integration's redirect address
//	POST /_sim/oauth/token          {"days":7} → {"access_token"}: another long-lived token, which ends then
//	POST /_sim/stage/delete         {"pipeline_id","status_id"}; without them the last one that may be deleted
//	POST /_sim/field/delete         {"code":"OPENDOOR_STATE"}
//	POST /_sim/customers            {"on":false}: switches customers on or off
//	POST /_sim/rename               {"subdomain","base_url"}
//
// Bodies are JSON or forms; a form is answered with a way back to the page.
func (s *Sim) serveControl(w http.ResponseWriter, r *http.Request) {
	path := strings.Trim(strings.TrimPrefix(r.URL.Path, "/_sim"), "/")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		s.showControl(w, r, path)
	case http.MethodPost:
		in, isForm, err := readControl(r)
		if err != nil {
			controlError(w, http.StatusBadRequest, err)
			return
		}
		out, err := s.control(r, path, in)
		switch {
		case errors.Is(err, errNoControl):
			controlError(w, http.StatusNotFound, err)
		case err != nil:
			controlError(w, http.StatusUnprocessableEntity, err)
		case isForm:
			back := "/_sim/"
			if in.LeadID != 0 {
				back = "/_sim/lead?id=" + formatID(in.LeadID)
			}
			http.Redirect(w, r, back, http.StatusSeeOther)
		default:
			controlJSON(w, http.StatusOK, out)
		}
	default:
		controlError(w, http.StatusMethodNotAllowed, errors.New("only GET and POST"))
	}
}

var errNoControl = errors.New("no such control; see /_sim/")

// controlInput holds what any of the controls may take.
type controlInput struct {
	LeadID       int64           `json:"lead_id"`
	LeadIDs      []int64         `json:"lead_ids"`
	TaskID       int64           `json:"task_id"`
	PipelineID   int64           `json:"pipeline_id"`
	StatusID     int64           `json:"status_id"`
	Stage        string          `json:"stage"` // "pipeline_id/status_id", from the page
	LossReasonID int64           `json:"loss_reason_id"`
	Responsible  int64           `json:"responsible_user_id"`
	UserID       *int64          `json:"user_id"` // absent = the first manager
	Text         string          `json:"text"`
	Result       string          `json:"result"`
	Data         json.RawMessage `json:"data"`
	Destination  string          `json:"destination"`
	Settings     []string        `json:"settings"`
	On           bool            `json:"on"`
	LongLived    bool            `json:"long_lived"`
	URL          string          `json:"url"`
	Subdomain    string          `json:"subdomain"`
	BaseURL      string          `json:"base_url"`
	Days         int             `json:"days"`
	Code         string          `json:"code"`

	raw []byte
}

func (in controlInput) user() int64 {
	if in.UserID == nil {
		return ManagerIDs()[0]
	}
	return *in.UserID
}

// readControl takes JSON or a form; fields of a form that look like numbers are
// numbers.
func readControl(r *http.Request) (in controlInput, isForm bool, err error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return in, false, fmt.Errorf("read body: %w", err)
	}
	if isForm = strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"); isForm {
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			return in, true, fmt.Errorf("read form: %w", err)
		}
		data := map[string]any{}
		for key := range form {
			data[key] = form.Get(key)
			if n, err := strconv.ParseInt(form.Get(key), 10, 64); err == nil && strings.HasSuffix(key, "_id") {
				data[key] = n
			}
		}
		if raw, err = json.Marshal(data); err != nil {
			return in, true, fmt.Errorf("read form: %w", err)
		}
	}
	if len(raw) == 0 {
		raw = []byte("{}")
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return in, isForm, fmt.Errorf("read JSON: %w", err)
	}
	in.raw = raw
	return in, isForm, nil
}

// control carries out one order.
func (s *Sim) control(r *http.Request, path string, in controlInput) (any, error) {
	done := object{"ok": true}
	withID := func(id int64, err error) (any, error) { return object{"id": id}, err }
	switch path {
	case "leads":
		n := NewLead{ByUser: in.user()}
		if err := json.Unmarshal(in.raw, &n); err != nil {
			return nil, err
		}
		return withID(s.CreateLead(n))
	case "contacts", "companies":
		n := NewPerson{ByUser: in.user()}
		if err := json.Unmarshal(in.raw, &n); err != nil {
			return nil, err
		}
		return withID(s.createPerson(path, n))
	case "move":
		ids := in.LeadIDs
		if in.LeadID != 0 {
			ids = append(ids, in.LeadID)
		}
		if pipe, status, both := strings.Cut(in.Stage, "/"); both {
			in.PipelineID, in.StatusID = mustID(pipe), mustID(status)
		}
		return done, s.MoveLeads(ids, in.PipelineID, in.StatusID, in.user(), in.LossReasonID)
	case "update":
		v, err := decode(in.Data)
		data, isObject := v.(map[string]any)
		if err != nil || !isObject {
			return nil, errors.New("data must be an object")
		}
		return done, s.UpdateLead(in.LeadID, data, in.user())
	case "responsible":
		return done, s.ChangeResponsible(in.LeadID, in.Responsible, in.user())
	case "delete":
		return done, s.DeleteLead(in.LeadID, in.user())
	case "restore":
		return done, s.RestoreLead(in.LeadID, in.user())
	case "note":
		return withID(s.AddNote(in.LeadID, in.Text, in.user()))
	case "task/complete":
		return done, s.CompleteTask(in.TaskID, in.Result, in.user())
	case "webhooks":
		for _, name := range in.Settings {
			if !slices.Contains(webhookSettings, name) {
				return nil, fmt.Errorf("unknown setting %q", name)
			}
		}
		return object{"id": s.Subscribe(in.Destination, in.Settings...)}, nil
	case "webhooks/disable", "webhooks/enable":
		s.SetWebhookDisabled(in.Destination, path == "webhooks/disable")
		return done, nil
	case "stagehook":
		return done, s.AddStageHook(in.PipelineID, in.StatusID, in.Destination)
	case "faults/clear":
		s.ClearFaults()
		return done, nil
	case "faults":
		var f Fault
		if err := json.Unmarshal(in.raw, &f); err != nil {
			return nil, err
		}
		if !slices.Contains(faultKinds, f.Kind) {
			return nil, fmt.Errorf("unknown kind %q, known are %q", f.Kind, faultKinds)
		}
		s.AddFault(f)
		return done, nil
	case "hookfaults":
		var f HookFault
		if err := json.Unmarshal(in.raw, &f); err != nil {
			return nil, err
		}
		if !slices.Contains([]HookFaultKind{HookDuplicate, HookReorder, HookDrop}, f.Kind) {
			return nil, fmt.Errorf("unknown kind %q", f.Kind)
		}
		s.AddHookFault(f)
		return done, nil
	case "limits":
		s.SetLimits(in.On)
		return done, nil
	case "oauth/code":
		return object{"code": s.IssueCode(), "referer": r.Host, "client_id": s.cfg.ClientID}, nil
	case "oauth/expire":
		s.ExpireAccessTokens(in.LongLived)
		return done, nil
	case "oauth/uninstall":
		return done, s.Uninstall(r.Context(), in.URL)
	case "oauth/redirect":
		s.SetRedirect(in.URL)
		return done, nil
	case "oauth/token":
		return object{"access_token": s.IssueLongLivedToken(time.Duration(in.Days) * 24 * time.Hour)}, nil
	case "stage/delete":
		return done, s.DeleteStage(in.PipelineID, in.StatusID)
	case "field/delete":
		return done, s.DeleteField(in.Code)
	case "customers":
		s.SwitchCustomers(in.On)
		return done, nil
	case "oauth/reinstall":
		s.Reinstall()
		return done, nil
	case "rename":
		if in.Subdomain == "" {
			return nil, errors.New("subdomain is missing")
		}
		s.Rename(in.Subdomain, in.BaseURL)
		return done, nil
	}
	return nil, errNoControl
}

// showControl answers what can be looked at.
func (s *Sim) showControl(w http.ResponseWriter, r *http.Request, path string) {
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit <= 0 {
		limit = maxLedger
	}
	switch path {
	case "":
		s.showOverview(w)
	case "lead":
		id, _ := strconv.ParseInt(r.URL.Query().Get("id"), 10, 64)
		s.showLead(w, r, id)
	case "info":
		info := s.Info()
		if info.BaseURL == "" {
			info.BaseURL = s.origin(r)
		}
		controlJSON(w, http.StatusOK, info)
	case "stages":
		controlJSON(w, http.StatusOK, s.Stages())
	case "leads":
		controlJSON(w, http.StatusOK, s.Leads())
	case "fields":
		controlJSON(w, http.StatusOK, s.Fields())
	case "webhooks":
		controlJSON(w, http.StatusOK, s.Webhooks())
	case "hooklog":
		controlJSON(w, http.StatusOK, lastOf(s.HookLog(), limit))
	case "ledger":
		controlJSON(w, http.StatusOK, lastOf(s.Ledger(), limit))
	default:
		id, err := strconv.ParseInt(strings.TrimPrefix(path, "leads/"), 10, 64)
		lead, found := s.Lead(id)
		if err != nil || !found {
			controlError(w, http.StatusNotFound, errNoControl)
			return
		}
		controlJSON(w, http.StatusOK, object{"lead": lead, "notes": orEmpty(s.Notes(id)), "tasks": orEmpty(s.Tasks(id))})
	}
}

func lastOf[T any](list []T, n int) []T {
	if list = orEmpty(list); len(list) > n {
		return list[len(list)-n:]
	}
	return list
}

// orEmpty makes a nil list an empty one, for JSON.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func controlJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	_ = enc.Encode(body) // the reader may be gone
}

func controlError(w http.ResponseWriter, status int, err error) {
	controlJSON(w, status, object{"error": err.Error()})
}
