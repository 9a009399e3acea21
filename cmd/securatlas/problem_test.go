package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

// Whichever command reports a problem says how it is mended.
func TestProblemsAreReportedWhole(t *testing.T) {
	t.Parallel()
	problem := &entity.Problem{
		Class: entity.ClassConsent, Code: "Authorization_RequestDenied", Message: "Insufficient\nprivileges",
		RequestID: "6c1f", Cure: "Grant admin consent.", Link: "https://entra.microsoft.com/x",
	}
	const want = "consent Authorization_RequestDenied: Insufficient privileges (request id 6c1f) → Grant admin consent. https://entra.microsoft.com/x"
	tenant := store.Tenant{Slug: "contoso"}
	def := entities.All().Def("users")
	for name, report := range map[string]func(*bytes.Buffer) error{
		"an error": func(b *bytes.Buffer) error { printProblem(b, problem); return nil },
		"status": func(b *bytes.Buffer) error {
			return printEntities(b, []store.EntityState{{Def: def, State: entity.NotPermitted, Problem: problem}})
		},
		"sync": func(b *bytes.Buffer) error {
			run := store.Run{Parts: []store.RunPart{{Kind: "users", Part: "list", Phase: store.PhaseDone, State: entity.NotPermitted, Problem: problem}}}
			printParts(b, tenant, run, map[string]bool{})
			return nil
		},
		"check": func(b *bytes.Buffer) error {
			return checkCommand{}.print(&env{stdout: b}, entity.PermissionCheck{Problems: map[entity.Resource]*entity.Problem{entity.Graph: problem}})
		},
	} {
		var b bytes.Buffer
		require.NoError(t, report(&b), name)
		assert.Contains(t, b.String(), want, name)
	}
}
