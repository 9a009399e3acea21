package views

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestExpiry(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	apps := &entity.Def{Kind: "applications", Title: "App registrations"}
	in := func(days int) store.SecretExpiry {
		return store.SecretExpiry{At: now.AddDate(0, 0, days), Candidates: 1}
	}
	for name, test := range map[string]struct {
		expiry store.SecretExpiry
		text   string
		tone   Tone
	}{
		"far":           {in(300), "expires on 23 Sep 2027", Quiet},
		"near":          {in(23), "expires in 23 days, on 20 Dec 2026", Warn},
		"pressing":      {in(7), "expires in 7 days, on 4 Dec 2026", Bad},
		"past":          {in(-2), "expired 2 days ago, on 25 Nov 2026", Bad},
		"one of two":    {store.SecretExpiry{At: now.AddDate(0, 0, 23), Candidates: 2}, "the first of the app's 2 secrets that it may be expires in 23 days, on 20 Dec 2026", Warn},
		"never synced":  {store.SecretExpiry{Basis: store.EntityState{Def: apps, State: entity.Never}}, "its end shows once app registrations are synced", Muted},
		"not permitted": {store.SecretExpiry{Basis: store.EntityState{Def: apps, State: entity.NotPermitted, Needs: []string{"Directory.Read.All"}}}, "its end is not known: App registrations not permitted, needs Directory.Read.All", Muted},
		"not listed":    {store.SecretExpiry{Basis: store.EntityState{Def: apps, State: entity.Complete, AsOf: now}}, "its end is not known: the directory's app registrations do not list it", Muted},
		"no such kind":  {store.SecretExpiry{}, "its end is not known", Muted},
	} {
		assert.Equal(t, test.text, ExpiryText(now, test.expiry), name)
		assert.Equal(t, test.tone, ExpiryTone(now, test.expiry), name)
	}
}
