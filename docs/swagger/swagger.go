// Package swagger holds the OpenAPI document that make docs writes from the
// comments in package api.
package swagger

import _ "embed"

// OpenAPI is the OpenAPI 3 document of the API, as JSON.
//
//go:embed openapi.json
var OpenAPI []byte
