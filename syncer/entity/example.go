package entity

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// exampleLength is how many characters of a value an example shows.
const exampleLength = 60

// Due is what a value of the type is called in a sentence.
func (t Type) Due() string {
	switch t {
	case Bool:
		return "true or false"
	case Int:
		return "a whole number"
	case Real:
		return "a number"
	case Time:
		return "a time"
	case List:
		return "a list"
	case JSON:
		return "an object"
	default:
		return "a text"
	}
}

// Example shows the value in a sentence: on one short line, control characters
// visible, and nothing that may be a secret.
func (v Odd) Example(c *Column) string {
	var value any
	if json.Unmarshal(v, &value) != nil {
		return "no JSON"
	}
	if mayHoldSecrets(c) {
		return kindOf(value)
	}
	raw, err := json.Marshal(veiled(value))
	if err != nil {
		return kindOf(value)
	}
	// Marshal escapes what HTML would take for markup; pages do that themselves.
	text := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(raw))
	return shortened(visible(token.ReplaceAllString(text, "(token)")))
}

var (
	secretName = regexp.MustCompile(`(?i)secret|password|credential|token|hint|private|^key`)
	token      = regexp.MustCompile(`eyJ[\w-]{8,}(\.[\w-]+)*`)
)

// mayHoldSecrets reports whether a value that came in a column's place could be
// a secret: of a time or a number in a column about secrets it cannot.
func mayHoldSecrets(c *Column) bool {
	free := c.Type == Text || c.Type == List || c.Type == JSON
	return free && (secretName.MatchString(c.Name) || secretName.MatchString(c.Path))
}

// kindOf is what JSON calls a value.
func kindOf(v any) string {
	switch v.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a text"
	case bool:
		return "true or false"
	default:
		return "a number"
	}
}

// veiled is a value without what properties hold that are named like secrets.
func veiled(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if secretName.MatchString(name) {
				v[name] = "…"
			} else {
				v[name] = veiled(inner)
			}
		}
	case []any:
		for i := range v {
			v[i] = veiled(v[i])
		}
	}
	return v
}

// visible writes characters that cannot be seen, or that turn the direction of
// what follows, as JSON escapes.
func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func shortened(s string) string {
	runes := []rune(s)
	if len(runes) <= exampleLength {
		return s
	}
	return string(slices.Concat(runes[:exampleLength-1], []rune("…")))
}
