package store

import "github.com/securatlas/securatlas/syncer/entity"

// The statuses of an integration. A sync under way is a flag beside the
// status, it never hides it.
const (
	StatusConnected    = "connected"    // every entity that was read is readable
	StatusLimited      = "limited"      // some entities could not be read
	StatusAttention    = "attention"    // the credential or the consent must be mended
	StatusDisconnected = "disconnected" // no credential; the data stays
)

// IntegrationStatus derives an integration's status from what is known about
// its entities, and tells how many of them the last attempt could not read.
// Entities that were never tried count as neither, nor do those that Microsoft
// does not offer here: nobody could mend that.
func IntegrationStatus(i Integration, states []EntityState) (status string, unreadable int) {
	for _, s := range states {
		switch s.State {
		case entity.NotPermitted, entity.NotLicensed, entity.Throttled, entity.Failed:
			unreadable++
		}
	}
	switch {
	case !i.Connected:
		status = StatusDisconnected
	case i.Problem != nil:
		status = StatusAttention
	case unreadable > 0:
		status = StatusLimited
	default:
		status = StatusConnected
	}
	return status, unreadable
}
