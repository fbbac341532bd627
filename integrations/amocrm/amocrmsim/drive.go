package amocrmsim

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
)

// Limits of Drive; the part size is the one that clients have seen.
const (
	maxFileSize = 300 << 20
	maxPartSize = 512 << 10
)

// keepFiles bounds the memory that uploads may take.
const keepFiles = 512 << 20

type driveState struct {
	sessions map[string]*upload // by token of the next part
	files    map[string]*driveFile
	order    []string
	bytes    int
}

func newDrive() driveState {
	return driveState{sessions: map[string]*upload{}, files: map[string]*driveFile{}}
}

type upload struct {
	id          int64
	name, ctype string
	fileUUID    string // of the file that gets a new version
	size        int64
	data        []byte
}

type driveFile struct {
	id                   int64
	uuid                 string
	name, ext, ctype     string
	versions             []fileVersion
	trashed              bool
	createdBy            int64
	createdAt, updatedAt int64
}

type fileVersion struct {
	uuid string
	data []byte
	at   int64
}

func (f *driveFile) last() fileVersion { return f.versions[len(f.versions)-1] }

func (s *Sim) driveAllowed(c *call, scope string) bool { return slices.Contains(c.grant.scopes, scope) }

func (s *Sim) openUpload(c *call) answer {
	if !s.driveAllowed(c, "files") {
		return s.problem(http.StatusForbidden, s.text.forbidden)
	}
	it, bad := s.oneItem(c)
	if bad != nil {
		return *bad
	}
	it.need("file_name")
	it.need("file_size")
	name, size, ctype, fileUUID := it.str("file_name"), it.int("file_size"), it.str("content_type"), it.str("file_uuid")
	if size != nil && (*size <= 0 || *size > maxFileSize) {
		it.badChoice("file_size")
	}
	if fileUUID != nil && s.drive.files[*fileUUID] == nil {
		it.badChoice("file_uuid")
	}
	if a, refused := s.refused([]*item{it}); refused {
		return a
	}
	u := &upload{id: s.nextID(), name: *name, size: *size, ctype: "application/octet-stream"}
	if ctype != nil {
		u.ctype = *ctype
	}
	if fileUUID != nil {
		u.fileUUID = *fileUUID
	}
	return ok(object{"session_id": u.id, "upload_url": s.nextPart(c, u), "max_file_size": maxFileSize, "max_part_size": maxPartSize})
}

// nextPart gives out the address of the next part; each is good once.
func (s *Sim) nextPart(c *call, u *upload) string {
	token := newOpaque("")
	s.drive.sessions[token] = u
	return c.origin + "/v1.0/upload/" + token
}

func (s *Sim) uploadPart(c *call) answer {
	u := s.drive.sessions[c.args[0]]
	switch {
	case u == nil:
		return s.problem(http.StatusNotFound, "Upload session not found")
	case len(c.raw) == 0:
		return s.emptyRequest()
	case len(c.raw) > maxPartSize:
		return s.problem(http.StatusRequestEntityTooLarge, fmt.Sprintf("Part must not be larger than %d bytes", maxPartSize))
	case int64(len(u.data)+len(c.raw)) > u.size:
		return s.problem(http.StatusBadRequest, "More bytes than announced")
	case s.drive.bytes+len(c.raw) > keepFiles:
		return s.problem(http.StatusPaymentRequired, "No space left in Drive")
	}
	delete(s.drive.sessions, c.args[0])
	u.data = append(u.data, c.raw...)
	s.drive.bytes += len(c.raw)
	if int64(len(u.data)) < u.size {
		return ok(object{"session_id": u.id, "next_url": s.nextPart(c, u)})
	}
	f := s.drive.files[u.fileUUID]
	if f == nil {
		ext := path.Ext(u.name)
		f = &driveFile{
			id: s.nextID(), uuid: newUUID(), name: strings.TrimSuffix(u.name, ext), ext: strings.TrimPrefix(ext, "."), ctype: u.ctype,
			createdBy: c.userID, createdAt: c.now,
		}
		s.drive.files[f.uuid] = f
		s.drive.order = append(s.drive.order, f.uuid)
	}
	f.versions = append(f.versions, fileVersion{uuid: newUUID(), data: u.data, at: c.now})
	f.updatedAt = c.now
	return ok(s.driveFileJSON(c, f))
}

func (s *Sim) driveFileJSON(c *call, f *driveFile) object {
	v := f.last()
	by := func() object { return object{"id": f.createdBy, "type": "user"} }
	return object{
		"id": f.id, "uuid": f.uuid, "version_uuid": v.uuid, "name": f.name, "sanitized_name": f.name, "size": len(v.data), "type": "file",
		"source_id": nil, "has_multiple_versions": len(f.versions) > 1, "is_trashed": f.trashed, "created_at": f.createdAt, "created_by": by(),
		"updated_at": f.updatedAt, "updated_by": by(), "deleted_at": nil, "deleted_by": nil,
		"metadata": object{"extension": f.ext, "mime_type": f.ctype}, "previews": nil,
		"_links": object{
			"self": c.href("/v1.0/files/" + f.uuid), "download": c.href("/download/" + f.uuid + "/" + f.fileName()),
			"download_version": c.href("/download/" + f.uuid + "/" + v.uuid + "/" + f.fileName()),
		},
	}
}

func (f *driveFile) fileName() string {
	if f.ext == "" {
		return f.name
	}
	return f.name + "." + f.ext
}

func (s *Sim) listDriveFiles(c *call) answer {
	var rows []*driveFile
	for _, id := range s.drive.order {
		if f := s.drive.files[id]; !f.trashed {
			rows = append(rows, f)
		}
	}
	return s.page(c, "/v1.0/files", "files", len(rows), 50, 250, func(i int) any { return s.driveFileJSON(c, rows[i]) })
}

func (s *Sim) getDriveFile(c *call) answer {
	f := s.drive.files[c.args[0]]
	if f == nil {
		return s.problem(http.StatusNotFound, "File not found")
	}
	return ok(s.driveFileJSON(c, f))
}

func (s *Sim) patchDriveFile(c *call) answer {
	f := s.drive.files[c.args[0]]
	if f == nil {
		return s.problem(http.StatusNotFound, "File not found")
	}
	it, bad := s.oneItem(c)
	if bad != nil {
		return *bad
	}
	if name := it.str("name"); name != nil {
		f.name = *name
	}
	if a, refused := s.refused([]*item{it}); refused {
		return a
	}
	f.updatedAt = c.now
	return ok(s.driveFileJSON(c, f))
}

func (s *Sim) listFileVersions(c *call) answer {
	f := s.drive.files[c.args[0]]
	if f == nil {
		return s.problem(http.StatusNotFound, "File not found")
	}
	var rows []any
	for _, v := range f.versions {
		row := s.driveFileJSON(c, f)
		row["uuid"], row["file_uuid"], row["size"], row["created_at"] = v.uuid, f.uuid, len(v.data), v.at
		rows = append(rows, row)
	}
	return smallList(c, "/v1.0/files/"+f.uuid+"/versions", "versions", rows)
}

func (s *Sim) trashFiles(c *call) answer   { return s.setTrashed(c, true) }
func (s *Sim) restoreFiles(c *call) answer { return s.setTrashed(c, false) }

func (s *Sim) setTrashed(c *call, trashed bool) answer {
	if trashed && !s.driveAllowed(c, "files_delete") {
		return s.problem(http.StatusForbidden, s.text.forbidden)
	}
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	var rows []any
	for _, it := range items {
		if id := it.str("uuid"); id != nil && s.drive.files[*id] != nil {
			s.drive.files[*id].trashed = trashed
			rows = append(rows, s.driveFileJSON(c, s.drive.files[*id]))
		}
	}
	if trashed {
		return nothing()
	}
	return smallList(c, "/v1.0/files", "files", rows)
}

func (s *Sim) downloadFile(c *call) answer {
	f := s.drive.files[c.args[0]]
	if f == nil {
		return s.problem(http.StatusNotFound, "File not found")
	}
	v := f.last()
	if len(c.args) == 3 {
		i := slices.IndexFunc(f.versions, func(v fileVersion) bool { return v.uuid == c.args[1] })
		if i < 0 {
			return s.problem(http.StatusNotFound, "File not found")
		}
		v = f.versions[i]
	}
	return answer{status: http.StatusOK, ctype: f.ctype, raw: v.data}
}

// Files on a card.

func (s *Sim) listEntityFiles(c *call) answer {
	e := s.find(c.args[0], mustID(c.args[1]))
	if e == nil {
		return nothing()
	}
	rows := []*driveFile{}
	for _, id := range e.files {
		if f := s.drive.files[id]; f != nil {
			rows = append(rows, f)
		}
	}
	return s.page(c, entityPath(e.kind, e.id)+"/files", "files", len(rows), 50, 250, func(i int) any {
		return object{"file_uuid": rows[i].uuid, "id": rows[i].id}
	})
}

func (s *Sim) linkFiles(c *call) answer   { return s.changeFiles(c, true) }
func (s *Sim) unlinkFiles(c *call) answer { return s.changeFiles(c, false) }

func (s *Sim) changeFiles(c *call, add bool) answer {
	e := s.find(c.args[0], mustID(c.args[1]))
	if e == nil {
		return s.problem(http.StatusNotFound, "Entity not found")
	}
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	var uuids []string
	for _, it := range items {
		if !it.need("file_uuid") {
			continue
		}
		id := it.str("file_uuid")
		if id == nil || s.drive.files[*id] == nil {
			it.badChoice("file_uuid")
			continue
		}
		uuids = append(uuids, *id)
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	rows := []any{}
	for _, id := range uuids {
		e.files = slices.DeleteFunc(slices.Clone(e.files), func(have string) bool { return have == id })
		if add {
			e.files = append(e.files, id)
			rows = append(rows, object{"file_uuid": id, "id": s.drive.files[id].id})
		}
	}
	if !add {
		return nothing()
	}
	return ok(object{"_links": c.self(entityPath(e.kind, e.id) + "/files"), "_embedded": object{"files": rows}})
}

func (s *Sim) fileLinks(c *call) answer {
	var rows []any
	for _, kind := range []string{kindLeads, kindContacts, kindCompanies, kindCustomers} {
		for _, id := range s.entities[kind].order {
			if e := s.entities[kind].byID[id]; slices.Contains(e.files, c.args[0]) {
				rows = append(rows, object{"id": e.id, "type": singular[kind]})
			}
		}
	}
	if rows == nil {
		return nothing()
	}
	return ok(object{"file_uuid": c.args[0], "entities": rows})
}

// File returns the bytes of a file in Drive.
func (s *Sim) File(uuid string) (name string, data []byte, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.drive.files[uuid]
	if f == nil {
		return "", nil, false
	}
	return f.fileName(), slices.Clone(f.last().data), true
}
