package store

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/securatlas/securatlas/syncer/entity"
)

// foldVersion changes whenever fold does: rows are then written once more.
const foldVersion = 1

// letters that have no decomposition but are searched without their stroke.
var letters = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "ħ", "h", "ŧ", "t", "ı", "i", "æ", "ae", "œ", "oe", "þ", "th", "ð", "d")

// fold turns text into what search compares: lower case without accents,
// control characters as spaces. SQLite itself folds ASCII only.
func fold(s string) string {
	ascii := true
	for i := 0; i < len(s) && ascii; i++ {
		ascii = s[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.Map(spaceControls, strings.ToLower(s))
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(cases.Fold().String(s)) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(spaceControls(r))
		}
	}
	return letters.Replace(b.String())
}

func spaceControls(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// searchText is what a table's search looks into: the folded texts of the
// columns it searches, one a line, since a word is never found across two.
// cell returns the row's value of a column.
func searchText(d *entity.Def, cell func(column string) any) string {
	var lines []string
	for i := range d.Columns {
		if c := &d.Columns[i]; c.Search {
			for _, text := range cellTexts(c.Type, cell(c.Name)) {
				if folded := strings.TrimSpace(fold(text)); folded != "" {
					lines = append(lines, folded)
				}
			}
		}
	}
	return strings.Join(lines, "\n")
}

// cellTexts returns the texts in a cell: of a list or an object the texts that
// it holds at any depth, but not what its properties are called, nor the type
// names that Microsoft adds.
func cellTexts(t entity.Type, v any) []string {
	s, ok := v.(string)
	switch {
	case v == nil:
		return nil
	case !ok || t != entity.List && t != entity.JSON:
		return []string{cellText(v)}
	}
	var value any
	if json.Unmarshal([]byte(s), &value) != nil {
		return []string{s}
	}
	var texts []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			texts = append(texts, v)
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, key := range sortedKeys(v) {
				if !strings.HasPrefix(key, "@odata.") {
					walk(v[key])
				}
			}
		}
	}
	walk(value)
	return texts
}
