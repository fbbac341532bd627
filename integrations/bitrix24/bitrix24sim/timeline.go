package bitrix24sim

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// comment is a comment in the timeline of an object.
type comment struct {
	id, typeID, ownerID, authorID int
	at                            time.Time
	text                          string
	files                         []*file
}

// logMessage is an entry that a program wrote into a timeline.
type logMessage struct {
	id, typeID, ownerID, authorID int
	at                            time.Time
	title, text, icon             string
}

// file is what somebody uploaded.
type file struct {
	id   int
	name string
	body []byte
	at   time.Time
}

// ownerNames are the types of objects as comments name them.
var ownerNames = map[string]int{"lead": typeLead, "deal": typeDeal, "contact": typeContact, "company": typeCompany}

func ownerName(typeID int) string {
	for name, id := range ownerNames {
		if id == typeID {
			return name
		}
	}
	return "dynamic_" + strconv.Itoa(typeID)
}

// owner finds the object that a timeline entry belongs to.
func (s *Sim) owner(typeID, id int) (*record, error) {
	t := s.table(typeID)
	if t == nil || t.byID[id] == nil {
		return nil, errOwner
	}
	return t.byID[id], nil
}

func (s *Sim) nextTimeline() int {
	s.lastTimeline++
	return s.lastTimeline
}

// noteActivity keeps LAST_ACTIVITY_TIME; it is no change of the object and fires
// no event of it.
func (s *Sim) noteActivity(r *record, who actor) {
	r.values["LAST_ACTIVITY_TIME"], r.values["LAST_ACTIVITY_BY"] = s.now(), who.userID
}

// commentAdd takes `fields` in small letters only, unlike other old methods.
func (c *call) commentAdd() (answer, error) {
	s := c.sim
	fields, err := c.needArray("fields")
	if err != nil {
		return answer{}, err
	}
	for _, name := range []string{"ENTITY_ID", "ENTITY_TYPE"} {
		if toString(fields.get(name)) == "" {
			return answer{}, missingParameter(name)
		}
	}
	text := toString(fields.get("COMMENT"))
	files, err := s.readFiles(fields.get("FILES"))
	if err != nil {
		return answer{}, err
	}
	if text == "" && len(files) == 0 {
		return answer{}, badRequest("INVALID_ARG_VALUE", "Empty comment message")
	}
	typeID := s.timelineType(toString(fields.get("ENTITY_TYPE")))
	id, _ := toInt(fields.get("ENTITY_ID"))
	r, err := s.owner(typeID, id)
	if err != nil {
		return answer{}, err
	}
	cm := &comment{id: s.nextTimeline(), typeID: typeID, ownerID: id, authorID: c.who.userID, at: s.now(), text: text, files: files}
	s.comments = append(s.comments, cm)
	s.noteActivity(r, c.who)
	s.fire("ONCRMTIMELINECOMMENTADD", row("ID", cm.id), cm.id, c.who)
	return answer{result: cm.id}, nil
}

// readFiles reads [[name, base64], …].
func (s *Sim) readFiles(v any) ([]*file, error) {
	rows, ok := v.(*array)
	if !ok {
		return nil, nil
	}
	if _, single := rows.get("0").(string); single { // one pair instead of a list of pairs
		rows = list(rows)
	}
	var out []*file
	for _, one := range rows.values() {
		pairOf, ok := one.(*array)
		if !ok {
			continue
		}
		f, ok := s.keepFile(toString(pairOf.get("0")), toString(pairOf.get("1")))
		if !ok {
			return nil, badRequest("INVALID_ARG_VALUE", "Could not save file")
		}
		out = append(out, f)
	}
	return out, nil
}

// comment finds a comment by the parameter id.
func (c *call) comment(missing error) (*comment, error) {
	v, _ := c.params.lookup("id")
	id, ok := toInt(v)
	if !ok || id <= 0 {
		return nil, errBadID
	}
	for _, cm := range c.sim.comments {
		if cm.id == id {
			return cm, nil
		}
	}
	return nil, missing
}

// errCommentNotFound ends with a full stop, unlike the answer of crm.deal.get.
var errCommentNotFound = &apiError{status: 400, desc: "Not found."}

func (c *call) commentGet() (answer, error) {
	cm, err := c.comment(errCommentNotFound)
	if err != nil {
		return answer{}, err
	}
	return answer{result: c.sim.printComment(cm)}, nil
}

func (c *call) commentUpdate() (answer, error) {
	cm, err := c.comment(errEntryNotFound)
	if err != nil {
		return answer{}, err
	}
	fields, err := c.needArray("fields")
	if err != nil {
		return answer{}, err
	}
	text := cm.text
	if fields.find("COMMENT") >= 0 {
		if text = toString(fields.get("COMMENT")); text == "" {
			return answer{}, badRequest("INVALID_ARG_VALUE", "Empty comment message")
		}
	}
	if fields.find("FILES") >= 0 { // replaces all files
		files, err := c.sim.readFiles(fields.get("FILES"))
		if err != nil {
			return answer{}, err
		}
		cm.files = files
	}
	cm.text = text
	c.sim.fire("ONCRMTIMELINECOMMENTUPDATE", row("ID", cm.id), cm.id, c.who)
	return answer{result: cm.id}, nil
}

func (c *call) commentDelete() (answer, error) {
	cm, err := c.comment(errEntryNotFound)
	if err != nil {
		return answer{}, err
	}
	c.sim.comments = slices.DeleteFunc(c.sim.comments, func(have *comment) bool { return have == cm })
	c.sim.fire("ONCRMTIMELINECOMMENTDELETE", row("ID", cm.id), cm.id, c.who)
	return answer{result: true}, nil
}

var commentColumns = plainColumns(map[string]valueType{
	"ID": numberValue, "ENTITY_ID": numberValue, "ENTITY_TYPE": textValue,
	"CREATED": timeValue, "COMMENT": textValue, "AUTHOR_ID": numberValue,
})

func (c *call) commentList() (answer, error) {
	k, err := c.listParams()
	if err != nil {
		return answer{}, err
	}
	for _, name := range []string{"ENTITY_ID", "ENTITY_TYPE"} {
		if _, given := k.filter.lookupAny(name, "="+name); !given {
			return answer{}, missingParameter(name)
		}
	}
	page, err := find(c.sim, listing[*comment]{
		rows: c.sim.comments, id: func(cm *comment) int { return cm.id }, cols: commentColumns,
		value: func(cm *comment, column string) any {
			switch column {
			case "ID":
				return cm.id
			case "ENTITY_ID":
				return cm.ownerID
			case "ENTITY_TYPE":
				return ownerName(cm.typeID)
			case "CREATED":
				return cm.at
			case "AUTHOR_ID":
				return cm.authorID
			}
			return cm.text
		},
	}, k)
	if err != nil {
		return answer{}, err
	}
	out := &array{}
	for _, cm := range page.rows {
		out.push(pick(c.sim.printComment(cm), k.sel))
	}
	return page.answer(out), nil
}

// printComment prints a comment; no files is an empty object.
func (s *Sim) printComment(cm *comment) *array {
	var files any = object{}
	if len(cm.files) > 0 {
		byID := &array{}
		author := ""
		if u := s.user(cm.authorID); u != nil {
			author = u.fullName()
		}
		for _, f := range cm.files {
			url := s.portal + "/upload/show/" + strconv.Itoa(f.id)
			byID.set(strconv.Itoa(f.id), row("id", f.id, "date", s.printTime(f.at), "type", fileType(f.name), "name", f.name,
				"size", len(f.body), "authorId", cm.authorID, "authorName", author, "urlShow", url, "urlDownload", url))
		}
		files = byID
	}
	return row("ID", strconv.Itoa(cm.id), "ENTITY_ID", strconv.Itoa(cm.ownerID), "ENTITY_TYPE", ownerName(cm.typeID),
		"CREATED", s.printTime(cm.at), "COMMENT", cm.text, "AUTHOR_ID", strconv.Itoa(cm.authorID), "FILES", files)
}

func fileType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp":
		return "image"
	}
	return "file"
}

func (c *call) logMessageAdd() (answer, error) {
	s := c.sim
	fields, err := c.needArray("fields")
	if err != nil {
		return answer{}, err
	}
	for _, name := range []string{"entityTypeId", "entityId", "title", "text", "iconCode"} {
		if toString(fields.get(name)) == "" {
			return answer{}, missingParameter(name)
		}
	}
	typeID, _ := toInt(fields.get("entityTypeId"))
	id, _ := toInt(fields.get("entityId"))
	r, err := s.owner(typeID, id)
	if err != nil {
		return answer{}, err
	}
	m := &logMessage{
		id: s.nextTimeline(), typeID: typeID, ownerID: id, authorID: c.who.userID, at: s.now(),
		title: toString(fields.get("title")), text: toString(fields.get("text")), icon: toString(fields.get("iconCode")),
	}
	s.logs = append(s.logs, m)
	s.noteActivity(r, c.who)
	return answer{result: row("logMessage", s.printLogMessage(m))}, nil
}

func (s *Sim) printLogMessage(m *logMessage) *array {
	return row("id", m.id, "created", s.printTime(m.at), "authorId", m.authorID, "title", m.title, "text", m.text, "iconCode", m.icon)
}

// logMessageList answers with the newest first.
func (c *call) logMessageList() (answer, error) {
	typeID, err := c.needInt("entityTypeId")
	if err != nil {
		return answer{}, err
	}
	id, err := c.needInt("entityId")
	if err != nil {
		return answer{}, err
	}
	out := &array{}
	for _, m := range slices.Backward(c.sim.logs) {
		if m.typeID == typeID && m.ownerID == id {
			out.push(c.sim.printLogMessage(m))
		}
	}
	return answer{result: out, listed: true, total: out.len()}, nil
}

// timelinePin pins an entry; the sandbox only checks that it is there.
func (c *call) timelinePin() (answer, error) {
	id, err := c.needInt("id")
	if err != nil {
		return answer{}, err
	}
	if id > c.sim.lastTimeline {
		return answer{}, errEntryNotFound
	}
	return answer{result: true}, nil
}
