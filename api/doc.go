// Package api is the outside of opendoor over HTTP: webhooks in, the pages that
// a departing client sees, and the admin REST API. It binds, asks the domain
// and answers; a rule inside a handler is in the wrong place. routes.go is the
// table of contents.
//
//	@title						opendoor
//	@version					1
//	@description				Parting with clients well. A webhook of the CRM opens a case; letters, tasks and notes follow.
//	@description				Errors are RFC 9457 problems. A refusal by a rule of the domain is 409 with the member `rule`.
//	@license.name				Apache-2.0
//	@license.url				https://www.apache.org/licenses/LICENSE-2.0
//	@BasePath					/
//	@securityDefinitions.apikey	BearerAuth
//	@in							header
//	@name						Authorization
//	@description				`Bearer KEY`, a key made with `opendoor apikey create` or `OPENDOOR_ADMIN_KEY`
package api
