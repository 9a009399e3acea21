package views

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/syncer/entity"
)

func TestAgo(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 40, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		0:                               "just now",
		59 * time.Second:                "just now",
		time.Minute:                     "1 min ago",
		59*time.Minute + 59*time.Second: "59 min ago",
		time.Hour:                       "1 h ago",
		47 * time.Hour:                  "47 h ago",
		48 * time.Hour:                  "2 days ago",
		59 * 24 * time.Hour:             "59 days ago",
		60 * 24 * time.Hour:             "23 Sep 2026",
		-30 * time.Second:               "in a moment",
		-5 * time.Minute:                "in 5 min",
		-3 * time.Hour:                  "in 3 h",
		-20 * 24 * time.Hour:            "in 20 days",
		-90 * 24 * time.Hour:            "20 Feb 2027",
		-200 * 365 * 24 * time.Hour:     "5 Oct 2226",
	} {
		assert.Equal(t, want, Ago(now, now.Add(-d)), d)
	}
	assert.Equal(t, "never", Ago(now, time.Time{}))
	for _, year := range []int{1, 1600, 2319, 2500, 9999} { // a difference ends at 292 years
		far := time.Date(year, 12, 31, 23, 59, 59, 0, time.UTC)
		assert.Equal(t, Date(far), Ago(now, far))
	}
	assert.Equal(t, "31 Dec 9999", Until(now, time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)))
}

func TestDateTime(t *testing.T) {
	t.Parallel()
	cet := time.FixedZone("CET", 3600)
	assert.Equal(t, "22 Nov 2026, 23:40 UTC", DateTime(time.Date(2026, 11, 23, 0, 40, 0, 0, cet)))
	assert.Empty(t, DateTime(time.Time{}))
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0 s", 400 * time.Millisecond: "0 s", 41 * time.Second: "41 s", 59600 * time.Millisecond: "1 min",
		200 * time.Second: "3 min 20 s", time.Hour: "1 h", 65 * time.Minute: "1 h 5 min", 26 * time.Hour: "26 h",
	} {
		assert.Equal(t, want, Duration(d), d)
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "0 rows", Count(0, "row", "rows"))
	assert.Equal(t, "1 row", Count(1, "row", "rows"))
	assert.Equal(t, "10,000 rows", Count(10_000, "row", "rows"))
	assert.Equal(t, "-1,234,567", Num(-1_234_567))
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Lidia Holloway": "LH", "lidia.holloway@contoso.com": "LH", "admin@contoso.com": "AD", "Contoso Ltd": "CL",
		"Ana Maria de Souza": "AS", "Ö": "Ö", "": "?", "@contoso.com": "?", "  ": "?", "李 小龙": "李小", "a": "A",
	} {
		assert.Equal(t, want, Initials(name), name)
	}
}

func TestHue(t *testing.T) {
	t.Parallel()
	assert.Equal(t, Hue("Contoso"), Hue("Contoso"))
	assert.Regexp(t, `^x-av-[0-6]$`, Hue(""))
	assert.Regexp(t, `^x-av-[0-6]$`, Hue("a name that is long enough to overflow a small number, and then some more"))
}

func TestTenantPath(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "/tenants/contoso", TenantPath("contoso"))
	assert.Equal(t, "/tenants/contoso/data/users/a%2Fb%3Fc%23d", TenantPath("contoso", "data", "users", "a/b?c#d"))
}

func TestCellText(t *testing.T) {
	t.Parallel()
	words := map[string]string{"true": "Enabled", "Member": "Internal", "3": "Three"}
	for name, c := range map[string]struct {
		column entity.Column
		value  any
		want   string
	}{
		"null":            {entity.Column{Type: entity.Text}, nil, ""},
		"text":            {entity.Column{Type: entity.Text}, "a", "a"},
		"word":            {entity.Column{Type: entity.Text, Words: words}, "Member", "Internal"},
		"no word":         {entity.Column{Type: entity.Text, Words: words}, "Guest", "Guest"},
		"true":            {entity.Column{Type: entity.Bool}, true, "Yes"},
		"false":           {entity.Column{Type: entity.Bool}, false, "No"},
		"true with word":  {entity.Column{Type: entity.Bool, Words: words}, true, "Enabled"},
		"int":             {entity.Column{Type: entity.Int}, int64(25000), "25,000"},
		"int with word":   {entity.Column{Type: entity.Int, Words: words}, int64(3), "Three"},
		"real":            {entity.Column{Type: entity.Real}, 412.5, "412.5"},
		"time":            {entity.Column{Type: entity.Time}, "2026-11-22T09:40:00.1234567Z", "22 Nov 2026, 09:40 UTC"},
		"odd time":        {entity.Column{Type: entity.Time}, "soon", "soon"},
		"list":            {entity.Column{Type: entity.List}, `["a","b"]`, "a, b"},
		"list with words": {entity.Column{Type: entity.List, Words: words}, `["Member","x"]`, "Internal, x"},
		"list of objects": {entity.Column{Type: entity.List}, `[{"a":1}]`, `{"a":1}`},
		"broken list":     {entity.Column{Type: entity.List}, `[`, `[`},
		"object":          {entity.Column{Type: entity.JSON}, `{"a":1}`, `{"a":1}`},
		"odd":             {entity.Column{Type: entity.Int}, entity.Odd(`"x"`), `"x"`},
	} {
		assert.Equal(t, c.want, CellText(&c.column, c.value), name)
	}
}

func TestBrowser(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0": "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15":        "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1":       "Safari on iPhone",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                    "Firefox on Linux",
		"curl/8.5.0": "curl", "": "Unknown browser",
	} {
		assert.Equal(t, want, Browser(agent), agent)
	}
}
