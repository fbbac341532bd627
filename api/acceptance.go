package api

import (
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"opendoor/offboarding"
)

// AcceptRequest says who signed the act outside of the portal.
type AcceptRequest struct {
	By  string `json:"by" example:"А. П. Примерова"`
	Way string `json:"way" example:"paper" enums:"paper,edi"`
} //	@name	AcceptRequest

// accept records that the client signed the act outside of the portal.
//
//	@Summary	Record an acceptance on paper or by an EDI operator
//	@ID			acceptHandover
//	@Tags		handover
//	@Accept		json
//	@Produce	json
//	@Param		id		path		string			true	"case id"	Format(uuid)
//	@Param		body	body		AcceptRequest	true	"what is written"
//	@Param	Idempotency-Key	header	string	false	"makes a repeat harmless"
//	@Success	200		{object}	HandoverResponse
//	@Failure	401		{object}	Problem
//	@Failure	403		{object}	Problem
//	@Failure	404		{object}	Problem
//	@Failure	409		{object}	Problem	"rules: already_signed, not_delivered"
//	@Failure	422		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/accept [post]
func (h handoverHandlers) accept(c *gin.Context) {
	var r AcceptRequest
	f, err := h.load(c)
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err == nil {
		f, err = h.cfg.Clerk.AcceptOnPaper(c.Request.Context(), f, r.By, r.Way, actorOf(c))
	}
	if err == nil {
		h.cfg.Bell.Ring()
	}
	h.answer(c, http.StatusOK, f, err)
}

// putSigned takes the act as it was signed outside of the portal.
//
//	@Summary		Upload the signed act
//	@Description	A scan (PDF, JPEG, PNG), or a detached signature of act.pdf (.sig, .sgn, .p7s), which is kept beside the act and not judged. Both record the acceptance by the person named; a second file of the same kind replaces the first.
//	@ID				putSignedAct
//	@Tags			handover
//	@Accept			mpfd
//	@Produce		json
//	@Param			id		path		string	true	"case id"	Format(uuid)
//	@Param			by		query		string	false	"who signed; or a part of the form before the file"
//	@Param			file	formData	file	true	"scan or signature"
//	@Success		200		{object}	HandoverResponse
//	@Failure		401		{object}	Problem
//	@Failure		403		{object}	Problem
//	@Failure		404		{object}	Problem
//	@Failure		409		{object}	Problem	"rules: already_signed, not_delivered, act_changed, file_infected"
//	@Failure		415		{object}	Problem
//	@Failure		422		{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/handover/act/signed [put]
func (h handoverHandlers) putSigned(c *gin.Context) {
	id, err := pathID(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	var f *offboarding.Folder
	part, by, err := uploadBy(c)
	if by == "" {
		by = c.Query("by")
	}
	if err == nil {
		f, err = h.cfg.Clerk.TakeSigned(c.Request.Context(), scopeOf(c), id, offboarding.SignedFile{Name: uploadName(part), By: by, Body: part}, actorOf(c))
	}
	if err == nil {
		h.cfg.Bell.Ring()
	}
	h.answer(c, http.StatusOK, f, err)
}

// uploadBy opens the part "file"; a part "by" before it names who signed.
func uploadBy(c *gin.Context) (*received, string, error) {
	by := ""
	part, err := uploadAfter(c, func(p *multipart.Part) {
		if p.FormName() == "by" {
			raw, _ := io.ReadAll(io.LimitReader(p, 1000)) // a name; what is longer is refused as too long
			by = string(raw)
		}
	})
	return part, by, err
}

// getSigned answers what was uploaded, or the act that a signature is of.
//
//	@Summary	Download the signed act
//	@ID			getSignedAct
//	@Tags		handover
//	@Produce	application/octet-stream
//	@Param		id		path	string	true	"case id"	Format(uuid)
//	@Param		file	path	string	true	"protocol (signed in the portal), scan, signature, or document: the act that the signature is of"
//	@Success	200		{file}	file
//	@Failure	401		{object}	Problem
//	@Failure	403		{object}	Problem
//	@Failure	404		{object}	Problem
//	@Failure	409		{object}	Problem	"rule: shield_stands"
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/handover/act/{file} [get]
func (h handoverHandlers) getSigned(c *gin.Context) {
	f, err := h.load(c)
	var file *offboarding.ItemFile
	if err == nil {
		file, err = f.Signed(c.Param("file"), personOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.send(c, file)
}

// EDIRequest is what an EDI operator says about the act.
type EDIRequest struct {
	Operator   string `json:"operator" example:"Диадок"`
	DocumentID string `json:"document_id" example:"6b7f0f0e"`
	Status     string `json:"status" example:"signed" enums:"sent,delivered,signed,refused"`
	Comment    string `json:"comment,omitempty"`
	By         string `json:"by,omitempty" example:"А. П. Примерова"`
} //	@name	EDIRequest

// EDIBody is the act at an EDI operator.
type EDIBody struct {
	Operator   string    `json:"operator" example:"Диадок"`
	DocumentID string    `json:"document_id" example:"6b7f0f0e"`
	Status     string    `json:"status" example:"signed" enums:"sent,delivered,signed,refused"`
	Comment    string    `json:"comment,omitempty"`
	At         time.Time `json:"at"`
} //	@name	EDIState

// edi takes the status of the act at an EDI operator.
//
//	@Summary		Report the act's status at an EDI operator
//	@Description	The event handover.act_ready told where the act is. "signed" records the acceptance, "refused" asks a person to call; a status that was overtaken by "signed" changes nothing.
//	@ID				reportEDI
//	@Tags			handover
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string		true	"case id"	Format(uuid)
//	@Param			Idempotency-Key	header		string		false	"makes a repeat harmless"
//	@Param			body			body		EDIRequest	true	"what the operator says"
//	@Success		200				{object}	HandoverResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem	"rules: not_delivered, nothing_to_hand_over"
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/handover/edi [post]
func (h handoverHandlers) edi(c *gin.Context) {
	var r EDIRequest
	id, err := pathID(c)
	if err == nil {
		err = bindJSON(c, &r)
	}
	var f *offboarding.Folder
	if err == nil {
		f, err = h.cfg.Clerk.ReportEDI(c.Request.Context(), scopeOf(c), id,
			offboarding.EDIState{Operator: r.Operator, DocumentID: r.DocumentID, Status: r.Status, Comment: r.Comment}, r.By, actorOf(c))
	}
	if err == nil {
		h.cfg.Bell.Ring()
	}
	h.answer(c, http.StatusOK, f, err)
}

// signed takes a scan of the signed act, or a detached signature, from the client.
//
//	@Summary	Upload the signed act in the portal
//	@ID			putSignedInPortal
//	@Tags		pages
//	@Accept		mpfd
//	@Produce	html
//	@Param		token	path		string	true	"the link's token"
//	@Param		by		formData	string	true	"who signed"
//	@Param		file	formData	file	true	"scan or signature"
//	@Success	200		{string}	string
//	@Failure	404		{string}	string
//	@Router		/h/{token}/signed [post]
func (h portalHandlers) signed(c *gin.Context) {
	g, shown, ok := h.known(c)
	if !ok {
		return
	}
	part, by, err := uploadBy(c)
	if err == nil {
		err = h.cfg.Clerk.TakeSignedFrom(c.Request.Context(), g, offboarding.SignedFile{Name: uploadName(part), By: by, Body: part})
	} else {
		err = offboarding.Invalid("the form cannot be read")
	}
	h.say(c, shown, "portal.signed", false, err)
}
