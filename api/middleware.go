package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

const (
	ctxRequestID = "request_id"
	ctxKey       = "api_key"
	maxBody      = 1 << 20 // JSON bodies of the API
	maxTable     = 8 << 20 // tables that are imported
)

var wellFormedID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// identify gives the request an id, and takes the caller's when it is one.
func (s *Server) identify(c *gin.Context) {
	id := c.GetHeader("X-Request-Id")
	if !wellFormedID.MatchString(id) {
		id = offboarding.NewID().String()
	}
	c.Set(ctxRequestID, id)
	c.Header("X-Request-Id", id)
	start := time.Now()
	c.Next()
	level := slog.LevelDebug
	if status := c.Writer.Status(); status >= 500 && status != http.StatusServiceUnavailable { // which may be many
		level = slog.LevelWarn
	}
	if s.cfg.Log.Enabled(c, level) {
		s.cfg.Log.Log(c.Request.Context(), level, "request answered", "request_id", id, "route", c.FullPath(),
			"status", c.Writer.Status(), "duration_ms", time.Since(start).Milliseconds())
	}
}

func requestID(c *gin.Context) string { return c.GetString(ctxRequestID) }

func (s *Server) recover(c *gin.Context) {
	defer func() {
		if r := recover(); r != nil {
			s.cfg.Log.ErrorContext(c.Request.Context(), "handler panicked", "request_id", requestID(c), "route", c.FullPath(), "panic", r, "stack", string(debug.Stack()))
			if !c.Writer.Written() {
				writeProblem(c, s.cfg.Log, refuse(http.StatusInternalServerError, "something went wrong on our side; the request id helps to find it"))
			}
			c.Abort()
		}
	}()
	c.Next()
}

// secureHeaders closes what a browser would otherwise allow. Pages loosen the
// policy to themselves.
func (s *Server) secureHeaders(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	c.Next()
}

// answerErrors turns the last error of a handler into a problem.
func (s *Server) answerErrors(c *gin.Context) {
	c.Next()
	if len(c.Errors) > 0 && !c.Writer.Written() {
		writeProblem(c, s.cfg.Log, c.Errors.Last().Err)
	}
}

// caller is who calls the API.
type caller struct {
	id    string
	name  string
	role  Role
	scope []uuid.UUID // nil: all accounts
}

func callerOf(c *gin.Context) caller { return c.MustGet(ctxKey).(caller) }

func scopeOf(c *gin.Context) []uuid.UUID { return callerOf(c).scope }

func actorOf(c *gin.Context) offboarding.Actor {
	return offboarding.Actor("key:" + callerOf(c).name)
}

// personOf is who calls, where it matters that two acts are not one person's.
func personOf(c *gin.Context) offboarding.Person {
	who := callerOf(c)
	return offboarding.Person{ID: who.id, Name: who.name, Role: string(who.role)}
}

// authorize lets callers of these roles through.
func (s *Server) authorize(allowed access) gin.HandlerFunc {
	return func(c *gin.Context) {
		who, err := s.authenticate(c.Request.Context(), c.GetHeader("Authorization"))
		if err == nil && !slices.Contains(allowed, who.role) {
			err = refuse(http.StatusForbidden, "the key's role "+string(who.role)+" may not do this")
		}
		if err != nil {
			if problemOf(err).Status == http.StatusUnauthorized {
				c.Header("WWW-Authenticate", `Bearer realm="opendoor"`)
			}
			writeProblem(c, s.cfg.Log, err)
			return
		}
		c.Set(ctxKey, who)
		c.Next()
	}
}

var errNoKey = refuse(http.StatusUnauthorized, "a valid API key is needed: Authorization: Bearer KEY")

func (s *Server) authenticate(ctx context.Context, header string) (caller, error) {
	scheme, key, _ := strings.Cut(header, " ")
	key = strings.TrimSpace(key)
	if !strings.EqualFold(scheme, "Bearer") || key == "" || len(key) > 512 {
		return caller{}, errNoKey
	}
	sum := sha256.Sum256([]byte(key))
	if s.cfg.AdminKey != "" {
		want := sha256.Sum256([]byte(s.cfg.AdminKey))
		if subtle.ConstantTimeCompare(sum[:], want[:]) == 1 {
			return caller{id: "settings", name: "settings", role: RoleAdmin}, nil
		}
	}
	k, err := s.cfg.Store.APIKeyByHash(ctx, sum[:])
	if offboarding.IsKind(err, offboarding.KindNotFound) {
		return caller{}, errNoKey
	}
	if err != nil {
		return caller{}, err
	}
	if !k.RevokedAt.IsZero() || (!k.ExpiresAt.IsZero() && !s.cfg.Clock.Wall().Before(k.ExpiresAt)) {
		return caller{}, errNoKey
	}
	return caller{id: k.ID.String(), name: k.Name, role: Role(k.Role), scope: k.Accounts}, nil
}

func (s *Server) limitBody(c *gin.Context) {
	c.Set(ctxWholeBody, c.Request.Body) // for uploads of files, which are limited elsewhere
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, bodyLimit(c.FullPath()))
	c.Next()
}

// bodyLimit is how many bytes a route reads: a table of ten thousand contracts
// with all its columns has three or four million.
func bodyLimit(path string) int64 {
	if strings.HasSuffix(path, "/import") {
		return maxTable
	}
	return maxBody
}

// onlyOnce honours Idempotency-Key: the same key and request get the stored
// answer; another request under the same key is refused.
func (s *Server) onlyOnce(c *gin.Context) {
	key := c.GetHeader("Idempotency-Key")
	if key == "" {
		c.Next()
		return
	}
	if len(key) > 255 {
		writeProblem(c, s.cfg.Log, refuse(http.StatusUnprocessableEntity, "the Idempotency-Key is longer than 255 characters"))
		return
	}
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		writeProblem(c, s.cfg.Log, refuse(http.StatusRequestEntityTooLarge, "the body is too large or broke off"))
		return
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	h := sha256.New()
	_, _ = io.WriteString(h, c.Request.Method+" "+c.Request.URL.RequestURI()+"\n")
	h.Write(body)
	ctx, owner := c.Request.Context(), callerOf(c).id
	known, err := s.cfg.Store.Idempotent(ctx, owner, key, h.Sum(nil), s.cfg.Clock.Wall())
	switch {
	case offboarding.IsKind(err, offboarding.KindStale):
		writeProblem(c, s.cfg.Log, refuse(http.StatusConflict, "a request with this Idempotency-Key is still under way"))
		return
	case err != nil:
		writeProblem(c, s.cfg.Log, err)
		return
	case known != nil:
		c.Header("Idempotent-Replayed", "true")
		c.Data(known.Status, known.ContentType, known.Body)
		c.Abort()
		return
	}
	rec := &recorder{ResponseWriter: c.Writer}
	c.Writer = rec
	c.Next()
	if len(c.Errors) > 0 && !rec.Written() {
		writeProblem(c, s.cfg.Log, c.Errors.Last().Err)
	}
	ctx = context.WithoutCancel(ctx)
	if rec.Status() >= 500 { // it may be tried again
		err = s.cfg.Store.DropClaim(ctx, owner, key)
	} else {
		err = s.cfg.Store.SaveAnswer(ctx, owner, key, offboarding.StoredAnswer{
			Status: rec.Status(), ContentType: rec.Header().Get("Content-Type"), Body: rec.body.Bytes(),
		})
	}
	if err != nil {
		s.cfg.Log.WarnContext(ctx, "answer not kept for its Idempotency-Key", "request_id", requestID(c), "err", err)
	}
}

// recorder keeps a copy of what is answered.
type recorder struct {
	gin.ResponseWriter
	body bytes.Buffer
}

// Write keeps and passes on.
func (r *recorder) Write(b []byte) (int, error) {
	r.body.Write(b)
	return r.ResponseWriter.Write(b)
}

// WriteString keeps and passes on.
func (r *recorder) WriteString(s string) (int, error) {
	r.body.WriteString(s)
	return r.ResponseWriter.WriteString(s)
}
