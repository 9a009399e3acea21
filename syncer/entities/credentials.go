package entities

import (
	"encoding/json"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

const (
	secrets      = "passwordCredentials"
	certificates = "keyCredentials"
)

// credentialColumns are those of secrets and certificates, which applications
// and service principals have alike.
func credentialColumns() []entity.Column {
	return []entity.Column{
		{Name: "next_expiry", Label: "Next expiry", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true, Ahead: true, Volatile: true, Empty: "No credential",
			Doc:     "When the next secret or certificate expires; if all have expired, when the last one did.",
			Compute: nextExpiry(secrets, certificates), Uses: []string{secrets, certificates}},
		{Name: "next_secret_expiry", Label: "Next secret expiry", Type: entity.Time, Filter: entity.Range, Sort: true, Ahead: true, Volatile: true, Empty: "No secret",
			Doc:     "When the next secret expires; if all have expired, when the last one did.",
			Compute: nextExpiry(secrets), Uses: []string{secrets}},
		{Name: "next_certificate_expiry", Label: "Next certificate expiry", Type: entity.Time, Filter: entity.Range, Ahead: true, Volatile: true, Empty: "No certificate",
			Doc:     "When the next certificate expires; if all have expired, when the last one did.",
			Compute: nextExpiry(certificates), Uses: []string{certificates}},
		{Name: "secrets", Label: "Number of secrets", Type: entity.Int, Filter: entity.Range, Compute: count(secrets), Uses: []string{secrets}},
		{Name: "certificates", Label: "Number of certificates", Type: entity.Int, Filter: entity.Range, Compute: count(certificates), Uses: []string{certificates}},
		{Path: secrets, Label: "Secrets", Type: entity.List},
		{Path: certificates, Label: "Certificates", Type: entity.List},
	}
}

// nextExpiry computes the end of the credential that expires next, as Microsoft
// sent it. Expired ones count only where no valid one is left: a secret that
// nobody cleared away must not hide one that is about to expire.
func nextExpiry(properties ...string) func(entity.Object, time.Time) any {
	return func(o entity.Object, now time.Time) any {
		var next, last string
		var nextAt, lastAt time.Time
		for _, property := range properties {
			for _, c := range credentials(o, property) {
				ends := c.Text("endDateTime")
				at, err := time.Parse(time.RFC3339Nano, ends)
				switch {
				case err != nil:
				case at.After(now):
					if next == "" || at.Before(nextAt) {
						next, nextAt = ends, at
					}
				case last == "" || at.After(lastAt):
					last, lastAt = ends, at
				}
			}
		}
		switch {
		case next != "":
			return next
		case last != "":
			return last
		}
		return nil
	}
}

// count computes how many credentials there are; nothing where Microsoft sent
// no list.
func count(property string) func(entity.Object, time.Time) any {
	return func(o entity.Object, _ time.Time) any {
		list := credentials(o, property)
		if list == nil {
			return nil
		}
		return int64(len(list))
	}
}

// credentials returns nil for what is no list of objects.
func credentials(o entity.Object, property string) []entity.Object {
	var list []entity.Object
	if json.Unmarshal(o.At(property), &list) != nil {
		return nil
	}
	return list
}
