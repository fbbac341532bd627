package bitrix24sim

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
)

// readMultipart adds the parts of a multipart body to params; a file becomes
// the pair of name and base64 that the JSON form of the methods uses.
func readMultipart(params *array, body io.Reader, boundary string) error {
	mr := multipart.NewReader(body, boundary)
	for {
		part, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read multipart body: %w", err)
		}
		raw, err := io.ReadAll(part)
		if err != nil {
			return fmt.Errorf("read part %q: %w", part.FormName(), err)
		}
		if name := part.FileName(); name != "" {
			params.setPath(part.FormName(), list(name, base64.StdEncoding.EncodeToString(raw)))
			continue
		}
		params.setPath(part.FormName(), string(raw))
	}
}
