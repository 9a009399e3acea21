package views

import (
	"fmt"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// SecretExpiryText is what a page says about when the client secret expires.
type SecretExpiryText struct {
	Tone Tone
	Text string // "Expires in 23 days, on 20 Dec 2026"
	Note string // what the text rests on, or why nothing is known and what is needed
}

// When the end of a secret asks for attention.
const (
	secretSoon   = 30 * 24 * time.Hour
	secretUrgent = 7 * 24 * time.Hour
)

// SecretExpiryOf puts into words when a client secret expires. e is nil where
// the stored secret cannot be opened.
func SecretExpiryOf(now time.Time, in store.Integration, e *store.SecretExpiry) SecretExpiryText {
	switch {
	case e == nil:
		return SecretExpiryText{Warn, "Expiry not known", "The stored secret cannot be opened: replace it."}
	case !e.At.IsZero():
		return SecretExpiryText{expiryTone(now, e.At), firstUpper(expiryPhrase(now, e.At)), expiryAsOf(now, e.List)}
	case e.Among > 0:
		note := fmt.Sprintf("Which of them is SecurAtlas's cannot be told; the last of them %s. %s", expiryPhrase(now, e.Latest), expiryAsOf(now, e.List))
		return SecretExpiryText{expiryTone(now, e.Earliest), fmt.Sprintf("One of the app's %s %s", Count(e.Secrets, "secret", "secrets"), expiryPhrase(now, e.Earliest)), note}
	default:
		tone, why := expiryUnknown(now, in, *e)
		return SecretExpiryText{tone, "Expiry not known", why}
	}
}

// Urgent reports whether somebody has to make a new secret.
func (t SecretExpiryText) Urgent() bool { return t.Tone == Warn || t.Tone == Bad }

// Problem is the text as something to mend; link is the portal's page of the
// app's secrets.
func (t SecretExpiryText) Problem(link string) *entity.Problem {
	text := t.Text
	if strings.HasPrefix(text, "Expire") {
		text = "The client secret e" + text[1:]
	}
	return &entity.Problem{
		Class:   entity.ClassCredential,
		Message: text + ". " + t.Note,
		Cure:    "Make a new client secret for the app in the Entra admin center, then replace the secret here. Without a valid one nothing can be synced.",
		Link:    link,
	}
}

func expiryTone(now, at time.Time) Tone {
	switch left := at.Sub(now); {
	case left < secretUrgent:
		return Bad
	case left < secretSoon:
		return Warn
	default:
		return Quiet
	}
}

// expiryPhrase is "expires in 23 days, on 20 Dec 2026".
func expiryPhrase(now, at time.Time) string {
	left := at.Sub(now)
	if left < 0 {
		return fmt.Sprintf("expired %s ago, on %s", wholeDays(-left), Date(at))
	}
	return fmt.Sprintf("expires in %s, on %s", wholeDays(left), Date(at))
}

// wholeDays is a length of time in days, below two days in hours.
func wholeDays(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return Count(int(d/(24*time.Hour)), "day", "days")
	case d >= time.Hour:
		return Count(int(d/time.Hour), "hour", "hours")
	default:
		return "less than an hour"
	}
}

// expiryAsOf says from when the list is that an expiry was read from, and
// whether a newer one could not be had.
func expiryAsOf(now time.Time, list store.EntityState) string {
	switch {
	case list.AsOf.IsZero():
		return "From a list of app registrations that was never read to its end."
	case list.State != entity.Complete:
		return fmt.Sprintf("As of %s; the last list of app registrations: %s.", Ago(now, list.AsOf), strings.ToLower(StateWord(list.State)))
	default:
		return "As of " + Ago(now, list.AsOf) + "."
	}
}

// expiryUnknown says why nothing is known and what it takes.
func expiryUnknown(now time.Time, in store.Integration, e store.SecretExpiry) (Tone, string) {
	list := e.List
	switch {
	case e.ApplicationID == "" && (list.Def == nil || list.State == entity.Never):
		return Muted, "It is read with App registrations, which were never synced."
	case e.ApplicationID == "" && len(list.Needs) > 0:
		return Muted, "It is read with App registrations: " + StateOf(now, list).Needed() + "."
	case e.ApplicationID == "" && list.State != entity.Complete:
		return Muted, "It is read with App registrations, which are not complete: " + strings.ToLower(StateWord(list.State)) + "."
	case !list.AsOf.IsZero() && list.AsOf.Before(in.CredentialAt):
		return Muted, "App registrations were read " + Ago(now, list.AsOf) + ", before this secret was stored. The next sync tells."
	case e.ApplicationID == "":
		return Muted, "This app is not among the directory's app registrations: it is registered in another directory. Look there. " + expiryAsOf(now, list)
	case e.Secrets == 0:
		return Muted, "Microsoft lists no secret of this app. " + expiryAsOf(now, list)
	default:
		return Warn, fmt.Sprintf("None of the app's %s begins like the stored one: it may have been deleted. %s", Count(e.Secrets, "secret", "secrets"), expiryAsOf(now, list))
	}
}

func firstUpper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
