package views

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
)

// Num returns a number with thousands separators: 10,000.
func Num[T int | int64](n T) string { return humanize.Comma(int64(n)) }

// Count returns a number with its noun: "1 row", "2,071 rows".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Num(n) + " " + many
}

// Ago returns how long ago t was, or how long until then: "4 min ago",
// "in 3 h", and the date beyond two months. The zero time is "never".
func Ago(now, t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	// A difference ends at 292 years: its opposite would not fit.
	d, future := now.Sub(t), t.After(now)
	if future {
		d = t.Sub(now)
	}
	var s string
	switch {
	case d < time.Minute && future:
		return "in a moment"
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		s = fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		s = fmt.Sprintf("%d h", d/time.Hour)
	case d < 60*24*time.Hour:
		s = fmt.Sprintf("%d days", d/(24*time.Hour))
	default:
		return Date(t)
	}
	if future {
		return "in " + s
	}
	return s + " ago"
}

// Until returns how long until an end, and that it has passed: "in 12 days",
// "expired 3 days ago", "expired 2 Jan 2006".
func Until(now, t time.Time) string {
	if t.After(now) {
		return Ago(now, t)
	}
	return "expired " + Ago(now, t)
}

// Date returns a day in UTC: "22 Nov 2026".
func Date(t time.Time) string { return t.UTC().Format("2 Jan 2006") }

// DateTime returns a time in UTC: "22 Nov 2026, 09:40 UTC". The zero time is
// empty.
func DateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 Jan 2006, 15:04 UTC")
}

// ISO returns a time for a datetime attribute.
func ISO(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Duration returns a length of time in its two largest units: "41 s",
// "3 min 20 s", "1 h 5 min".
func Duration(d time.Duration) string {
	d = d.Round(time.Second)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h > 0 && m > 0:
		return fmt.Sprintf("%d h %d min", h, m)
	case h > 0:
		return fmt.Sprintf("%d h", h)
	case m > 0 && s > 0:
		return fmt.Sprintf("%d min %d s", m, s)
	case m > 0:
		return fmt.Sprintf("%d min", m)
	default:
		return fmt.Sprintf("%d s", s)
	}
}

// Initials returns up to two letters for a name or an e-mail address.
func Initials(name string) string {
	name, _, _ = strings.Cut(name, "@")
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var b strings.Builder
	for i, w := range words {
		if i > 0 && i < len(words)-1 {
			continue // the first and the last word: given and family name
		}
		r, _ := utf8.DecodeRuneInString(w)
		b.WriteRune(unicode.ToUpper(r))
	}
	if b.Len() == 0 {
		return "?"
	}
	if len(words) == 1 {
		_, size := utf8.DecodeRuneInString(words[0])
		if r, n := utf8.DecodeRuneInString(words[0][size:]); n > 0 {
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	return b.String()
}

// Hue returns the class of an avatar's colour, the same for the same name.
func Hue(name string) string {
	h := uint32(0)
	for _, r := range name {
		h = h*31 + uint32(r)
	}
	return "x-av-" + strconv.Itoa(int(h%7))
}

// TenantPath returns an address below a tenant, its segments escaped:
// TenantPath("contoso", "data", "users"). Without segments it is the overview.
func TenantPath(slug string, segments ...string) string {
	path := "/tenants/" + url.PathEscape(slug)
	for _, s := range segments {
		path += "/" + url.PathEscape(s)
	}
	return path
}
