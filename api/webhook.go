package api

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"opendoor/offboarding"
)

// maxHookBody bounds a delivery; hooks seen so far are under 60 KiB.
const maxHookBody = 2 << 20

// hookHandlers take deliveries in. Before the answer nothing is looked at but
// the proof, and neither a CRM nor Redis is called.
type hookHandlers struct {
	keys       *offboarding.Keys
	directory  *offboarding.Directory
	connectors offboarding.Connectors
	intake     *offboarding.Intake
}

// receive stores one delivery.
//
//	@Summary		Receive a CRM's webhook
//	@Description	Answered only after the body is durably stored. `provider` is amocrm, bitrix24 or generic; the key is part of the account's hook address.
//	@ID				receiveHook
//	@Tags			hooks
//	@Accept			x-www-form-urlencoded,json
//	@Param			provider	path	string	true	"amocrm, bitrix24 or generic"
//	@Param			key			path	string	true	"the account's key"
//	@Success		204
//	@Failure		401	{object}	Problem
//	@Failure		404	{object}	Problem
//	@Failure		413	{object}	Problem
//	@Failure		415	{object}	Problem
//	@Failure		503	{object}	Problem
//	@Router			/hooks/{provider}/{key} [post]
func (h hookHandlers) receive(c *gin.Context) {
	provider := offboarding.Provider(c.Param("provider"))
	if !provider.Known() {
		_ = c.Error(offboarding.ErrNotFound)
		return
	}
	if provider != offboarding.Bitrix24 && c.Request.Method != http.MethodPost {
		c.Header("Allow", http.MethodPost)
		_ = c.Error(refuse(http.StatusMethodNotAllowed, "only POST is taken here"))
		return
	}
	d, err := readDelivery(c, provider)
	if err != nil {
		_ = c.Error(err)
		return
	}
	if err := h.prove(c, d); err != nil {
		_ = c.Error(err)
		return
	}
	if err := h.intake.Accept(c.Request.Context(), d); err != nil {
		_ = c.Error(err)
		return
	}
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
}

// errUnproved is the one answer to every wrong key, token and signature.
var errUnproved error = &fault{status: http.StatusUnauthorized, detail: "the address or the signature is not right", alike: true}

// prove checks the key in the address and what the body proves beyond it. While
// the account cannot be looked up, the proof of the body is checked later.
func (h hookHandlers) prove(c *gin.Context, d *offboarding.Delivery) error {
	id, ok := h.keys.ProveHook(c.Param("key"))
	if !ok {
		return errUnproved
	}
	d.AccountID = id
	acc, err := h.directory.Account(c.Request.Context(), id)
	switch {
	case offboarding.IsKind(err, offboarding.KindNotFound):
		return errUnproved
	case err != nil:
		return nil
	case acc.Provider != d.Provider:
		return errUnproved
	}
	if err := h.connectors[d.Provider].Prove(acc, d); err != nil {
		return errUnproved
	}
	d.Proved = true
	return nil
}

func readDelivery(c *gin.Context, provider offboarding.Provider) (*offboarding.Delivery, error) {
	r := c.Request
	d := &offboarding.Delivery{
		Provider: provider, Origin: offboarding.OriginHook, Method: r.Method, ContentType: r.Header.Get("Content-Type"), Query: r.URL.RawQuery,
		SignedID: r.Header.Get("Webhook-Id"), SignedAt: r.Header.Get("Webhook-Timestamp"), Signature: r.Header.Get("Webhook-Signature"),
	}
	if len(d.Query) > 16<<10 || len(d.ContentType) > 256 || len(d.SignedID) > 256 || len(d.SignedAt) > 32 || len(d.Signature) > 4<<10 {
		return nil, refuse(http.StatusRequestHeaderFieldsTooLarge, "a header or the query is too long")
	}
	// A body whose sender does not say what it is is not refused: to require headers
	// of amoCRM would be to lose a hook (reference §2.1), and what it is shows itself.
	if r.Method == http.MethodPost && d.ContentType != "" && !formOrJSON(d.ContentType) {
		return nil, refuse(http.StatusUnsupportedMediaType, "a form or JSON is expected")
	}
	if r.ContentLength > maxHookBody {
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is larger than 2 MiB")
	}
	body, err := readBody(r.Body, r.ContentLength)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge || len(body) > maxHookBody {
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is larger than 2 MiB")
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the body broke off")
	}
	d.Body = body
	return d, nil
}

// readBody reads at most one byte more than is allowed, into a buffer of the
// announced size when there is one.
func readBody(r io.Reader, announced int64) ([]byte, error) {
	limited := io.LimitReader(r, maxHookBody+1)
	if announced <= 0 {
		return io.ReadAll(limited)
	}
	buf := make([]byte, announced)
	n, err := io.ReadFull(limited, buf)
	return buf[:n], err
}

func formOrJSON(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil && t == "" {
		t = strings.ToLower(strings.TrimSpace(strings.SplitN(contentType, ";", 2)[0]))
	}
	return t == "application/x-www-form-urlencoded" || t == "application/json" ||
		(strings.HasPrefix(t, "application/") && strings.HasSuffix(t, "+json"))
}
