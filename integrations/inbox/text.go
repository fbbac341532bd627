package inbox

import (
	"html"
	"regexp"
	"strings"
)

// said is what the person wrote, without what they quote.
func (l *letter) said() string {
	text := ""
	for _, p := range l.parts {
		if p.kind == "text/plain" || p.kind == "" {
			text = string(p.body)
			break
		}
	}
	if strings.TrimSpace(text) == "" {
		for _, p := range l.parts {
			if p.kind == "text/html" {
				text = plainOf(string(p.body))
				break
			}
		}
	}
	return unquoted(strings.ToValidUTF8(text, "�"))
}

var (
	hiddenHTML = regexp.MustCompile(`(?is)<(style|script|head|blockquote)\b.*?</(style|script|head|blockquote)\s*>|<!--.*?-->`)
	breaksHTML = regexp.MustCompile(`(?i)<(br|/p|/div|/tr|/li)[^>]*>`)
	tagsHTML   = regexp.MustCompile(`<[^>]*>`)

	quoteBegins = regexp.MustCompile(`(?i)^(-{2,} ?(original message|исходное сообщение|пересылаемое сообщение|forwarded message).*|_{10,}|on .{4,200} wrote:|.{0,200}(пишет|писал|писала|написал|написала|написал\(а\)):|(от|from): .+@.+|(отправлено|sent from) .{0,60})$`)
)

// plainOf is the text of HTML.
func plainOf(s string) string {
	s = hiddenHTML.ReplaceAllString(s, "")
	s = breaksHTML.ReplaceAllString(s, "\n")
	return html.UnescapeString(tagsHTML.ReplaceAllString(s, ""))
}

// unquoted cuts off the letter that is answered, and the signature.
func unquoted(s string) string {
	var out []string
	for line := range strings.Lines(strings.ReplaceAll(s, "\r\n", "\n")) {
		line = strings.TrimRight(line, "\n\r\t ")
		bare := strings.TrimSpace(line)
		if line == "--" || quoteBegins.MatchString(bare) {
			break
		}
		if strings.HasPrefix(bare, ">") {
			continue
		}
		out = append(out, line)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}
