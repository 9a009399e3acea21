package handlers

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/syncer/entity"
)

func TestCheckConnection(t *testing.T) {
	t.Parallel()
	const (
		directory = "8f2c61d0-5a41-4c6f-9b0e-6d1a2f7be9d4"
		client    = "d19b77aa-0c1f-4b59-8a53-2f6f0c1d7e11"
		secret    = "abC8Q~not-a-real-secret-value-0123456789"
	)
	clouds := []entity.CloudChoice{{Name: "global", Title: "Global"}, {Name: "usgov", Title: "US Government"}}
	good := entity.Connection{Cloud: "global", DirectoryID: directory, ClientID: client, Secret: secret}
	with := func(change func(*entity.Connection)) entity.Connection {
		c := good
		change(&c)
		return c
	}
	tests := []struct {
		name      string
		form      entity.Connection
		useAnyway bool
		field     string // "" = no error
		says      string
		ask       bool
	}{
		{name: "all in order", form: good},
		{name: "a domain for the directory", form: with(func(c *entity.Connection) { c.DirectoryID = "contoso.onmicrosoft.com" })},
		{name: "GUIDs in capitals", form: with(func(c *entity.Connection) { c.DirectoryID = "8F2C61D0-5A41-4C6F-9B0E-6D1A2F7BE9D4" })},
		{name: "no cloud", form: with(func(c *entity.Connection) { c.Cloud = "" }), field: "cloud", says: "Choose"},
		{name: "unknown cloud", form: with(func(c *entity.Connection) { c.Cloud = "mars" }), field: "cloud", says: "Choose"},
		{name: "no directory", form: with(func(c *entity.Connection) { c.DirectoryID = "" }), field: "directory_id", says: "Enter"},
		{name: "a directory name", form: with(func(c *entity.Connection) { c.DirectoryID = "Contoso Ltd" }), field: "directory_id", says: "neither a GUID nor a domain"},
		{name: "a cut directory GUID", form: with(func(c *entity.Connection) { c.DirectoryID = directory[:30] }), field: "directory_id", says: "neither"},
		{name: "a single label", form: with(func(c *entity.Connection) { c.DirectoryID = "contoso" }), field: "directory_id", says: "neither"},
		{name: "a URL", form: with(func(c *entity.Connection) { c.DirectoryID = "https://contoso.com/" }), field: "directory_id", says: "neither"},
		{name: "no client", form: with(func(c *entity.Connection) { c.ClientID = "" }), field: "client_id", says: "Enter"},
		{name: "client not a GUID", form: with(func(c *entity.Connection) { c.ClientID = "d19b-77" }), field: "client_id", says: "not a GUID"},
		{name: "client equal to the directory", form: with(func(c *entity.Connection) { c.ClientID = directory }), field: "client_id", says: "same value as the directory ID"},
		{name: "no secret", form: with(func(c *entity.Connection) { c.Secret = "" }), field: "client_secret", says: "Enter"},
		{name: "a secret ID", form: with(func(c *entity.Connection) { c.Secret = client }), field: "client_secret", says: "Secret ID", ask: true},
		{name: "a secret of that shape, confirmed", form: with(func(c *entity.Connection) { c.Secret = client }), useAnyway: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			errs, ask := checkConnection(tt.form, clouds, tt.useAnyway)
			assert.Equal(t, tt.ask, ask)
			if tt.field == "" {
				assert.Empty(t, errs)
				return
			}
			assert.Len(t, errs, 1)
			assert.Contains(t, errs[tt.field], tt.says)
		})
	}
}
