package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// what swag writes for one route, shortened.
const swagger = `{
	"swagger": "2.0",
	"info": {"title": "opendoor", "version": "1"},
	"securityDefinitions": {"BearerAuth": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Bearer KEY"}},
	"definitions": {"Case": {"type": "object", "properties": {"id": {"type": "string"}, "note": {"type": "string", "x-nullable": true}}}},
	"paths": {"/api/v1/cases/{id}": {"get": {
		"operationId": "getCase", "produces": ["application/json"], "security": [{"BearerAuth": []}],
		"parameters": [{"type": "string", "name": "id", "in": "path", "required": true}],
		"responses": {"200": {"description": "OK", "schema": {"$ref": "#/definitions/Case"}}}}}}
}`

func TestTheDocumentIsTurnedIntoOpenAPI3(t *testing.T) {
	out, err := convert(t.Context(), []byte(swagger))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		OpenAPI    string
		Servers    []struct{ URL string }
		Components struct {
			SecuritySchemes map[string]map[string]string
			Schemas         map[string]json.RawMessage
		}
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got.OpenAPI, "3.") || len(got.Servers) != 1 || got.Servers[0].URL != "/" {
		t.Errorf("version %q, servers %v", got.OpenAPI, got.Servers)
	}
	if auth := got.Components.SecuritySchemes["BearerAuth"]; auth["type"] != "http" || auth["scheme"] != "bearer" {
		t.Errorf("authorisation is %v, want a bearer token", auth)
	}
	if s := string(got.Components.Schemas["Case"]); !strings.Contains(s, `"nullable"`) {
		t.Errorf("a field that may be null is %s", s)
	}
	if got.Paths["/api/v1/cases/{id}"]["get"] == nil {
		t.Errorf("the route is missing in %s", out)
	}
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	first, err := convert(t.Context(), []byte(swagger))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if again, err := convert(t.Context(), []byte(swagger)); err != nil || !bytes.Equal(first, again) {
			t.Fatalf("another run gave something else, %v", err)
		}
	}
}

func TestADocumentThatIsNotValidIsRefused(t *testing.T) {
	tests := map[string]string{
		"a path parameter that is not declared": strings.Replace(swagger, `"name": "id"`, `"name": "key"`, 1),
		"a type that is not defined":            strings.Replace(swagger, `definitions/Case"`, `definitions/Kase"`, 1),
		"no JSON":                               "{",
	}
	for name, in := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := convert(t.Context(), []byte(in)); err == nil {
				t.Error("it is taken")
			}
		})
	}
}

func TestNothingIsWrittenForADocumentThatIsNotValid(t *testing.T) {
	from, to := filepath.Join(t.TempDir(), "in.json"), filepath.Join(t.TempDir(), "out.json")
	if err := os.WriteFile(from, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(from, to); err == nil {
		t.Error("it is taken")
	}
	if _, err := os.Stat(to); !os.IsNotExist(err) {
		t.Errorf("a file is written: %v", err)
	}
}
