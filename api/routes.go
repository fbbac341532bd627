package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// Role is what an API key may do.
type Role string

// The roles of contract §5.
const (
	RoleAdmin     Role = "admin"
	RoleOperator  Role = "operator"
	RoleApprover  Role = "approver"
	RoleHRManager Role = "hr_manager"
	RoleViewer    Role = "viewer"
)

// Roles lists all roles.
var Roles = []Role{RoleAdmin, RoleOperator, RoleApprover, RoleHRManager, RoleViewer}

// access says who may use a route; it drives the middleware, the OpenAPI check
// and the matrix test.
type access []Role

var (
	public      access                                                         // no key: proves itself otherwise, or is open to all
	admins      = access{RoleAdmin}                                            //
	workers     = access{RoleAdmin, RoleOperator, RoleApprover, RoleHRManager} // change cases, see personal data
	approvers   = access{RoleAdmin, RoleApprover}                              // decide what others proposed
	peopleLeads = access{RoleAdmin, RoleHRManager}                             // read what is about people
	// Who leads people, and nobody else: not even an administrator (domain §10).
	peopleLeaders = access{RoleHRManager}

	readers = access{RoleAdmin, RoleOperator, RoleApprover, RoleHRManager, RoleViewer} // a viewer sees no personal data
)

// rateClass is the class of a route's limit.
type rateClass string

const (
	rateNone rateClass = ""     // hooks and probes
	rateKey  rateClass = "key"  // per API key
	rateLink rateClass = "link" // pages of clients, per address of the caller
)

// route is one line of the table of contents. A route outside it fails the build's test.
type route struct {
	method, path string
	access       access
	rate         rateClass
	handle       gin.HandlerFunc
}

// changesNothing reports whether asking is all that the route does. A CRM also
// tells us things by GET.
func (r route) changesNothing() bool {
	return r.method == http.MethodGet && !strings.HasPrefix(r.path, "/hooks/") && !strings.HasPrefix(r.path, "/oauth/")
}

// routes is the table of contents of everything that answers over HTTP.
func (s *Server) routes() []route {
	const get, post, put, patch, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	v1 := "/api/v1"
	return []route{
		{post, "/hooks/:provider/:key", public, rateNone, s.hooks.receive},
		{get, "/hooks/:provider/:key", public, rateNone, s.hooks.receive},

		{get, "/hooks/:provider/:key/uninstalled", public, rateNone, s.oauth.uninstalled},
		{post, "/hooks/:provider/:key/uninstalled", public, rateNone, s.oauth.uninstalled},
		{post, "/inbound/:key", public, rateNone, inboundHandlers{s.cfg}.receive},
		{get, v1 + "/inbound", workers, rateKey, inboundHandlers{s.cfg}.list},

		{get, "/oauth/:provider/callback", public, rateLink, s.oauth.callback},
		{post, "/oauth/bitrix24/install", public, rateLink, s.oauth.install},
		{post, "/card/bitrix24/:key", public, rateLink, s.card.open},
		{post, "/card/bitrix24/:key/act", public, rateLink, s.card.act},

		{get, "/s/:token", public, rateLink, s.pages.survey},
		{post, "/s/:token", public, rateLink, s.pages.answer},
		{get, "/l/:token", public, rateLink, s.pages.choices},
		{post, "/l/:token", public, rateLink, s.pages.choose},
		{get, "/p/:token", public, rateLink, s.pages.showPulse},
		{post, "/p/:token", public, rateLink, s.pages.answerPulse},
		{get, "/u/:token", public, rateLink, s.pages.preferences},
		{post, "/u/:token", public, rateLink, s.pages.savePreferences},
		{get, "/h/:token", public, rateLink, s.portal.show},
		{post, "/h/:token", public, rateLink, s.portal.act},
		{get, "/h/:token/files/:item", public, rateLink, s.portal.file},
		{post, "/h/:token/signed", public, rateLink, s.portal.signed},
		{get, "/h/:token/papers/:paper", public, rateLink, s.portal.paper},
		{get, "/assets/*file", public, rateNone, s.pages.assets},

		{get, "/livez", public, rateNone, s.ops.livez},
		{get, "/readyz", public, rateNone, s.ops.readyz},
		{get, "/version", public, rateNone, s.ops.version},
		{get, "/metrics", public, rateNone, s.ops.metrics},
		{get, "/api/openapi.json", public, rateNone, s.ops.openapi},
		{get, "/swagger/*file", public, rateNone, s.ops.swagger},

		{get, v1 + "/accounts", readers, rateKey, s.accounts.list},
		{post, v1 + "/accounts", admins, rateKey, s.accounts.create},
		{get, v1 + "/accounts/:id", readers, rateKey, s.accounts.get},
		{patch, v1 + "/accounts/:id", admins, rateKey, s.accounts.update},
		{del, v1 + "/accounts/:id", admins, rateKey, s.accounts.remove},
		{post, v1 + "/accounts/:id/check", admins, rateKey, s.accounts.check},
		{post, v1 + "/accounts/:id/setup", admins, rateKey, s.accounts.setup},
		{get, v1 + "/accounts/:id/pipelines", readers, rateKey, s.accounts.pipelines},
		{post, v1 + "/accounts/:id/release", admins, rateKey, s.accounts.release},

		{get, v1 + "/accounts/:id/setup", admins, rateKey, s.accounts.setupState},
		{del, v1 + "/accounts/:id/setup", admins, rateKey, s.accounts.undoSetup},
		{post, v1 + "/accounts/:id/setup/preview", admins, rateKey, s.accounts.preview},
		{get, v1 + "/accounts/:id/mapping", admins, rateKey, s.accounts.mapping},
		{put, v1 + "/accounts/:id/mapping", admins, rateKey, s.accounts.setMapping},
		{del, v1 + "/accounts/:id/mapping", admins, rateKey, s.accounts.dropMapping},
		{post, v1 + "/accounts/:id/mapping/dry-run", admins, rateKey, s.accounts.tryMapping},
		{post, v1 + "/accounts/:id/secret/rotate", admins, rateKey, s.accounts.rotateSecret},
		{get, v1 + "/accounts/:id/results", workers, rateKey, s.accounts.results},
		{post, v1 + "/accounts/:id/results/:result/resend", workers, rateKey, s.accounts.resend},
		{get, v1 + "/accounts/:id/endpoints", readers, rateKey, s.accounts.endpoints},
		{post, v1 + "/accounts/:id/endpoints/resume", workers, rateKey, s.accounts.resumeEndpoints},

		{get, v1 + "/events", readers, rateKey, s.events.list},
		{get, v1 + "/events/:id", readers, rateKey, s.events.get},
		{post, v1 + "/events/:id/replay", workers, rateKey, s.events.replay},
		{get, v1 + "/deliveries/:id", workers, rateKey, s.events.delivery},

		{get, v1 + "/cases", readers, rateKey, s.cases.list},
		{post, v1 + "/cases", workers, rateKey, s.cases.open},
		{get, v1 + "/cases/:id", readers, rateKey, s.cases.get},
		{get, v1 + "/cases/:id/timeline", readers, rateKey, s.cases.timeline},
		{post, v1 + "/cases/:id/actions/:action", workers, rateKey, s.cases.act},

		{get, v1 + "/contracts", readers, rateKey, s.contracts.list},
		{post, v1 + "/contracts", workers, rateKey, s.contracts.create},
		{post, v1 + "/contracts/import", workers, rateKey, s.contracts.importFile},
		{get, v1 + "/contracts/export", workers, rateKey, s.contracts.export},
		{get, v1 + "/contracts/:id", readers, rateKey, s.contracts.get},
		{patch, v1 + "/contracts/:id", workers, rateKey, s.contracts.update},
		{get, v1 + "/contracts/:id/invoices", workers, rateKey, s.contracts.invoices},
		{post, v1 + "/contracts/:id/invoices", workers, rateKey, s.contracts.addInvoices},
		{post, v1 + "/contracts/:id/contacts", workers, rateKey, s.contracts.heard},
		{get, v1 + "/contracts/:id/pulse", workers, rateKey, s.contracts.pulses},
		{post, v1 + "/contracts/:id/pulse", workers, rateKey, s.contracts.pulse},
		{post, v1 + "/contracts/:id/pulse/link", workers, rateKey, s.contracts.pulseLink},
		{get, v1 + "/reviews", workers, rateKey, s.learning.list},
		{get, v1 + "/cases/:id/review", workers, rateKey, s.learning.get},
		{patch, v1 + "/cases/:id/review", workers, rateKey, s.learning.write},
		{post, v1 + "/cases/:id/review/measures", workers, rateKey, s.learning.addMeasure},
		{patch, v1 + "/cases/:id/review/measures/:measure", workers, rateKey, s.learning.markMeasure},
		{post, v1 + "/cases/:id/review/complete", workers, rateKey, s.learning.complete},
		{get, v1 + "/systemic-measures", workers, rateKey, s.learning.systemic},
		{patch, v1 + "/systemic-measures/:id", workers, rateKey, s.learning.changeSystemic},
		{get, v1 + "/employee-signals", peopleLeaders, rateKey, s.learning.signals},
		{put, v1 + "/cases/:id/contract", workers, rateKey, s.contracts.link},
		{get, v1 + "/cases/:id/notice", readers, rateKey, s.notice.get},
		{post, v1 + "/cases/:id/notice/waive", workers, rateKey, s.notice.waive},
		{get, v1 + "/cases/:id/cancellation-letter.pdf", workers, rateKey, s.notice.letter},
		{get, v1 + "/cases/:id/settlement.pdf", workers, rateKey, s.settlement.pdf},
		{get, v1 + "/cases/:id/settlement", workers, rateKey, s.settlement.get},
		{post, v1 + "/cases/:id/settlement", workers, rateKey, s.settlement.draft},
		{post, v1 + "/cases/:id/settlement/lines", workers, rateKey, s.settlement.addLine},
		{del, v1 + "/cases/:id/settlement/lines/:line", workers, rateKey, s.settlement.removeLine},
		{post, v1 + "/cases/:id/settlement/lines/:line/answer", workers, rateKey, s.settlement.answerContest},
		{post, v1 + "/cases/:id/settlement/approve", workers, rateKey, s.settlement.approve},
		{post, v1 + "/cases/:id/settlement/send", workers, rateKey, s.settlement.send},
		{post, v1 + "/cases/:id/settlement/settle", workers, rateKey, s.settlement.settle},

		{get, v1 + "/accounts/:id/calendar", readers, rateKey, s.contracts.calendar},
		{put, v1 + "/accounts/:id/calendar", admins, rateKey, s.contracts.setCalendar},

		{post, v1 + "/cases/:id/reason", workers, rateKey, measureHandlers{s.cfg}.classify},
		{get, v1 + "/cases/:id/measures", workers, rateKey, measureHandlers{s.cfg}.list},
		{post, v1 + "/cases/:id/measures", workers, rateKey, measureHandlers{s.cfg}.plan},
		{patch, v1 + "/cases/:id/measures/:measure", workers, rateKey, measureHandlers{s.cfg}.change},
		{post, v1 + "/cases/:id/measures/:measure/approve", approvers, rateKey, measureHandlers{s.cfg}.approve},
		{get, v1 + "/reasons", readers, rateKey, measureHandlers{s.cfg}.reasons},
		{get, v1 + "/cases/:id/touches", readers, rateKey, touchHandlers{s.cfg}.ofCase},
		{get, v1 + "/touches", readers, rateKey, touchHandlers{s.cfg}.list},
		{post, v1 + "/touches/:id/cancel", workers, rateKey, touchHandlers{s.cfg}.cancel},
		{post, v1 + "/touches/:id/release", workers, rateKey, touchHandlers{s.cfg}.release},
		{get, v1 + "/plans", readers, rateKey, planHandlers{s.cfg}.list},
		{get, v1 + "/plans/:name", readers, rateKey, planHandlers{s.cfg}.get},
		{put, v1 + "/plans/:name", admins, rateKey, planHandlers{s.cfg}.put},
		{get, v1 + "/consents", workers, rateKey, consentHandlers{s.cfg}.list},
		{post, v1 + "/consents", workers, rateKey, consentHandlers{s.cfg}.record},
		{post, v1 + "/consents/import", workers, rateKey, consentHandlers{s.cfg}.importFile},
		{get, v1 + "/suppressions", workers, rateKey, consentHandlers{s.cfg}.stopped},
		{post, v1 + "/suppressions", workers, rateKey, consentHandlers{s.cfg}.stop},
		{del, v1 + "/suppressions", admins, rateKey, consentHandlers{s.cfg}.liftFor},
		{del, v1 + "/suppressions/:id", admins, rateKey, consentHandlers{s.cfg}.lift},
		{get, v1 + "/recommended-providers", workers, rateKey, recommendedHandlers{s.cfg}.list},
		{post, v1 + "/recommended-providers", workers, rateKey, recommendedHandlers{s.cfg}.add},
		{get, v1 + "/recommended-providers/:id", workers, rateKey, recommendedHandlers{s.cfg}.get},
		{patch, v1 + "/recommended-providers/:id", workers, rateKey, recommendedHandlers{s.cfg}.change},
		{del, v1 + "/recommended-providers/:id", workers, rateKey, recommendedHandlers{s.cfg}.remove},
		{get, v1 + "/cases/:id/sources", peopleLeads, rateKey, sourceHandlers{s.cfg}.of},
		{post, v1 + "/cases/:id/sources", peopleLeads, rateKey, sourceHandlers{s.cfg}.add},
		{get, v1 + "/sources", peopleLeads, rateKey, sourceHandlers{s.cfg}.list},
		{get, v1 + "/cases/:id/handover", readers, rateKey, s.handover.get},
		{patch, v1 + "/cases/:id/handover", workers, rateKey, s.handover.update},
		{post, v1 + "/cases/:id/handover/items", workers, rateKey, s.handover.addItem},
		{patch, v1 + "/cases/:id/handover/items", workers, rateKey, s.handover.updateItems},
		{patch, v1 + "/cases/:id/handover/items/:item", workers, rateKey, s.handover.updateItem},
		{del, v1 + "/cases/:id/handover/items/:item", workers, rateKey, s.handover.dropItem},
		{put, v1 + "/cases/:id/handover/items/:item/file", workers, rateKey, s.handover.putFile},
		{get, v1 + "/cases/:id/handover/items/:item/file", workers, rateKey, s.handover.getFile},
		{post, v1 + "/cases/:id/handover/build", workers, rateKey, s.handover.build},
		{get, v1 + "/cases/:id/handover/package.zip", workers, rateKey, s.handover.getPackage},
		{get, v1 + "/cases/:id/handover/inventory.pdf", workers, rateKey, s.handover.inventoryPDF},
		{get, v1 + "/cases/:id/handover/inventory.xlsx", workers, rateKey, s.handover.inventoryXLSX},
		{get, v1 + "/cases/:id/handover/act.pdf", workers, rateKey, s.handover.actPDF},
		{post, v1 + "/cases/:id/handover/deliver", workers, rateKey, s.handover.deliver},
		{post, v1 + "/cases/:id/handover/accept", workers, rateKey, s.handover.accept},
		{post, v1 + "/cases/:id/handover/revoke", workers, rateKey, s.handover.revoke},
		{post, v1 + "/cases/:id/handover/consent", workers, rateKey, s.handover.consent},
		{del, v1 + "/cases/:id/handover/consent", workers, rateKey, s.handover.withdrawConsent},
		{post, v1 + "/cases/:id/handover/questions/:question/answer", workers, rateKey, s.handover.answerQuestion},

		{get, v1 + "/contracts/readiness", readers, rateKey, inventoryHandlers{s.cfg}.readiness},
		{get, v1 + "/contracts/:id/inventories", readers, rateKey, inventoryHandlers{s.cfg}.list},
		{post, v1 + "/contracts/:id/inventories", workers, rateKey, inventoryHandlers{s.cfg}.take},
		{get, v1 + "/contracts/:id/inventories/:inventory", readers, rateKey, inventoryHandlers{s.cfg}.get},
		{post, v1 + "/contracts/:id/inventories/:inventory/close", workers, rateKey, inventoryHandlers{s.cfg}.end},
		{post, v1 + "/contracts/:id/inventories/:inventory/items", workers, rateKey, inventoryHandlers{s.cfg}.addItem},
		{patch, v1 + "/contracts/:id/inventories/:inventory/items", workers, rateKey, inventoryHandlers{s.cfg}.updateItems},
		{post, v1 + "/contracts/:id/inventories/:inventory/items/import", workers, rateKey, inventoryHandlers{s.cfg}.importItems},
		{patch, v1 + "/contracts/:id/inventories/:inventory/items/:item", workers, rateKey, inventoryHandlers{s.cfg}.updateItem},
		{del, v1 + "/contracts/:id/inventories/:inventory/items/:item", workers, rateKey, inventoryHandlers{s.cfg}.dropItem},
		{put, v1 + "/contracts/:id/inventories/:inventory/items/:item/file", workers, rateKey, inventoryHandlers{s.cfg}.putFile},
		{get, v1 + "/contracts/:id/inventories/:inventory/items/:item/file", workers, rateKey, inventoryHandlers{s.cfg}.getFile},
		{put, v1 + "/cases/:id/handover/act/signed", workers, rateKey, s.handover.putSigned},
		{get, v1 + "/cases/:id/handover/act/:file", workers, rateKey, s.handover.getSigned},
		{post, v1 + "/cases/:id/handover/edi", workers, rateKey, s.handover.edi},
		{post, v1 + "/cases/:id/handover/items/import", workers, rateKey, s.handover.importItems},

		{get, v1 + "/checklists", readers, rateKey, s.handover.checklists},
		{put, v1 + "/checklists/:service", workers, rateKey, s.handover.putChecklist},
		{get, v1 + "/accounts/:id/brand", readers, rateKey, s.handover.brand},
		{put, v1 + "/accounts/:id/brand", admins, rateKey, s.handover.putBrand},

		{get, v1 + "/messages", workers, rateKey, s.messages.list},
		{get, v1 + "/messages/:id", workers, rateKey, s.messages.get},
		{post, v1 + "/messages/:id/release", workers, rateKey, s.messages.release},

		{get, v1 + "/templates", readers, rateKey, s.templates.list},
		{get, v1 + "/templates/:code/:lang", readers, rateKey, s.templates.get},
		{put, v1 + "/templates/:code/:lang", workers, rateKey, s.templates.put},
		{post, v1 + "/templates/:code/:lang/preview", workers, rateKey, s.templates.preview},

		{get, v1 + "/surveys", readers, rateKey, surveyHandlers{s.cfg}.list},
		{get, v1 + "/surveys/figures", readers, rateKey, surveyHandlers{s.cfg}.figures},
		{get, v1 + "/surveys/:lang", readers, rateKey, surveyHandlers{s.cfg}.get},
		{put, v1 + "/surveys/:lang", admins, rateKey, surveyHandlers{s.cfg}.put},
		{post, v1 + "/surveys/:lang/preview", workers, rateKey, surveyHandlers{s.cfg}.preview},

		{post, v1 + "/tone/check", readers, rateKey, toneHandlers{}.check},
		{post, v1 + "/intent/check", readers, rateKey, toneHandlers{}.intent},

		{get, v1 + "/persons/:person/export", admins, rateKey, personHandlers{s.cfg}.export},
		{del, v1 + "/persons/:person", admins, rateKey, personHandlers{s.cfg}.erase},
		{get, v1 + "/erasures", admins, rateKey, personHandlers{s.cfg}.acts},
		{get, "/calendar/:token", public, rateLink, agendaHandlers{s.cfg}.feed},
		{get, v1 + "/calendar", readers, rateKey, agendaHandlers{s.cfg}.list},
		{get, v1 + "/calendar-feeds", admins, rateKey, agendaHandlers{s.cfg}.feeds},
		{post, v1 + "/calendar-feeds", workers, rateKey, agendaHandlers{s.cfg}.addFeed},
		{del, v1 + "/calendar-feeds/:id", admins, rateKey, agendaHandlers{s.cfg}.dropFeed},
		{get, v1 + "/analytics/responsibles", peopleLeads, rateKey, figureHandlers{s.cfg}.responsibles},
		{get, v1 + "/analytics/:figure", readers, rateKey, figureHandlers{s.cfg}.count},

		{get, v1 + "/tasks", workers, rateKey, taskHandlers{s.cfg}.list},
		{post, v1 + "/tasks/:id/done", workers, rateKey, taskHandlers{s.cfg}.done},

		{get, v1 + "/queues", readers, rateKey, s.work.queues},
		{get, v1 + "/dead-letters", workers, rateKey, s.work.deadLetters},
		{post, v1 + "/dead-letters/:id/retry", workers, rateKey, s.work.retry},
		{get, v1 + "/sending", readers, rateKey, s.work.sending},
		{post, v1 + "/sending/pause", workers, rateKey, s.work.pause},
		{post, v1 + "/sending/resume", admins, rateKey, s.work.resume},

		{get, v1 + "/api-keys", admins, rateKey, s.apiKeys.list},
		{post, v1 + "/api-keys", admins, rateKey, s.apiKeys.create},
		{del, v1 + "/api-keys/:id", admins, rateKey, s.apiKeys.revoke},
		{get, v1 + "/audit", admins, rateKey, s.work.audit},
	}
}
