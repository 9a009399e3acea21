package simulator

import (
	"fmt"
	"strings"
	"time"
)

// Tokens of a $filter.
type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenText
	tokenNumber
	tokenInstant
	tokenGUID
	tokenPunctuation // ( ) , / :
)

type filterToken struct {
	kind tokenKind
	text string // without quotes
	at   int
}

// maxFilterLength is a bound of ours: Graph refuses URLs that are longer.
const maxFilterLength = 16 << 10

// lexFilter splits a $filter into tokens.
func lexFilter(s string) ([]filterToken, error) {
	if len(s) > maxFilterLength {
		return nil, errBadRequest("Invalid filter clause: The filter expression is too long.")
	}
	var out []filterToken
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case strings.IndexByte("(),/:", c) >= 0:
			out = append(out, filterToken{tokenPunctuation, string(c), i})
			i++
		case c == '\'':
			text, end, err := lexText(s, i)
			if err != nil {
				return nil, err
			}
			out = append(out, filterToken{tokenText, text, i})
			i = end
		case isWordByte(c):
			end := i
			for end < len(s) && isWordByte(s[end]) {
				end++
			}
			// A time of day has colons, and is one token with its date.
			if end < len(s) && s[end] == ':' && looksLikeDate(s[i:end]) {
				for end < len(s) && (isWordByte(s[end]) || s[end] == ':') {
					end++
				}
			}
			token, err := classifyWord(s[i:end], i)
			if err != nil {
				return nil, err
			}
			out = append(out, token)
			i = end
		default:
			return nil, errBadRequest("Invalid filter clause: Syntax error: character '%s' is not valid at position %d in '%s'.", firstRune(s[i:]), i, s)
		}
	}
	return append(out, filterToken{tokenEnd, "", len(s)}), nil
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// lexText reads a string literal; a quote in it is doubled.
func lexText(s string, start int) (text string, end int, err error) {
	var b strings.Builder
	for i := start + 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, nil
	}
	return "", 0, errBadRequest("Invalid filter clause: There is an unterminated string literal at position %d in '%s'.", len(s), s)
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '_' || c == '$' || c == '.' || c == '-' || c == '+' || c >= 0x80
}

func looksLikeDate(s string) bool {
	return len(s) > len("2006-01-02T") && s[4] == '-' && s[7] == '-' && (s[10] == 'T' || s[10] == 't')
}

// classifyWord tells numbers, times and GUIDs from names.
func classifyWord(word string, at int) (filterToken, error) {
	if isGUID(word) {
		return filterToken{tokenGUID, strings.ToLower(word), at}, nil
	}
	c := word[0]
	if !(c >= '0' && c <= '9') && c != '-' && c != '+' {
		return filterToken{tokenWord, word, at}, nil
	}
	if looksLikeDate(word) {
		if _, err := parseInstant(word); err != nil {
			return filterToken{}, errBadRequest("Invalid filter clause: The DateTimeOffset text '%s' should be in format 'yyyy-mm-ddThh:mm:ss('.'s+)?(zzzzzz)?' and each field value is within valid range.", word)
		}
		return filterToken{tokenInstant, strings.ToUpper(word), at}, nil
	}
	if _, err := time.Parse(time.DateOnly, word); err == nil {
		return filterToken{tokenInstant, word + "T00:00:00Z", at}, nil
	}
	digits := strings.TrimLeft(word, "+-")
	if digits == "" || strings.Trim(digits, "0123456789.") != "" || len(digits) > 18 {
		return filterToken{}, errBadRequest("Invalid filter clause: Syntax error at position %d in '%s'.", at+len(word), word)
	}
	return filterToken{tokenNumber, word, at}, nil
}

// parseInstant reads a time in a filter.
func parseInstant(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, strings.ToUpper(s)); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("not a time: %q", s)
}
