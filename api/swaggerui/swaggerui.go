// Package swaggerui embeds the Swagger UI distribution (swagger-ui-dist 5.35.0,
// Apache-2.0, from npm) with a page and an initializer of our own, so that the
// documentation opens without any foreign host.
package swaggerui

import (
	"embed"
	"io/fs"
)

//go:embed dist
var dist embed.FS

// Files are the files of the documentation page.
var Files = sub()

func sub() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("swaggerui: " + err.Error()) // the embedded folder is named above
	}
	return files
}
