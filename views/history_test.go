package views

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
)

func TestHistoryFieldValues(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ab", 50)
	for _, test := range []struct {
		name, old, new string
		want, is       Clip
	}{
		{"short", "Legal", "IT", Clip{Text: "Legal"}, Clip{Text: "IT"}},
		{"as long as may be", strings.Repeat("é", 20), "x", Clip{Text: strings.Repeat("é", 20)}, Clip{Text: "x"}},
		{"long after nothing", "not set", long, Clip{Text: "not set"}, Clip{Text: long[:19] + "…", Full: long}},
		{"alike at first", long + "x", long + "yz", Clip{"…babab" + "x", long + "x"}, Clip{"…babab" + "yz", long + "yz"}},
		{"one begins the other", long, long + "y", Clip{"…babab", long}, Clip{"…bababy", long + "y"}},
		{"alike and then long", long + "1" + long, long + "2", Clip{"…babab1" + long[:12] + "…", long + "1" + long}, Clip{"…babab2", long + "2"}},
	} {
		old, new := HistoryField{Old: test.old, New: test.new}.Values(20)
		assert.Equal(t, test.want, old, test.name)
		assert.Equal(t, test.is, new, test.name)
	}
	old, _ := HistoryField{Old: strings.Repeat("a", 1_000_000)}.Values(20)
	assert.Less(t, len(old.Full), 5000, "a tooltip is bounded")
}

func TestChangeDaysAreThoseOfUTC(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 30, 0, 0, time.UTC)
	at := func(ago time.Duration) ChangeLine {
		moment := now.Add(-ago).In(time.FixedZone("", 5*3600))
		return ChangeLine{HistoryEntry: HistoryEntry{Change: store.Change{At: moment}}}
	}
	var got []string
	for _, d := range ChangeDays(now, []ChangeLine{at(0), at(29 * time.Minute), at(31 * time.Minute), at(24 * time.Hour), at(25 * time.Hour)}) {
		got = append(got, d.Day+" "+d.Date+" "+Count(len(d.Lines), "change", "changes"))
	}
	assert.Equal(t, []string{"Today 1 Mar 2026 2 changes", "Yesterday 28 Feb 2026 2 changes", "27 Feb 2026 27 Feb 2026 1 change"}, got)
	assert.Empty(t, ChangeDays(now, nil))
}
