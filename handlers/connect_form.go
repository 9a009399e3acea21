package handlers

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

var (
	guidShape   = regexp.MustCompile(`^(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	domainShape = regexp.MustCompile(`^(?i)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$`)
)

// connectForm reads the connect form. Space around a pasted value is dropped:
// none of the four can begin or end with it.
func connectForm(r *http.Request) (c entity.Connection, useAnyway bool) {
	field := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	c = entity.Connection{
		Cloud:       field("cloud"),
		DirectoryID: field("directory_id"),
		ClientID:    field("client_id"),
		Secret:      field("client_secret"),
	}
	return c, field("secret_as_is") != ""
}

// withKnown fills in what a form for a new secret leaves out.
func withKnown(c entity.Connection, known store.Integration) entity.Connection {
	c.Cloud = cmp.Or(c.Cloud, known.Cloud)
	c.DirectoryID = cmp.Or(c.DirectoryID, known.DirectoryID)
	return c
}

// checkConnection looks for what can be told without asking Microsoft. Its
// errors are by field. askSecret is true when the secret has the shape of a
// secret ID and the admin has not yet said that it is the value.
func checkConnection(c entity.Connection, clouds []entity.CloudChoice, useAnyway bool) (errs views.FieldErrors, askSecret bool) {
	errs = views.FieldErrors{}
	if !slices.ContainsFunc(clouds, func(k entity.CloudChoice) bool { return k.Name == c.Cloud }) {
		errs["cloud"] = "Choose the cloud that the directory is in."
	}
	switch {
	case c.DirectoryID == "":
		errs["directory_id"] = "Enter the Directory (tenant) ID from the app's Overview page."
	case !guidShape.MatchString(c.DirectoryID) && !domainShape.MatchString(c.DirectoryID):
		errs["directory_id"] = "This is neither a GUID nor a domain. Copy “Directory (tenant) ID” from the app's Overview page, or enter a verified domain such as contoso.com."
	}
	switch {
	case c.ClientID == "":
		errs["client_id"] = "Enter the Application (client) ID from the app's Overview page."
	case !guidShape.MatchString(c.ClientID):
		errs["client_id"] = "This is not a GUID. Copy “Application (client) ID” from the app's Overview page."
	case strings.EqualFold(c.ClientID, c.DirectoryID):
		errs["client_id"] = "This is the same value as the directory ID. Copy “Application (client) ID” from the app's Overview page; “Directory (tenant) ID” belongs in the field above."
	}
	switch {
	case c.Secret == "":
		errs["client_secret"] = "Enter the client secret's Value from Certificates & secrets."
	case guidShape.MatchString(c.Secret) && !useAnyway:
		errs["client_secret"] = "This looks like the Secret ID. Copy the Value, which is the other column of Certificates & secrets. Microsoft shows it once, right after the secret was made."
		askSecret = true
	}
	return errs, askSecret
}
