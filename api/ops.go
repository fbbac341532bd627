package api

import (
	"context"
	"io/fs"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"opendoor/api/swaggerui"
	"opendoor/docs/swagger"
)

// VersionInfo says what is running.
type VersionInfo struct {
	Version string `json:"version" example:"1.0.0"`
	Commit  string `json:"commit" example:"3f2a9c1"`
	Go      string `json:"go" example:"go1.26.8"`
	Schema  int64  `json:"schema" example:"1"`
} //	@name	VersionInfo

// Health is the answer of a probe.
type Health struct {
	Status string            `json:"status" example:"ok"`
	Checks map[string]string `json:"checks,omitempty"`
} //	@name	Health

type opsHandlers struct {
	cfg      Config
	draining *atomic.Bool
	gather   http.Handler
}

func newOps(cfg Config) opsHandlers {
	return opsHandlers{cfg: cfg, draining: &atomic.Bool{}, gather: promhttp.HandlerFor(cfg.Metrics, promhttp.HandlerOpts{})}
}

// livez answers while the process lives.
//
//	@Summary	Is the process alive
//	@ID			livez
//	@Tags		operation
//	@Produce	json
//	@Success	200	{object}	Health
//	@Router		/livez [get]
func (h opsHandlers) livez(c *gin.Context) { c.JSON(http.StatusOK, Health{Status: "ok"}) }

// readyz answers whether work can be taken: 503 while the database cannot be
// written. Hooks are taken even then, by the spool.
//
//	@Summary	Can work be taken
//	@ID			readyz
//	@Tags		operation
//	@Produce	json
//	@Success	200	{object}	Health
//	@Failure	503	{object}	Health
//	@Router		/readyz [get]
func (h opsHandlers) readyz(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), 2*time.Second)
	defer cancel()
	res := Health{Status: "ok", Checks: map[string]string{"database": "ok", "intake": "ok"}}
	status := http.StatusOK
	if err := h.cfg.Store.Writable(ctx); err != nil {
		res.Status, res.Checks["database"], status = "unavailable", "cannot be written", http.StatusServiceUnavailable
	}
	if h.cfg.Intake.Degraded() {
		res.Checks["intake"] = "degraded: deliveries wait in the spool"
		if status == http.StatusOK {
			res.Status = "degraded"
		}
	}
	if h.draining.Load() {
		res.Status, status = "stopping", http.StatusServiceUnavailable
	}
	c.JSON(status, res)
}

// version says what is running.
//
//	@Summary	Version
//	@ID			version
//	@Tags		operation
//	@Produce	json
//	@Success	200	{object}	VersionInfo
//	@Router		/version [get]
func (h opsHandlers) version(c *gin.Context) { c.JSON(http.StatusOK, h.cfg.Version) }

func (h opsHandlers) metrics(c *gin.Context) {
	if !h.cfg.MetricsHere {
		c.Status(http.StatusNotFound)
		return
	}
	h.gather.ServeHTTP(c.Writer, c.Request)
}

// openapi serves the document of this commit.
func (h opsHandlers) openapi(c *gin.Context) {
	c.Header("Access-Control-Allow-Origin", "*")
	c.Data(http.StatusOK, "application/json", swagger.OpenAPI)
}

// swaggerPolicy lets the documentation's own scripts and styles run, and
// nothing from another host.
const swaggerPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"

func (h opsHandlers) swagger(c *gin.Context) {
	name := strings.TrimPrefix(c.Param("file"), "/")
	if name == "" {
		c.Redirect(http.StatusFound, "/swagger/index.html")
		return
	}
	if name == "index.html" { // http.ServeFileFS would redirect it to the folder
		body, err := fs.ReadFile(swaggerui.Files, name)
		if err != nil {
			_ = c.Error(err)
			return
		}
		c.Header("Content-Security-Policy", swaggerPolicy)
		c.Data(http.StatusOK, "text/html; charset=utf-8", body)
		return
	}
	c.Header("Content-Security-Policy", swaggerPolicy)
	c.Header("Cache-Control", "public, max-age=3600")
	http.ServeFileFS(c.Writer, c.Request, swaggerui.Files, name)
}
