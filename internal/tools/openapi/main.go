// Command openapi turns the Swagger 2.0 document that swag writes into the
// OpenAPI 3 document that opendoor serves, and refuses one that is not valid.
//
//	go run ./internal/tools/openapi swagger.json openapi.json
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: openapi SWAGGER_JSON OPENAPI_JSON")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	swagger, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("read the Swagger document: %w", err)
	}
	openapi, err := convert(context.Background(), swagger)
	if err != nil {
		return fmt.Errorf("convert %s: %w", from, err)
	}
	if err := os.WriteFile(to, openapi, 0o644); err != nil {
		return fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return nil
}

// convert returns the same document for the same input, byte by byte: the
// result is committed.
func convert(ctx context.Context, swagger []byte) ([]byte, error) {
	var v2 openapi2.T
	if err := json.Unmarshal(swagger, &v2); err != nil {
		return nil, fmt.Errorf("read Swagger 2.0: %w", err)
	}
	v3, err := openapi2conv.ToV3(&v2)
	if err != nil {
		return nil, fmt.Errorf("make OpenAPI 3: %w", err)
	}
	// Wherever it runs, the API stands beside its document.
	v3.Servers = openapi3.Servers{{URL: "/"}}
	if err := sayBearer(v3); err != nil {
		return nil, err
	}
	sayProblem(v3)
	if err := v3.Validate(ctx); err != nil {
		return nil, fmt.Errorf("check the document: %w", err)
	}
	out, err := json.MarshalIndent(v3, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write OpenAPI 3: %w", err)
	}
	return append(out, '\n'), nil
}

// sayBearer names the way to authorise by its real name: Swagger 2.0 knows a
// bearer token only as an API key in the header Authorization.
func sayBearer(doc *openapi3.T) error {
	if doc.Components == nil {
		return nil
	}
	for name, ref := range doc.Components.SecuritySchemes {
		s := ref.Value
		if s == nil {
			return errors.New("security scheme " + name + " is not defined in the document")
		}
		if s.Type == "apiKey" && s.In == "header" && s.Name == "Authorization" {
			ref.Value = &openapi3.SecurityScheme{Type: "http", Scheme: "bearer", Description: s.Description}
		}
	}
	return nil
}

// sayProblem gives refusals their own media type (RFC 9457): Swagger 2.0 knows
// one type for all answers of an operation.
func sayProblem(doc *openapi3.T) {
	for _, path := range doc.Paths.Map() {
		for _, operation := range path.Operations() {
			for _, answer := range operation.Responses.Map() {
				if answer.Value == nil {
					continue
				}
				for name, media := range answer.Value.Content {
					if media.Schema != nil && media.Schema.Ref == "#/components/schemas/Problem" && name != "application/problem+json" {
						delete(answer.Value.Content, name)
						answer.Value.Content["application/problem+json"] = media
					}
				}
			}
		}
	}
}
