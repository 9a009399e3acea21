package views

import (
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
)

// expiryWarns and expiryPresses are how long before its end a client secret
// should be replaced, and must be.
const (
	expiryWarns   = 30 * 24 * time.Hour
	expiryPresses = 7 * 24 * time.Hour
)

// ExpiryText says when a client secret ends: "expires in 23 days, on 20 Dec
// 2026". What is not known is said too, with what it needs.
func ExpiryText(now time.Time, e store.SecretExpiry) string {
	if !e.Known() {
		switch {
		case e.Basis.Def == nil:
			return "its end is not known"
		case len(e.Basis.Needs) > 0:
			return "its end is not known: " + e.Basis.Def.Title + " " + strings.ToLower(StateWord(e.Basis.State)) + needsText(e.Basis.Needs)
		case e.Basis.AsOf.IsZero():
			return "its end shows once " + strings.ToLower(e.Basis.Def.Title) + " are synced"
		default:
			return "its end is not known: the directory's app registrations do not list it"
		}
	}
	text := "expires"
	if !e.At.After(now) {
		text = "expired"
	}
	if relative := Ago(now, e.At); relative == Date(e.At) {
		text += " on " + relative
	} else {
		text += " " + relative + ", on " + Date(e.At)
	}
	if e.Candidates > 1 {
		text = "the first of the app's " + Count(e.Candidates, "secret", "secrets") + " that it may be " + text
	}
	return text
}

// ExpiryTone says how much the end of a client secret asks for attention.
func ExpiryTone(now time.Time, e store.SecretExpiry) Tone {
	switch left := e.At.Sub(now); {
	case !e.Known():
		return Muted
	case left <= expiryPresses:
		return Bad
	case left <= expiryWarns:
		return Warn
	}
	return Quiet
}
