package entity

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNumbersSentAsTexts(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string][2]any{ // as a whole number, as another
		`"4"`:                 {int64(4), 4.0},
		`"-9007199254740993"`: {int64(-9007199254740993), -9007199254740992.0},
		`"0.5"`:               {Odd(`"0.5"`), 0.5},
		`"1e3"`:               {Odd(`"1e3"`), 1000.0},
		`"1e999"`:             {Odd(`"1e999"`), Odd(`"1e999"`)},
		`""`:                  {Odd(`""`), Odd(`""`)},
		`"007"`:               {Odd(`"007"`), Odd(`"007"`)},
		`" 4"`:                {Odd(`" 4"`), Odd(`" 4"`)},
		`"4 "`:                {Odd(`"4 "`), Odd(`"4 "`)},
		`"NaN"`:               {Odd(`"NaN"`), Odd(`"NaN"`)},
		`"null"`:              {Odd(`"null"`), Odd(`"null"`)},
		`["4"]`:               {Odd(`["4"]`), Odd(`["4"]`)},
		`9223372036854775808`: {Odd(`9223372036854775808`), 9223372036854775808.0},
		`null`:                {nil, nil},
	} {
		got := [2]any{cell(Int, json.RawMessage(raw)), cell(Real, json.RawMessage(raw))}
		assert.Equal(t, want, got, raw)
	}
	assert.Equal(t, "4", cell(Text, json.RawMessage(`"4"`)), "a text stays one")
}
