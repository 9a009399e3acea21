package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestSecretExpiry(t *testing.T) {
	t.Parallel()
	may, june := time.Date(2027, 5, 1, 12, 0, 0, 0, time.UTC), time.Date(2027, 6, 1, 12, 0, 0, 0, time.UTC)
	const ours, other = `{"hint":"abc","endDateTime":"2027-05-01T12:00:00Z"}`, `{"hint":"xyz","endDateTime":"2027-06-01T12:00:00Z"}`
	tests := map[string]struct {
		secrets string
		want    store.SecretExpiry
	}{
		"only one":                 {`[` + ours + `]`, store.SecretExpiry{At: may, Among: 1, Earliest: may, Latest: may, Secrets: 1}},
		"told by its hint":         {`[` + other + `,` + ours + `]`, store.SecretExpiry{At: may, Among: 1, Earliest: may, Latest: may, Secrets: 2}},
		"two begin alike":          {`[{"hint":"abc","endDateTime":"2027-06-01T12:00:00Z"},` + ours + `,` + other + `]`, store.SecretExpiry{Among: 2, Earliest: may, Latest: june, Secrets: 3}},
		"not among them":           {`[` + other + `]`, store.SecretExpiry{Secrets: 1}},
		"no hints":                 {`[{"hint":null,"endDateTime":"2027-06-01T12:00:00Z"},{"endDateTime":"2027-05-01T12:00:00Z"}]`, store.SecretExpiry{Among: 2, Earliest: may, Latest: june, Secrets: 2}},
		"the one without a hint":   {`[` + other + `,{"hint":"","endDateTime":"2027-05-01T12:00:00Z"}]`, store.SecretExpiry{At: may, Among: 1, Earliest: may, Latest: may, Secrets: 2}},
		"an end that is no time":   {`[{"hint":"abc","endDateTime":"soon"}]`, store.SecretExpiry{Secrets: 1}},
		"none":                     {`[]`, store.SecretExpiry{}},
		"not a list":               {`{"a":1}`, store.SecretExpiry{}},
		"seven digits of a second": {`[{"hint":"abc","endDateTime":"2027-05-01T12:00:00.0000000Z"}]`, store.SecretExpiry{At: may, Among: 1, Earliest: may, Latest: may, Secrets: 1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, tenant := withApplication(t, contoso(1).ClientID, tt.secrets)
			got, err := s.SecretExpiry(ctx, tenant.ID)
			require.NoError(t, err)
			assert.Equal(t, entity.Complete, got.List.State)
			tt.want.ApplicationID, tt.want.List = "own", got.List
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestSecretExpiry_NotKnown(t *testing.T) {
	t.Parallel()
	s, tenant := withApplication(t, otherClient, `[{"hint":"abc","endDateTime":"2027-05-01T12:00:00Z"}]`)
	got, err := s.SecretExpiry(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Empty(t, got.ApplicationID, "another app's secrets are not ours")
	assert.Zero(t, got.At)

	require.NoError(t, s.Disconnect(ctx, someone, tenant.ID))
	_, err = s.SecretExpiry(ctx, tenant.ID)
	require.ErrorIs(t, err, store.ErrNotFound)

	bare := newFixture(t)
	tenant = newTenant(t, bare.Store, "Contoso")
	require.NoError(t, bare.SaveIntegration(ctx, someone, contoso(tenant.ID), "abc"))
	got, err = bare.SecretExpiry(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Nil(t, got.List.Def, "this catalogue has no app registrations")
}

// withApplication is a connected tenant whose app registrations were read: one
// with these secrets.
func withApplication(t *testing.T, appID, secrets string) (*store.Store, store.Tenant) {
	t.Helper()
	s := storetest.Open(t, storetest.WithCatalogue(entities.All()))
	tenant := newTenant(t, s, "Contoso")
	require.NoError(t, s.SaveIntegration(ctx, someone, contoso(tenant.ID), "abc8Q~the.rest"))
	def := s.Catalogue().Def("applications")
	run, _, err := s.StartRun(ctx, store.NewRun{TenantID: tenant.ID, Trigger: store.TriggerManual, Kinds: []string{def.Kind}})
	require.NoError(t, err)
	w, err := s.BeginPart(ctx, store.PartRef{TenantID: tenant.ID, RunID: run.ID, Def: def, Part: &def.Parts[0]})
	require.NoError(t, err)
	row, err := def.Decode("list", []byte(`{"id":"own","displayName":"SecurAtlas","appId":"`+appID+`","passwordCredentials":`+secrets+`}`))
	require.NoError(t, err)
	_, err = w.Put(ctx, []entity.Row{row}, store.Traffic{})
	require.NoError(t, err)
	_, err = w.Complete(ctx, store.Traffic{})
	require.NoError(t, err)
	require.NoError(t, s.FinishRun(ctx, run.ID, store.RunComplete, nil))
	return s, tenant
}
