package amocrmsim

import "strings"

// routeTable lists everything the account answers, like a table of contents.
// The first line that fits wins.
func (s *Sim) routeTable() []route {
	none := func(*call) answer { return nothing() }
	table := []struct {
		pattern string
		handle  func(*call) answer
	}{
		{"GET /api/v4/account", s.getAccount},
		{"GET /api/v4/users", s.listUsers},
		{"GET /api/v4/users/{id}", s.getUser},
		{"GET /api/v4/roles", s.listRoles},
		{"GET /api/v4/roles/{id}", s.getRole},

		{"GET /api/v4/leads/pipelines", s.listPipelines},
		{"GET /api/v4/leads/pipelines/{id}", s.getPipeline},
		{"GET /api/v4/leads/pipelines/{id}/statuses", s.listStatuses},
		{"GET /api/v4/leads/pipelines/{id}/statuses/{id}", s.getStatus},
		{"GET /api/v4/leads/loss_reasons", s.listLossReasons},
		{"POST /api/v4/leads/loss_reasons", s.addLossReasons},
		{"GET /api/v4/leads/loss_reasons/{id}", s.getLossReason},
		{"PATCH /api/v4/leads/loss_reasons/{id}", s.patchLossReason},
		{"DELETE /api/v4/leads/loss_reasons/{id}", s.deleteLossReason},

		{"GET /api/v4/leads/unsorted", s.listUnsorted},
		{"GET /api/v4/leads/unsorted/summary", s.unsortedSummary},
		{"POST /api/v4/leads/unsorted/forms", s.addUnsortedForms},
		{"POST /api/v4/leads/unsorted/sip", s.addUnsortedCalls},
		{"GET /api/v4/leads/unsorted/{any}", s.getUnsorted},
		{"POST /api/v4/leads/unsorted/{any}/accept", s.acceptUnsorted},
		{"DELETE /api/v4/leads/unsorted/{any}/decline", s.declineUnsorted},
		{"POST /api/v4/leads/unsorted/{any}/decline", s.declineUnsorted},

		{"POST /api/v4/leads/complex", s.addComplex},

		{"GET /api/v4/{kind}/notes", s.listNotes},
		{"POST /api/v4/{kind}/notes", s.addNotes},
		{"PATCH /api/v4/{kind}/notes", s.patchNotes},
		{"GET /api/v4/{kind}/notes/{id}", s.getNote},
		{"PATCH /api/v4/{kind}/notes/{id}", s.patchNote},
		{"POST /api/v4/{kind}/notes/{id}/pin", s.pinNote},
		{"POST /api/v4/{kind}/notes/{id}/unpin", s.unpinNote},
		{"GET /api/v4/{kind}/{id}/notes", s.listEntityNotes},
		{"POST /api/v4/{kind}/{id}/notes", s.addEntityNotes},
		{"PATCH /api/v4/{kind}/{id}/notes", s.patchNotes},
		{"GET /api/v4/{kind}/{id}/notes/{id}", s.getEntityNote},
		{"PATCH /api/v4/{kind}/{id}/notes/{id}", s.patchEntityNote},

		{"GET /api/v4/{kind}/tags", s.listTags},
		{"POST /api/v4/{kind}/tags", s.addTags},

		{"GET /api/v4/{kind}/custom_fields", s.listFields},
		{"POST /api/v4/{kind}/custom_fields", s.addFields},
		{"PATCH /api/v4/{kind}/custom_fields", s.patchFields},
		{"GET /api/v4/{kind}/custom_fields/groups", s.listFieldGroups},
		{"POST /api/v4/{kind}/custom_fields/groups", s.addFieldGroups},
		{"GET /api/v4/{kind}/custom_fields/groups/{any}", s.getFieldGroup},
		{"DELETE /api/v4/{kind}/custom_fields/groups/{any}", s.deleteFieldGroup},
		{"GET /api/v4/{kind}/custom_fields/{id}", s.getField},
		{"PATCH /api/v4/{kind}/custom_fields/{id}", s.patchField},
		{"DELETE /api/v4/{kind}/custom_fields/{id}", s.deleteField},

		{"GET /api/v4/{kind}/links", s.listLinks},
		{"POST /api/v4/{kind}/link", s.addLinks},
		{"POST /api/v4/{kind}/unlink", s.removeLinks},
		{"GET /api/v4/{kind}/{id}/links", s.listEntityLinks},
		{"POST /api/v4/{kind}/{id}/link", s.addEntityLinks},
		{"POST /api/v4/{kind}/{id}/unlink", s.removeEntityLinks},

		{"GET /api/v4/{kind}/{id}/files", s.listEntityFiles},
		{"PUT /api/v4/{kind}/{id}/files", s.linkFiles},
		{"DELETE /api/v4/{kind}/{id}/files", s.unlinkFiles},
		{"GET /api/v4/files/{any}/links", s.fileLinks},

		{"GET /api/v4/contacts/chats", none},
		{"GET /api/v4/customers/segments", none},
		{"GET /api/v4/customers/statuses", none},
		{"GET /api/v4/{kind}/{id}/subscriptions", none},

		{"GET /api/v4/{kind}", s.listEntities},
		{"POST /api/v4/{kind}", s.addEntities},
		{"PATCH /api/v4/{kind}", s.patchEntities},
		{"GET /api/v4/{kind}/{id}", s.getEntity},
		{"PATCH /api/v4/{kind}/{id}", s.patchEntity},

		{"GET /api/v4/tasks", s.listTasks},
		{"POST /api/v4/tasks", s.addTasks},
		{"PATCH /api/v4/tasks", s.patchTasks},
		{"GET /api/v4/tasks/{id}", s.getTask},
		{"PATCH /api/v4/tasks/{id}", s.patchTask},

		{"POST /api/v4/calls", s.addCalls},
		{"POST /api/v4/short_links", s.addShortLinks},

		{"GET /api/v4/events", s.listEvents},
		{"GET /api/v4/events/types", s.listEventTypes},
		{"GET /api/v4/events/{any}", s.getEvent},

		{"GET /api/v4/webhooks", s.listWebhooks},
		{"POST /api/v4/webhooks", s.subscribe},
		{"DELETE /api/v4/webhooks", s.unsubscribe},

		// An account may have none of these; it then answers 204.
		{"GET /api/v4/catalogs", none},
		{"GET /api/v4/catalogs/{id}", none},
		{"GET /api/v4/catalogs/{id}/elements", none},
		{"GET /api/v4/catalogs/{id}/elements/{id}", none},
		{"GET /api/v4/sources", none},
		{"GET /api/v4/sources/{id}", none},
		{"GET /api/v4/widgets", none},
		{"GET /api/v4/widgets/{any}", none},
		{"GET /api/v4/bots", none},
		{"GET /api/v4/talks", none},
		{"GET /api/v4/talks/{id}", none},
		{"GET /api/v4/chats/templates", none},
		{"GET /api/v4/chats/templates/{id}", none},

		{"POST /v1.0/sessions", s.openUpload},
		{"POST /v1.0/upload/{any}", s.uploadPart},
		{"GET /v1.0/files", s.listDriveFiles},
		{"DELETE /v1.0/files", s.trashFiles},
		{"POST /v1.0/files/restore", s.restoreFiles},
		{"GET /v1.0/files/{any}", s.getDriveFile},
		{"PATCH /v1.0/files/{any}", s.patchDriveFile},
		{"GET /v1.0/files/{any}/versions", s.listFileVersions},
		{"GET /download/{any}/{any}", s.downloadFile},
		{"GET /download/{any}/{any}/{any}", s.downloadFile},

		{"GET /oauth2/account/subdomain", s.ownSubdomain},
	}
	open := []struct {
		pattern string
		handle  func(*call) answer
	}{
		{"POST /oauth2/access_token", s.exchangeToken},
		{"GET /oauth2/account/current/subdomain", s.currentSubdomain},
		{"GET /oauth", s.consentPage},
		{"POST /oauth", s.consent},
	}
	routes := make([]route, 0, len(table)+len(open))
	add := func(pattern string, open bool, handle func(*call) answer) {
		method, path, _ := strings.Cut(pattern, " ")
		routes = append(routes, route{method: method, segments: strings.Split(strings.Trim(path, "/"), "/"), open: open, handle: handle})
	}
	for _, line := range table {
		add(line.pattern, false, line.handle)
	}
	for _, line := range open {
		add(line.pattern, true, line.handle)
	}
	return routes
}
