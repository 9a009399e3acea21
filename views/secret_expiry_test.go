package views

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestSecretExpiryOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	in := store.Integration{CredentialAt: now.Add(-72 * time.Hour)}
	applications := &entity.Def{Kind: "applications"}
	read := store.EntityState{Def: applications, State: entity.Complete, AsOf: now.Add(-2 * time.Hour)}
	at := func(d time.Duration) *store.SecretExpiry {
		end := now.Add(d)
		return &store.SecretExpiry{At: end, Among: 1, Earliest: end, Latest: end, ApplicationID: "own", Secrets: 1, List: read}
	}
	const day = 24 * time.Hour
	never := store.EntityState{Def: applications, State: entity.Never}
	denied := store.EntityState{Def: applications, State: entity.NotPermitted, Needs: []string{"Directory.Read.All"}}
	stale := read
	stale.State = entity.NotPermitted
	older := read
	older.AsOf = now.Add(-96 * time.Hour)
	failed := store.EntityState{Def: applications, State: entity.Failed}
	ended := at(400 * day)
	ended.List = stale
	tests := map[string]struct {
		expiry     *store.SecretExpiry
		tone       Tone
		text, note string
	}{
		"far away":           {at(400 * day), Quiet, "Expires in 400 days, on 1 Jan 2028", "As of 2 h ago."},
		"a list that is old": {ended, Quiet, "Expires in 400 days, on 1 Jan 2028", "As of 2 h ago; the last list of app registrations: not permitted."},
		"thirty days":        {at(30 * day), Quiet, "Expires in 30 days, on 27 Dec 2026", "As of 2 h ago."},
		"soon":               {at(30*day - time.Minute), Warn, "Expires in 29 days, on 27 Dec 2026", "As of 2 h ago."},
		"a week":             {at(7 * day), Warn, "Expires in 7 days, on 4 Dec 2026", "As of 2 h ago."},
		"urgent":             {at(7*day - time.Minute), Bad, "Expires in 6 days, on 4 Dec 2026", "As of 2 h ago."},
		"tomorrow":           {at(25 * time.Hour), Bad, "Expires in 25 hours, on 28 Nov 2026", "As of 2 h ago."},
		"now":                {at(time.Minute), Bad, "Expires in less than an hour, on 27 Nov 2026", "As of 2 h ago."},
		"expired":            {at(-3 * day), Bad, "Expired 3 days ago, on 24 Nov 2026", "As of 2 h ago."},
		"one of two": {&store.SecretExpiry{Among: 2, Earliest: now.Add(10 * day), Latest: now.Add(90 * day), ApplicationID: "own", Secrets: 2, List: read},
			Warn, "One of the app's 2 secrets expires in 10 days, on 7 Dec 2026", "Which of them is SecurAtlas's cannot be told; the last of them expires in 90 days, on 25 Feb 2027. As of 2 h ago."},
		"never read":           {&store.SecretExpiry{List: never}, Muted, "Expiry not known", "It is read with App registrations, which were never synced."},
		"no such entity":       {&store.SecretExpiry{}, Muted, "Expiry not known", "It is read with App registrations, which were never synced."},
		"not permitted":        {&store.SecretExpiry{List: denied}, Muted, "Expiry not known", "It is read with App registrations: needs Directory.Read.All."},
		"failed":               {&store.SecretExpiry{List: failed}, Muted, "Expiry not known", "It is read with App registrations, which are not complete: failed."},
		"registered elsewhere": {&store.SecretExpiry{List: read}, Muted, "Expiry not known", "This app is not among the directory's app registrations: it is registered in another directory. Look there. As of 2 h ago."},
		"read before":          {&store.SecretExpiry{ApplicationID: "own", Secrets: 1, List: older}, Muted, "Expiry not known", "App registrations were read 4 days ago, before this secret was stored. The next sync tells."},
		"deleted":              {&store.SecretExpiry{ApplicationID: "own", Secrets: 2, List: read}, Warn, "Expiry not known", "None of the app's 2 secrets begins like the stored one: it may have been deleted. As of 2 h ago."},
		"no secret at all":     {&store.SecretExpiry{ApplicationID: "own", List: read}, Muted, "Expiry not known", "Microsoft lists no secret of this app. As of 2 h ago."},
		"cannot be opened":     {nil, Warn, "Expiry not known", "The stored secret cannot be opened: replace it."},
	}
	for name, tt := range tests {
		got := SecretExpiryOf(now, in, tt.expiry)
		assert.Equal(t, SecretExpiryText{tt.tone, tt.text, tt.note}, got, name)
		assert.Equal(t, tt.tone == Warn || tt.tone == Bad, got.Urgent(), name)
	}
	p := SecretExpiryOf(now, in, at(3*day)).Problem("https://entra.example/")
	assert.Equal(t, "The client secret expires in 3 days, on 30 Nov 2026. As of 2 h ago.", p.Message)
	assert.Equal(t, "https://entra.example/", p.Link)
}
