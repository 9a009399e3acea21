package entities

import (
	"encoding/json"
	"slices"
	"strings"
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
			Compute: nextExpiry(secrets), Uses: []string{secrets, certificates}},
		{Name: "next_certificate_expiry", Label: "Next certificate expiry", Type: entity.Time, Filter: entity.Range, Ahead: true, Volatile: true, Empty: "No certificate",
			Doc:     "When the next certificate expires; if all have expired, when the last one did.",
			Compute: nextExpiry(certificates), Uses: []string{certificates}},
		{Name: "secrets", Label: "Number of secrets", Type: entity.Int, Filter: entity.Range, Compute: count(secrets), Uses: []string{secrets, certificates},
			Doc: "Without the passwords of certificates that sign SAML tokens: nobody signs in with them."},
		{Name: "certificates", Label: "Number of certificates", Type: entity.Int, Filter: entity.Range, Compute: count(certificates), Uses: []string{certificates},
			Doc: "A SAML certificate counts once, though Microsoft lists it twice: to sign and to verify with."},
		{Path: secrets, Label: "Secrets", Type: entity.List},
		{Path: certificates, Label: "Certificates", Type: entity.List},
	}
}

// nextExpiry computes the end of the credential that expires next, as Microsoft
// sent it. Expired ones count only where no valid one is left: a secret that
// nobody cleared away must not hide one that is about to expire. Where an end
// is no time, nothing is known of what expires next.
func nextExpiry(properties ...string) func(entity.Object, time.Time) any {
	return func(o entity.Object, now time.Time) any {
		var next, last string
		var nextAt, lastAt time.Time
		for _, property := range properties {
			for _, c := range credentials(o, property) {
				ends, isText := c.Cell(entity.Time, "endDateTime").(string)
				if odd, is := c.Cell(entity.Time, "endDateTime").(entity.Odd); is {
					return odd
				}
				at, err := time.Parse(time.RFC3339Nano, ends)
				switch {
				case !isText || err != nil:
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
		if property == certificates {
			return int64(len(list) - pairs(list))
		}
		return int64(len(list))
	}
}

// credentials are the secrets or the certificates of an object; nil for what is
// no list of objects. The password of a certificate that signs SAML tokens is
// no secret that anybody could sign in with
// (learn.microsoft.com/graph/application-saml-sso-configure-api, step 4: the
// password has the certificate's customKeyIdentifier, and the key's keyId).
func credentials(o entity.Object, property string) []entity.Object {
	list := objects(o, property)
	if property != secrets {
		return list
	}
	keys := objects(o, certificates)
	return slices.DeleteFunc(list, func(secret entity.Object) bool {
		return slices.ContainsFunc(keys, func(key entity.Object) bool {
			return signs(key) && (same(key, secret, "customKeyIdentifier") || same(key, secret, "keyId"))
		})
	})
}

// pairs counts the certificates that are there twice: a SAML certificate has an
// entry to sign with and one to verify with, of the same thumbprint and end.
func pairs(keys []entity.Object) (n int) {
	verifiers := slices.DeleteFunc(slices.Clone(keys), func(key entity.Object) bool { return !strings.EqualFold(key.Text("usage"), "Verify") })
	for _, key := range keys {
		i := slices.IndexFunc(verifiers, func(v entity.Object) bool {
			return same(key, v, "customKeyIdentifier") && key.Text("endDateTime") == v.Text("endDateTime")
		})
		if signs(key) && i >= 0 {
			verifiers = slices.Delete(verifiers, i, i+1)
			n++
		}
	}
	return n
}

func signs(key entity.Object) bool { return strings.EqualFold(key.Text("usage"), "Sign") }

// same reports whether two objects have the same text in a property.
func same(a, b entity.Object, property string) bool {
	text := a.Text(property)
	return text != "" && text == b.Text(property)
}

// objects returns nil for what is no list of objects.
func objects(o entity.Object, property string) []entity.Object {
	var list []entity.Object
	if json.Unmarshal(o.At(property), &list) != nil {
		return nil
	}
	return list
}
