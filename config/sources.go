package config

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// sources are where values come from: the environment first, then the YAML
// file. In both, NAME_FILE names a file that holds the value.
type sources struct {
	lookup   func(string) (string, bool)
	yaml     map[string]string // by the environment's name
	yamlFile string
}

// newSources reads the YAML file that OPENDOOR_CONFIG names, if any.
func newSources(lookup func(string) (string, bool)) (sources, Mistakes) {
	s := sources{lookup: lookup}
	s.yamlFile = s.env(configFile)
	if s.yamlFile == "" {
		return s, nil
	}
	raw, err := os.ReadFile(s.yamlFile)
	if err != nil {
		return s, Mistakes{{Name: configFile, Value: s.yamlFile, Problem: "want a file that can be read: " + reason(err)}}
	}
	var mistakes Mistakes
	s.yaml, mistakes = parseYAML(raw, s.yamlFile)
	return s, mistakes
}

// env is the environment's value without the white space around it.
func (s sources) env(name string) string {
	if v, ok := s.lookup(name); ok {
		return strings.TrimSpace(v)
	}
	return ""
}

// find returns the value of a setting, empty when it is nowhere set, and the
// file it comes from, empty for the environment.
func (s sources) find(name string) (value, source, problem string) {
	value, source, problem = resolve(name, "", s.env(name), s.env(name+fileSuffix))
	if value != "" || problem != "" {
		return value, source, problem
	}
	return resolve(name, s.yamlFile, s.yaml[name], s.yaml[name+fileSuffix])
}

// resolve decides between a value and a file that holds it, of one source.
func resolve(name, source, value, file string) (_, _, problem string) {
	// OPENDOOR_CONFIG itself is looked up too, and names its file directly.
	if file == "" || name == configFile {
		return value, source, ""
	}
	if value != "" {
		return "", "", fmt.Sprintf("is set twice, want either %s or %s", name, name+fileSuffix)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", "", fmt.Sprintf("cannot be read: %s is %q: %s", name+fileSuffix, file, reason(err))
	}
	value = strings.TrimSpace(string(raw))
	if value == "" {
		return "", "", fmt.Sprintf("cannot be read: %s is %q, which is empty", name+fileSuffix, file)
	}
	return value, file, ""
}

// reason is why a file cannot be read, without its name.
func reason(err error) string {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}

// parseYAML reads a flat mapping of settings. It keeps what is written: a
// number stays the digits it was, so that a key like 0123 is not changed.
func parseYAML(raw []byte, file string) (map[string]string, Mistakes) {
	parsed, err := parser.ParseBytes(raw, 0)
	if err != nil {
		// The message quotes the lines around, which may hold a secret.
		return nil, Mistakes{{Name: configFile, Value: file, Problem: "want YAML, one setting a line, such as addr: 0.0.0.0:8080" + position(err)}}
	}
	values := map[string]string{}
	var mistakes Mistakes
	for _, doc := range parsed.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		mapping, ok := doc.Body.(ast.MapNode)
		if !ok {
			return nil, Mistakes{{Name: configFile, Value: file, Problem: "want YAML, one setting a line, such as addr: 0.0.0.0:8080"}}
		}
		for entries := mapping.MapRange(); entries.Next(); {
			key := entries.Key().GetToken().Value
			name := settingOfKey(key)
			value, ok := scalar(entries.Value())
			_, twice := values[name]
			switch {
			case !known(name) || name == configFile:
				mistakes = append(mistakes, unknown(key, file, name))
			case twice:
				mistakes = append(mistakes, Mistake{Name: name, Source: file, Problem: "is set twice"})
			case !ok:
				mistakes = append(mistakes, Mistake{Name: name, Source: file, Problem: "has no plain value, want text, a number or a list of them"})
			default:
				values[name] = strings.TrimSpace(value)
			}
		}
	}
	return values, mistakes
}

// position tells the line of a syntax error, and nothing of what stands there.
func position(err error) string {
	e, ok := errors.AsType[*yaml.SyntaxError](err)
	if !ok || e.Token == nil {
		return ""
	}
	return fmt.Sprintf(" (line %d)", e.Token.Position.Line)
}

// settingOfKey returns the environment's name of a key: database_url and
// OPENDOOR_DATABASE_URL are the same.
func settingOfKey(key string) string {
	if strings.HasPrefix(key, prefix) || key != strings.ToLower(key) {
		return key
	}
	return prefix + strings.ToUpper(key)
}

// scalar is a plain value as it is written, or a list of them with commas.
func scalar(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.NullNode:
		return "", true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	case *ast.SequenceNode:
		items := make([]string, len(n.Values))
		for i, item := range n.Values {
			if _, nested := item.(*ast.SequenceNode); nested {
				return "", false
			}
			text, ok := scalar(item)
			if !ok {
				return "", false
			}
			items[i] = text
		}
		return strings.Join(items, ","), true
	}
	return "", false
}
