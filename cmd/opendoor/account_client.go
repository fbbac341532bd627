package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// apiClient calls the REST API of a running server.
type apiClient struct {
	base, key string
	http      *http.Client
}

// apiPatience is long: a setup makes some twenty calls to a CRM.
const apiPatience = 3 * time.Minute

func newAPIClient(url, key string) *apiClient {
	return &apiClient{base: strings.TrimRight(url, "/") + "/api/v1", key: key, http: &http.Client{Timeout: apiPatience}}
}

// call sends in and reads the answer into out; both may be nil.
func (c *apiClient) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return fmt.Errorf("%w: %q is not the address of a server", errUsage, strings.TrimSuffix(c.base, "/api/v1"))
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("no answer from %s: %w", strings.TrimSuffix(c.base, "/api/v1"), err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 8<<20))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return readProblem(res.StatusCode, raw)
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}
