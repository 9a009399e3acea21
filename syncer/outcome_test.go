package syncer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestOutcome(t *testing.T) {
	t.Parallel()
	part := func(kind, name string, state entity.State, class entity.Class) store.RunPart {
		p := store.RunPart{Kind: kind, Part: name, State: state}
		if class != "" {
			p.Problem = &entity.Problem{Class: class}
		}
		return p
	}
	for name, c := range map[string]struct {
		parts  []store.RunPart
		status store.RunStatus
		class  entity.Class
	}{
		"everything": {[]store.RunPart{part("users", "list", entity.Complete, ""), part("users", "sign_in_activity", entity.Complete, "")}, store.RunComplete, ""},
		"labels are no failure": {[]store.RunPart{part("users", "list", entity.Complete, ""), part("groups", "list", entity.NotPermitted, entity.ClassPermission),
			part("users", "sign_in_activity", entity.NotLicensed, entity.ClassLicence)}, store.RunComplete, ""},
		"a cut list":               {[]store.RunPart{part("users", "list", entity.Partial, entity.ClassSource)}, store.RunPartial, ""},
		"a held list":              {[]store.RunPart{part("users", "list", entity.Held, "")}, store.RunPartial, ""},
		"a further part failed":    {[]store.RunPart{part("users", "list", entity.Complete, ""), part("users", "sign_in_activity", entity.Failed, entity.ClassSource)}, store.RunPartial, ""},
		"one failed beside others": {[]store.RunPart{part("users", "list", entity.Complete, ""), part("groups", "list", entity.Failed, entity.ClassNetwork)}, store.RunPartial, ""},
		"all wait":                 {[]store.RunPart{part("users", "list", entity.Throttled, entity.ClassThrottled)}, store.RunPartial, ""},
		"only a further part was read": {[]store.RunPart{part("users", "list", entity.Failed, entity.ClassSource), part("users", "sign_in_activity", entity.Complete, "")},
			store.RunFailed, entity.ClassSource},
		"no consent": {[]store.RunPart{part("users", "list", entity.NotPermitted, entity.ClassConsent), part("groups", "list", entity.NotPermitted, entity.ClassPermission)},
			store.RunFailed, entity.ClassConsent},
		"unrelated permissions only": {[]store.RunPart{part("users", "list", entity.NotPermitted, entity.ClassPermission), part("groups", "list", entity.NotPermitted, entity.ClassPermission)},
			store.RunFailed, entity.ClassConsent},
		"nothing was begun": {nil, store.RunFailed, entity.ClassInternal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, problem := syncer.Outcome(entities.All(), c.parts)
			assert.Equal(t, c.status, status)
			if c.class == "" {
				assert.Nil(t, problem)
			} else if assert.NotNil(t, problem) {
				assert.Equal(t, c.class, problem.Class)
			}
		})
	}
}
