package daemon

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// configEntry is one setting of a configuration file.
type configEntry struct {
	name, value string
	line        int
}

// parseConfig reads a configuration file: one YAML mapping from flag names to
// scalars or lists of scalars. Null leaves a setting at its default.
func parseConfig(text []byte) ([]configEntry, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, fmt.Errorf("not valid YAML: %s", yaml.FormatError(err, false, true))
	}
	var entries []configEntry
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		mapping, ok := doc.Body.(*ast.MappingNode)
		if !ok {
			return nil, fmt.Errorf("line %d: expected settings as name: value", doc.Body.GetToken().Position.Line)
		}
		for _, pair := range mapping.Values {
			e := configEntry{name: pair.Key.GetToken().Value, line: pair.Key.GetToken().Position.Line}
			value, set, err := configValue(pair.Value)
			if err != nil {
				return nil, fmt.Errorf("line %d: %s: %w", e.line, e.name, err)
			}
			if e.value = value; set {
				entries = append(entries, e)
			}
		}
	}
	return entries, nil
}

// configValue spells a YAML value as the flag would be given.
func configValue(node ast.Node) (value string, set bool, err error) {
	switch n := node.(type) {
	case *ast.NullNode:
		return "", false, nil
	case *ast.StringNode:
		return n.Value, true, nil
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value), true, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true, nil
	case *ast.SequenceNode:
		items := make([]string, 0, len(n.Values))
		for _, item := range n.Values {
			if _, nested := item.(*ast.SequenceNode); nested {
				return "", false, fmt.Errorf("a list of lists is not a setting")
			}
			text, _, err := configValue(item)
			if err != nil {
				return "", false, err
			}
			items = append(items, text)
		}
		return strings.Join(items, ","), true, nil
	default:
		return "", false, fmt.Errorf("expected a single value or a list, found %s", node.Type())
	}
}
