package simulator

import (
	"time"
)

// The first account was made in 2015, the last in mid-2025: dates of the
// directory do not move when a demo is started on another day. Dates of
// signing in do: people go on working.
var (
	firstCreated = time.Date(2015, 3, 2, 7, 0, 0, 0, time.UTC)
	lastCreated  = time.Date(2025, 6, 30, 17, 0, 0, 0, time.UTC)
)

const (
	day                 = 24 * time.Hour
	instantWithFraction = "2006-01-02T15:04:05.0000000Z" // seven digits, as Windows counts
	never               = "0001-01-01T00:00:00Z"
)

func (p *person) created() time.Time {
	span := uint64(lastCreated.Sub(firstCreated) / time.Second)
	return firstCreated.Add(time.Duration(p.draw(factCreated)%span) * time.Second)
}

// activity are the properties about what happened when.
func (p *person) activity(name string) (any, bool) {
	switch name {
	case "createdDateTime":
		// Microsoft has none for some accounts that were synced before June 2018.
		if p.synced() && p.draw(factCreated)>>40%50 == 0 && p.created().Year() < 2018 {
			return nil, true
		}
		return instant(p.created()), true
	case "lastPasswordChangeDateTime":
		span := uint64(time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC).Sub(p.created()) / time.Second)
		return instant(p.created().Add(time.Duration(p.draw(factPassword)%span) * time.Second)), true
	case "signInSessionsValidFromDateTime":
		return instant(p.created()), true
	case "passwordPolicies":
		switch {
		case p.kind == service:
			return "DisablePasswordExpiration", true
		case p.synced() && p.percent(factPassword, 30):
			return "DisablePasswordExpiration", true
		case p.percent(factPassword, 50):
			return "None", true
		}
		return nil, true
	case "passwordProfile", "deletedDateTime", "ageGroup", "consentProvidedForMinor", "legalAgeGroupClassification",
		"faxNumber", "postalCode", "preferredDataLocation", "state", "streetAddress", "employeeOrgData", "isManagementRestricted":
		return nil, true
	case signInActivity:
		return p.signInActivity()
	}
	return nil, false
}

// signInActivity is absent for accounts that nobody ever signed in with: rooms,
// guests who never accepted, some members.
func (p *person) signInActivity() (any, bool) {
	if p.kind == room || p.draw(factSignIn)%100 < 6 {
		return nil, false
	}
	if p.kind == guest && p.percent(factInvitation, 15) {
		return nil, false
	}
	var ago time.Duration
	switch n := p.draw(factStale) % 100; {
	case !p.enabled():
		ago = 60*day + time.Duration(p.draw(factSignIn)>>8%(600*24))*time.Hour
	case n < 12 || p.kind == guest && n < 40: // stale
		ago = 91*day + time.Duration(p.draw(factSignIn)>>8%(500*24))*time.Hour
	case n < 25:
		ago = 8*day + time.Duration(p.draw(factSignIn)>>8%(80*24))*time.Hour
	default:
		ago = time.Duration(p.draw(factSignIn)>>8%(7*24*3600)) * time.Second
	}
	success := p.t.today.Add(-ago)
	if success.Before(p.created()) {
		success = p.created().Add(time.Hour)
	}
	// An attempt after the last success is a failed one.
	attempt := success
	if p.draw(factAttempt)%10 == 0 {
		attempt = success.Add(time.Duration(p.draw(factAttempt)>>8%(48*3600)) * time.Second)
		if attempt.After(p.t.today) {
			attempt = success
		}
	}
	id := func(salt uint64) string { return guidOf(p.draw(factRequest+salt<<30), p.draw(factRequest+salt<<31)) }
	background := any(never)
	backgroundID := ""
	if p.kind == service {
		background, backgroundID = instant(success), id(1)
		return activityRow(never, "", background, backgroundID, instant(success), id(2)), true
	}
	if p.draw(factBackground)%10 > 1 {
		background, backgroundID = instant(success.Add(-time.Duration(p.draw(factBackground)>>8%7200)*time.Second)), id(1)
	}
	return activityRow(instant(attempt), id(3), background, backgroundID, instant(success), id(2)), true
}

func activityRow(attempt, attemptID string, background any, backgroundID, success, successID string) row {
	return row{
		{"lastSignInDateTime", attempt}, {"lastSignInRequestId", attemptID},
		{"lastNonInteractiveSignInDateTime", background}, {"lastNonInteractiveSignInRequestId", backgroundID},
		{"lastSuccessfulSignInDateTime", success}, {"lastSuccessfulSignInRequestId", successID},
	}
}
