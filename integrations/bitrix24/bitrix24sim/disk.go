package bitrix24sim

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// uploadFile is disk.folder.uploadfile: with fileContent the file is kept at
// once, without it the answer says where to send a multipart body.
func (c *call) uploadFile() (answer, error) {
	s := c.sim
	v, _ := c.params.lookup("id")
	folder, ok := toInt(v)
	if !ok || folder <= 0 {
		return answer{}, badRequest("ERROR_ARGUMENT", "Invalid value of parameter {Parameter #0}")
	}
	content, given := c.params.lookup("fileContent")
	if !given {
		token := randomToken()
		s.uploads[token] = strconv.Itoa(folder)
		return answer{result: row("field", "file", "uploadUrl", s.portal+"/upload/"+token)}, nil
	}
	data, _ := c.params.lookup("data")
	fields, _ := data.(*array)
	name := toString(fields.get("NAME"))
	body := toString(content)
	if a, ok := content.(*array); ok {
		if name == "" {
			name = toString(a.get("0"))
		}
		body = toString(a.get("1"))
	}
	if name == "" {
		return answer{}, badRequest("DISK_BASE_SERVICE_22001", "Error: required parameter NAME (DISK_BASE_SERVICE_22001)")
	}
	f, ok := s.keepFile(name, body)
	if !ok {
		return answer{}, badRequest("ERROR_COULD_NOT_SAVE_FILE", "Could not save file")
	}
	return answer{result: s.printDiskFile(f, strconv.Itoa(folder), c.who.userID)}, nil
}

// diskFileGet is disk.file.get.
func (c *call) diskFileGet() (answer, error) {
	v, _ := c.params.lookup("id")
	id, ok := toInt(v)
	if !ok || id <= 0 {
		return answer{}, badRequest("ERROR_ARGUMENT", "Invalid value of parameter {Parameter #0}")
	}
	f := c.sim.files[id]
	if f == nil {
		return answer{}, badRequest("ERROR_NOT_FOUND", "Could not find entity with id '"+strconv.Itoa(id)+"'.")
	}
	return answer{result: c.sim.printDiskFile(f, "1", c.who.userID)}, nil
}

func (s *Sim) printDiskFile(f *file, folder string, userID int) *array {
	at, owner := s.printTime(f.at), strconv.Itoa(userID)
	return row("ID", f.id, "NAME", f.name, "CODE", nil, "STORAGE_ID", "1", "TYPE", "file", "PARENT_ID", folder, "DELETED_TYPE", 0,
		"GLOBAL_CONTENT_VERSION", 1, "FILE_ID", f.id, "SIZE", strconv.Itoa(len(f.body)), "CREATE_TIME", at, "UPDATE_TIME", at,
		"DELETE_TIME", nil, "CREATED_BY", owner, "UPDATED_BY", owner, "DELETED_BY", nil,
		"DOWNLOAD_URL", s.portal+"/upload/show/"+strconv.Itoa(f.id),
		"DETAIL_URL", s.portal+"/company/personal/user/"+owner+"/disk/file/"+f.name)
}

// serveUpload takes the multipart body that disk.folder.uploadfile asked for.
func (s *Sim) serveUpload(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	s.mu.Lock()
	folder, ok := s.uploads[token]
	delete(s.uploads, token)
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	part, head, err := r.FormFile("file")
	if err != nil {
		http.Error(w, "part file is missing", http.StatusBadRequest)
		return
	}
	defer func() { _ = part.Close() }()
	raw, err := io.ReadAll(io.LimitReader(part, maxBody))
	if err != nil {
		http.Error(w, "read part file", http.StatusBadRequest)
		return
	}
	c := &call{sim: s, method: "disk.folder.uploadfile", started: s.now()}
	s.mu.Lock()
	f, kept := s.keepFile(head.Filename, base64.StdEncoding.EncodeToString(raw))
	var ans answer
	if kept {
		ans.result = s.printDiskFile(f, folder, s.cfg.UserID)
	}
	s.mu.Unlock()
	if !kept {
		http.Error(w, "file has no name", http.StatusBadRequest)
		return
	}
	status, body := s.envelope(c, ans, nil, false)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// serveFile hands a kept file out as a download.
func (s *Sim) serveFile(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(r.PathValue("id"))
	s.mu.Lock()
	f := s.files[id]
	s.mu.Unlock()
	if f == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(strings.ReplaceAll(f.name, "\\", "/"))}))
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", f.at, bytes.NewReader(f.body))
}
