package documents

import (
	"fmt"
	"io"
	"strings"
	"time"

	"opendoor/offboarding"
)

// HandoverPapers writes the papers of a handover.
type HandoverPapers struct{}

var _ offboarding.Papers = HandoverPapers{}

// Write writes one paper of a dossier.
func (HandoverPapers) Write(w io.Writer, kind offboarding.PaperKind, d *offboarding.Dossier) error {
	if kind == offboarding.PaperTable {
		return workbook(w, d)
	}
	if kind == offboarding.PaperAccount {
		if d.Account == nil {
			return offboarding.ErrNotFound
		}
		return finalAccount(d).WritePDF(w)
	}
	p := newSheet(d)
	switch kind {
	case offboarding.PaperCover:
		p.cover()
	case offboarding.PaperInventory:
		p.inventory()
	case offboarding.PaperAct:
		p.act()
	case offboarding.PaperMatters:
		p.matters()
	case offboarding.PaperContacts:
		p.contacts()
	case offboarding.PaperAccess:
		p.access()
	default:
		return fmt.Errorf("there is no paper %q", kind)
	}
	return p.WritePDF(w)
}

// finalAccount is the final account with the day and the head of the other papers.
func finalAccount(d *offboarding.Dossier) *Paper {
	p, s := Settlement(d.Account), newSheet(d)
	p.Date, p.Brand = s.Date, s.Brand
	return p
}

// sheet is a paper about a dossier while it is written.
type sheet struct {
	Paper
	d  *offboarding.Dossier
	en bool
}

func newSheet(d *offboarding.Dossier) *sheet {
	day, _ := time.Parse(time.DateOnly, d.Day)
	return &sheet{d: d, en: d.Lang == offboarding.EN, Paper: Paper{
		Lang: string(d.Lang), Number: number(d), Date: day, Brand: Brand{Name: d.Brand.Name, Requisites: d.Brand.Requisites, Logo: d.Brand.Logo},
	}}
}

func number(d *offboarding.Dossier) string {
	if d.Lang == offboarding.EN {
		return fmt.Sprintf("No. %d", d.Case.No)
	}
	return fmt.Sprintf("№ %d", d.Case.No)
}

// t picks the language.
func (s *sheet) t(ru, en string) string {
	if s.en {
		return en
	}
	return ru
}

func (s *sheet) add(b ...Block) { s.Blocks = append(s.Blocks, b...) }

func (s *sheet) count(n int, what Noun) string { return Count(int64(n), what, s.Lang) }

// day is a day of the domain as people read it.
func (s *sheet) day(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	if s.en {
		return Day(t, "en")
	}
	return t.Format("02.01.2006")
}

func (s *sheet) contract() string {
	c := s.d.Case.Contract
	switch {
	case c.Number != "":
		return s.t("договор № ", "contract No. ") + c.Number
	case c.Title != "":
		return c.Title
	}
	return s.t("договор об оказании услуг", "the service contract")
}

func (s *sheet) client() string {
	if s.d.Case.Company.Name != "" {
		return s.d.Case.Company.Name
	}
	return s.d.Case.Client.Name
}

func (s *sheet) split() (there, missing []*offboarding.Item) {
	for _, it := range s.d.Items {
		if it.There() {
			there = append(there, it)
		} else {
			missing = append(missing, it)
		}
	}
	return there, missing
}

func (s *sheet) cover() {
	d := s.d
	there, missing := s.split()
	s.Title = s.t("Передача дел", "Handover")
	s.add(
		Text(s.t("Кому: ", "To: ")+s.client()),
		Text(s.t("Здравствуйте!", "Good day,")),
		Text(s.t("Передаём вам документы и файлы, которые хранились у нас: ", "We hand over the papers and files that we kept for you: ")+s.contract()+"."),
		Pairs{
			{s.t("Передаём", "Handed over"), s.count(len(there), Items)},
			{s.t("Ещё передадим", "Still to come"), s.count(len(missing), Items)},
			{s.t("Срок передачи", "Due"), s.day(d.Handover.DueOn)},
		},
		Text(s.t("Что внутри: опись с контрольными суммами, акт приёма-передачи, незавершённые вопросы, контакты, перечень доступов без паролей и сами файлы.",
			"Inside: the inventory with checksums, the acceptance act, open matters, contacts, the list of accesses without passwords, and the files themselves.")),
		Text(s.t("Проверьте, пожалуйста, каждую позицию. Если чего-то не хватает или файл не открывается, напишите: исправим. Молчание мы согласием не считаем.",
			"Please check every item. If something is missing or does not open, tell us and we will put it right. We do not take silence for consent.")),
		Text(s.t("Тому, кто будет вести дела дальше, с вашего согласия ответим на вопросы в течение 60 дней.",
			"With your consent we will answer the questions of whoever takes over for 60 days.")),
	)
	if len(missing) > 0 {
		s.add(Heading(s.t("Что ещё передадим", "Still to come")), s.missing(missing))
	}
	s.add(Text(s.t("Спасибо за время, что мы работали вместе.", "Thank you for the time that we worked together.")), s.person())
}

// person is whom to ask.
func (s *sheet) person() Block {
	c := s.d.Handover.Contact
	if c.Name == "" {
		c.Name = s.d.Case.Responsible.Name
	}
	var rest []string
	for _, part := range []string{c.Role, c.Phone, c.Email, c.Hours} {
		if part != "" {
			rest = append(rest, part)
		}
	}
	return Parties{{Role: s.t("Кому задать вопрос", "Whom to ask"), Name: c.Name, Lines: []string{strings.Join(rest, " · ")}}}
}

func (s *sheet) missing(items []*offboarding.Item) Block {
	t := Table{Columns: []Column{
		{s.t("№", "No."), 0.8, Right},
		{s.t("Наименование", "Name"), 4.8, Left},
		{s.t("Почему нет", "Why not here"), 3.9, Left},
		{s.t("Будет", "Expected"), 1.9, Left},
		{s.t("Кто отвечает", "Who sees to it"), 3.8, Left},
	}}
	for _, it := range items {
		why := it.MissingReason
		if why == "" {
			why = s.t("ожидается", "expected")
		}
		if it.Ownership == offboarding.ThirdParty && it.Permission == "" {
			why = join(why, s.t("нужно согласие третьей стороны", "needs a third party's permission"))
		}
		t.Rows = append(t.Rows, []string{itoa(it.Pos), it.Title, why, s.day(it.PromisedOn), it.Owner})
	}
	t.Total = []string{"", s.t("Итого: ", "Total: ") + s.count(len(items), Items)}
	return t
}

func join(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "; ")
}

func (s *sheet) form(f offboarding.Form) string {
	switch f {
	case offboarding.FormOriginal:
		return s.t("оригинал", "original")
	case offboarding.FormCopy:
		return s.t("копия", "copy")
	case offboarding.FormElectronic:
		return s.t("электронный", "electronic")
	}
	return ""
}

// copies says how much of a thing there is: «оригинал, 2 экз., 14 л.».
func (s *sheet) copies(it *offboarding.Item) string {
	parts := []string{s.form(it.Form)}
	if it.Copies > 0 {
		parts = append(parts, itoa(it.Copies)+s.t("\u00a0экз.", "\u00a0pcs"))
	}
	if it.Pages > 0 {
		parts = append(parts, itoa(it.Pages)+s.t("\u00a0л.", "\u00a0pp."))
	}
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}

func (s *sheet) document(it *offboarding.Item) string {
	out := it.DocNo
	if out != "" && !strings.HasPrefix(out, "№") {
		out = s.t("№", "No.") + "\u00a0" + out
	}
	if it.DocDate != "" {
		out = strings.TrimSpace(out + s.t(" от ", " of ") + s.day(it.DocDate))
	}
	return join(out, it.Period)
}

func (s *sheet) status(it *offboarding.Item) string {
	if !it.There() {
		return s.t("нет", "no")
	}
	return s.t("есть", "yes")
}

func (s *sheet) inventory() {
	there, missing := s.split()
	s.Title = s.t("Опись", "Inventory")
	s.add(Pairs{{s.t("Клиент", "Client"), s.client()}, {s.t("Основание", "Under"), s.contract()}})
	t := Table{Columns: []Column{
		{s.t("№", "No."), 0.9, Right},
		{s.t("Наименование", "Name"), 5, Left},
		{s.t("Номер, дата, период", "Number, date, period"), 3.2, Left},
		{s.t("Вид", "Form"), 2.4, Left},
		{s.t("Файл, место", "File, place"), 4.4, Left},
		{s.t("Есть", "Here"), 1, Centre},
	}, Empty: s.t("В описи пока ничего нет.", "There is nothing on the inventory yet.")}
	for _, it := range s.d.Items {
		title := it.Title
		if it.Category != "" {
			title = it.Category + ": " + title
		}
		t.Rows = append(t.Rows, []string{itoa(it.Pos), title, s.document(it), s.copies(it), s.where(it), s.status(it)})
	}
	if len(t.Rows) > 0 {
		t.Total = []string{"", s.t("Итого: ", "Total: ") + s.count(len(s.d.Items), Items), "", "", "", ""}
	}
	s.add(t, Text(s.t("В наличии: ", "Here: ")+s.count(len(there), Items)+s.t(". Ожидается: ", ". Expected: ")+s.count(len(missing), Items)+"."))
	if len(missing) > 0 {
		s.add(Heading(s.t("Чего пока нет", "What is not here yet")), s.missing(missing))
	}
	s.withheld()
	if sums := s.sums(there); len(sums.Rows) > 0 {
		s.add(Heading(s.t("Контрольные суммы файлов (SHA-256)", "Checksums of the files (SHA-256)")), sums)
	}
}

func (s *sheet) withheld() {
	if s.d.Withheld > 0 {
		s.add(Note(s.t("Клиент передал не всё: не показано ", "The client shares a part: not shown ") + s.count(s.d.Withheld, Items) + "."))
	}
}

func (s *sheet) where(it *offboarding.Item) string {
	if it.File == nil {
		return it.Location
	}
	return join(it.File.Name+" ("+Bytes(it.File.Size, s.Lang)+")", it.Location)
}

func (s *sheet) sums(items []*offboarding.Item) Table {
	t := Table{Columns: []Column{{s.t("№", "No."), 0.9, Right}, {s.t("Файл", "File"), 5, Left}, {s.t("Байт", "Bytes"), 2, Right}, {"SHA-256", 9, Left}}}
	for _, it := range items {
		if it.File != nil {
			t.Rows = append(t.Rows, []string{itoa(it.Pos), it.File.Name, offboarding.Grouped(it.File.Size, offboarding.Lang(s.Lang)), it.File.SHA256})
		}
	}
	return t
}

// Bytes is a size as people read it.
func Bytes(n int64, lang string) string {
	units := []string{"Б", "КБ", "МБ", "ГБ", "ТБ"}
	if lang == "en" {
		units = []string{"B", "KB", "MB", "GB", "TB"}
	}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	s := fmt.Sprintf("%.1f", f)
	if i == 0 || f >= 100 {
		s = fmt.Sprintf("%.0f", f)
	}
	return strings.Replace(s, ".", decimal(lang), 1) + "\u00a0" + units[i]
}

func (s *sheet) act() {
	d, h := s.d, s.d.Handover
	there, missing := s.split()
	s.Title, s.Place = s.t("Акт приёма-передачи", "Acceptance act"), h.Place
	giver := d.Brand.Name
	s.add(
		Parties{s.party(s.t("Передающая сторона", "Handing over"), giver, h.Giver), s.party(s.t("Принимающая сторона", "Receiving"), s.client(), h.Receiver)},
		Text(s.t("Основание: ", "Under: ")+s.contract()+"."),
		Heading(s.t("1. Передано", "1. Handed over")),
		s.given(there),
		Heading(s.t("2. Будет передано позже", "2. Still to come")),
	)
	if len(missing) > 0 {
		s.add(s.missing(missing))
	} else {
		s.add(Text(s.t("Всё передано.", "Everything is handed over.")))
	}
	s.add(Heading(s.t("3. Ключи, пароли и доступы", "3. Keys, passwords and accesses")))
	if len(h.Access) > 0 {
		s.add(s.accessTable())
	}
	s.add(Text(s.t("Секреты в этот акт и в пакет не входят: они передаются отдельно, после передачи пароли меняет принимающая сторона.",
		"Secrets are part of neither this act nor the package: they are transferred separately and changed by the receiving side afterwards.")))
	s.add(Heading(s.t("4. Замечания", "4. Remarks")), s.remarks())
	s.add(
		Text(s.t("Подписание акта не означает отказа от позиций раздела 2. Отсутствие ответа не считается приёмкой.",
			"Signing this act waives nothing of section 2. No answer is not an acceptance.")),
		Signatures{s.signature(s.t("Передал", "Handed over by"), giver, h.Giver, ""), s.signature(s.t("Принял", "Received by"), s.client(), h.Receiver, s.signed())},
	)
	if d.Protocol != nil {
		s.protocol(d.Protocol)
	}
}

func (s *sheet) party(role, name string, by offboarding.Signatory) Party {
	p := Party{Role: role, Name: name}
	if by.Name != "" && by.Name != name {
		p.Lines = append(p.Lines, s.t("в лице: ", "represented by: ")+strings.TrimSpace(by.Position+" "+by.Name))
	}
	if by.Basis != "" {
		p.Lines = append(p.Lines, s.t("на основании ", "by ")+by.Basis)
	}
	return p
}

func (s *sheet) signature(role, side string, by offboarding.Signatory, signed string) Signature {
	name := by.Name
	if name == "" {
		name = side
	}
	sig := Signature{Role: role, Name: name, Signed: signed}
	if by.Position != "" || by.Basis != "" {
		sig.Basis = by.Position
		if by.Basis != "" {
			sig.Basis = strings.TrimPrefix(sig.Basis+s.t(", на основании ", ", by ")+by.Basis, ", ")
		}
	}
	return sig
}

func (s *sheet) signed() string {
	if p := s.d.Protocol; p != nil {
		return s.t("Подписано простой электронной подписью (ПЭП), ", "Signed by a simple electronic signature, ") + moment(p.At, p.Location) + s.t(". Протокол — на последнем листе.", ". Protocol on the last sheet.")
	}
	return ""
}

func moment(t time.Time, loc *time.Location) string {
	if loc == nil {
		loc = time.UTC
	}
	return t.In(loc).Format("02.01.2006 15:04:05 -07:00")
}

func (s *sheet) given(items []*offboarding.Item) Block {
	t := Table{Columns: []Column{
		{s.t("№", "No."), 0.8, Right},
		{s.t("Наименование", "Name"), 5, Left},
		{s.t("Номер, дата", "Number, date"), 3, Left},
		{s.t("Ориг.", "Orig."), 1.1, Right},
		{s.t("Копий", "Copies"), 1.1, Right},
		{s.t("Листов", "Pages"), 1.2, Right},
		{s.t("Примечание", "Note"), 3.6, Left},
	}, Empty: s.t("Пока ничего не передано.", "Nothing is handed over yet.")}
	originals, copies, pages := 0, 0, 0
	for _, it := range items {
		o, c := "", ""
		n := max(it.Copies, 1)
		switch it.Form {
		case offboarding.FormOriginal:
			originals += n
			o = itoa(n)
		case offboarding.FormCopy:
			copies += n
			c = itoa(n)
		}
		p := ""
		if it.Pages > 0 {
			p = itoa(it.Pages)
			pages += it.Pages
		}
		t.Rows = append(t.Rows, []string{itoa(it.Pos), it.Title, s.document(it), o, c, p, s.where(it)})
	}
	if len(items) > 0 {
		t.Total = []string{"", s.t("Итого: ", "Total: ") + s.count(len(items), Items), "", itoa(originals), itoa(copies), itoa(pages), s.count(filesOf(items), Files)}
	}
	return t
}

func filesOf(items []*offboarding.Item) int {
	n := 0
	for _, it := range items {
		if it.File != nil {
			n++
		}
	}
	return n
}

func (s *sheet) remarks() Block {
	words := map[offboarding.Receipt]string{
		offboarding.ReceiptMissing: s.t("не хватает", "missing"), offboarding.ReceiptUnreadable: s.t("не открывается", "does not open"),
		offboarding.ReceiptRemark: s.t("замечание", "remark"),
	}
	t := Table{
		Columns: []Column{{s.t("№", "No."), 0.8, Right}, {s.t("Позиция", "Item"), 5, Left}, {s.t("Замечание", "Remark"), 6, Left}, {s.t("Ответ", "Answer"), 5, Left}},
		Empty:   s.t("Замечаний нет.", "There are no remarks."),
	}
	for _, it := range s.d.Items {
		if word := words[it.Receipt]; word != "" {
			t.Rows = append(t.Rows, []string{itoa(it.Pos), it.Title, join(word, it.Remark), it.Answer})
		}
	}
	return t
}

func (s *sheet) protocol(p *offboarding.Protocol) {
	s.add(
		NewPage{},
		Heading(s.t("Протокол подписания простой электронной подписью (ПЭП)", "Protocol of a simple electronic signature")),
		Pairs{
			{s.t("Документ", "Document"), s.Title + " " + s.Number},
			{s.t("Подписал", "Signed by"), p.Name},
			{s.t("Адрес почты", "E-mail address"), p.Email},
			{s.t("Код отправлен", "Code sent"), moment(p.CodeSentAt, p.Location)},
			{s.t("Код введён", "Code given"), moment(p.At, p.Location)},
			{s.t("Сетевой адрес", "Network address"), p.Address},
			{s.t("SHA-256 акта до подписания", "SHA-256 of the act before signing"), p.ActHash},
			{s.t("SHA-256 описи", "SHA-256 of the inventory"), p.ListHash},
		},
		Heading(s.t("Правила, с которыми согласился подписавший", "The rules to which the signer agreed")),
		Text(p.Rules),
		Note(s.t("Это простая электронная подпись: ключ — одноразовый код, отправленный на указанный адрес. Она не является усиленной квалифицированной подписью.",
			"This is a simple electronic signature: its key is a one-time code sent to the address above. It is no qualified signature.")),
	)
}

func (s *sheet) matters() {
	s.Title = s.t("Незавершённые вопросы", "Open matters")
	t := Table{Columns: []Column{
		{s.t("№", "No."), 0.8, Right}, {s.t("Что", "What"), 7, Left}, {s.t("Срок", "Deadline"), 2, Left}, {s.t("Кто делает", "Who does it"), 4, Left}, {s.t("До какого дня", "Until"), 2.2, Left},
	}, Empty: s.t("Незавершённых вопросов нет.", "There are no open matters.")}
	for i, m := range s.d.Handover.OpenMatters {
		t.Rows = append(t.Rows, []string{itoa(i + 1), m.What, s.day(m.Deadline), m.Who, s.day(m.Until)})
	}
	s.add(t)
}

func (s *sheet) contacts() {
	s.Title = s.t("Контакты", "Contacts")
	t := Table{Columns: []Column{
		{s.t("Кто", "Who"), 4, Left}, {s.t("Чем занимается", "For what"), 4, Left}, {s.t("Телефон", "Phone"), 3, Left}, {s.t("Почта", "E-mail"), 4, Left}, {s.t("Когда на связи", "Hours"), 3, Left},
	}}
	all := s.d.Handover.Contacts
	if c := s.d.Handover.Contact; c.Name != "" {
		all = append([]offboarding.Contact{c}, all...)
	}
	for _, c := range all {
		t.Rows = append(t.Rows, []string{c.Name, c.Role, c.Phone, c.Email, c.Hours})
	}
	t.Empty = s.t("Контактов нет.", "There are no contacts.")
	s.add(t)
}

func (s *sheet) accessTable() Table {
	t := Table{Columns: []Column{
		{s.t("К чему доступ", "Access to"), 4.5, Left},
		{s.t("Учётная запись", "Account"), 3.5, Left},
		{s.t("Как передан", "How transferred"), 4, Left},
		{s.t("Когда", "When"), 2, Left},
		{s.t("Сменён", "Changed"), 1.5, Centre},
		{s.t("Наш отозван", "Ours revoked"), 1.8, Centre},
	}, Empty: s.t("Доступов нет.", "There are no accesses.")}
	yes := func(b bool) string {
		if b {
			return s.t("да", "yes")
		}
		return s.t("нет", "no")
	}
	for _, a := range s.d.Handover.Access {
		t.Rows = append(t.Rows, []string{a.System, a.Account, a.Transferred, s.day(a.On), yes(a.Rotated), yes(a.Revoked)})
	}
	return t
}

func (s *sheet) access() {
	s.Title = s.t("Перечень доступов", "List of accesses")
	s.add(s.accessTable(), Note(s.t("Паролей и ключей здесь нет: они переданы отдельно.", "There are no passwords or keys here: they are transferred separately.")))
}
