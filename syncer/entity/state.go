package entity

import "time"

// State is what is known about one entity, or one part of it, of one tenant.
// Missing data is never shown as zero or as passing: every table, card, count
// and export carries the state.
type State string

// The states.
const (
	Never        State = "never"         // never read
	Complete     State = "complete"      // the whole list was read
	Partial      State = "partial"       // stopped after some pages
	NotPermitted State = "not_permitted" // a permission is missing
	NotLicensed  State = "not_licensed"  // the tenant lacks a licence
	NotAvailable State = "not_available" // retired, or absent in this cloud
	Throttled    State = "throttled"     // Microsoft asked to wait longer than a run does
	Failed       State = "failed"        // no page came
	Held         State = "held"          // removals wait for a person
)

// Class is the kind of a problem; it decides what SecurAtlas does about it.
type Class string

// The classes.
const (
	ClassCredential Class = "credential" // no token: wrong or expired secret, unknown app or directory
	ClassConsent    Class = "consent"    // a token without any permission
	ClassPermission Class = "permission"
	ClassLicence    Class = "licence"
	ClassRetired    Class = "retired"
	ClassThrottled  Class = "throttled"
	ClassSource     Class = "source"  // Microsoft answered with an error
	ClassNetwork    Class = "network" // no answer
	ClassData       Class = "data"    // an answer that is not what Microsoft documents
	ClassInternal   Class = "internal"
)

// CodeNotConnected is the code of a Problem that is not Microsoft's: there is no
// credential to ask with.
const CodeNotConnected = "not_connected"

// Problem is a failure in words for the person who can mend it. It never holds
// a secret or a token.
type Problem struct {
	Class     Class     `json:"class"`
	Code      string    `json:"code"`              // "AADSTS7000215", "Authorization_RequestDenied"
	Message   string    `json:"message"`           // what Microsoft said, or what went wrong
	RequestID string    `json:"request_id"`        // Microsoft's request id or trace id
	Cure      string    `json:"cure,omitempty"`    // the step that mends it, a full sentence
	Link      string    `json:"link,omitempty"`    // the portal page for that step
	Needs     []string  `json:"needs,omitempty"`   // permissions or licences that are missing
	Status    int       `json:"status,omitempty"`  // HTTP status, 0 when there was no answer
	RetryAt   time.Time `json:"retry_at,omitzero"` // when Microsoft accepts requests again
}

// Error makes a Problem an error: class, code and message.
func (p *Problem) Error() string {
	s := string(p.Class)
	if p.Code != "" {
		s += " " + p.Code
	}
	if p.Message != "" {
		s += ": " + p.Message
	}
	return s
}

// Advice returns the cure: handlers find it with errors.As without importing
// the package that made the error.
func (p *Problem) Advice() string { return p.Cure }

// State returns the state of a part that a problem stopped before its first
// page.
func (p *Problem) State() State {
	switch p.Class {
	case ClassPermission, ClassConsent:
		return NotPermitted
	case ClassLicence:
		return NotLicensed
	case ClassRetired:
		return NotAvailable
	case ClassThrottled:
		return Throttled
	default:
		return Failed
	}
}
