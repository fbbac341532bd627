// Package bitrix24sim is a Bitrix24 portal in miniature: the REST API that
// opendoor speaks to, the events a portal sends, and the ways in which both go
// wrong. It ships with the product, for `opendoor demo` and `opendoor sandbox`,
// and serves the tests of the connector; so it uses the standard library only.
//
// The simulated portal answers at
//
//	/rest/{user}/{secret}/{method}   REST 2 through an incoming webhook
//	/rest/{method}?auth=…            REST 2 of the application
//	/rest/api/{user}/{secret}/…      REST 3: tasks.task.add and tasks.task.get
//	/oauth/authorize/, /oauth/token/ the authorisation server
//	/upload/{token}                  target of disk.folder.uploadfile
//
// What a person or a test does to the portal goes through methods of Sim or
// through the control page. All of it is plain HTTP; a POST takes JSON or a
// form, and a form sent by a browser is answered with a redirect to the page it
// came from.
//
//	GET    /_sim/                      overview: deals, deliveries, requests, faults
//	GET    /_sim/deals/{id}            one deal: fields, comments, activities, tasks, history
//	GET    /_sim/api/deals             every deal, shortened; ?category=&stage=&semantics=
//	GET    /_sim/api/deals/{id}        one deal with everything attached to it
//	POST   /_sim/api/deals             {"fields":{…},"user_id":6} → {"id":…}
//	POST   /_sim/api/deals/{id}        {"fields":{…},"user_id":6} changes fields
//	POST   /_sim/api/deals/{id}/move   {"stage_id":"C1:LOSE","category_id":1,"user_id":6}
//	POST   /_sim/api/deals/{id}/lose   {"user_id":6} moves it to the first failed stage of its pipeline
//	POST   /_sim/api/deals/{id}/delete {"user_id":6}; also DELETE /_sim/api/deals/{id}
//	POST   /_sim/api/contacts          {"fields":{…},"user_id":6} → {"id":…}
//	POST   /_sim/api/contacts/{id}     {"fields":{…},"user_id":6}
//	POST   /_sim/api/companies         {"fields":{…},"user_id":6} → {"id":…}
//	POST   /_sim/api/companies/{id}    {"fields":{…},"user_id":6}
//	GET    /_sim/api/handlers          outgoing webhooks, application handlers, robots
//	POST   /_sim/api/webhooks          {"url":…,"token":…,"events":[…]} → {"id":…}, an outgoing webhook
//	POST   /_sim/api/applications      {"url":…,"events":[…]} → {"id":…}, a handler of the application
//	POST   /_sim/api/robots            {"stage_id":…,"url":…} → {"id":…}, the built-in robot «Вебхук»
//	POST   /_sim/api/handlers/{id}/delete
//	POST   /_sim/api/triggers          {"code":…,"stage_id":…} for crm.automation.trigger
//	POST   /_sim/api/install           {"url":…} sends ONAPPINSTALL
//	POST   /_sim/api/uninstall         {"url":…,"clean":true} sends ONAPPUNINSTALL
//	POST   /_sim/api/redirect          {"url":…} where the application's page of consent leads back to
//	POST   /_sim/api/stages/delete     {"stage_id":"C1:UC_LEFT"}; without it the last one that may be deleted
//	POST   /_sim/api/fields/delete     {"code":"UF_CRM_OPENDOOR_STATE"}
//	POST   /_sim/api/users/{id}/dismiss, /_sim/api/users/{id}/employ
//	GET    /_sim/api/events            every delivery and what came of it; ?after=SEQ
//	GET    /_sim/api/requests          every REST request; ?method=crm.deal.*&after=SEQ
//	GET    /_sim/api/faults            faults that are still armed
//	POST   /_sim/api/faults            {"method":"crm.*","kind":"bad_gateway","times":3,"delay_ms":0}
//	POST   /_sim/api/faults/delete     disarms all
//	POST   /_sim/api/limits            {"on":true}
//
// The kinds of faults are the constants of FaultKind.
package bitrix24sim
