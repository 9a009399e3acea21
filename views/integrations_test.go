package views

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestNavStatus(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "Not connected yet", navStatus(nil))
	assert.Equal(t, "contoso.com", navStatus(&store.Integration{Connected: true, DefaultDomain: "contoso.com"}))
	assert.Equal(t, "Connected", navStatus(&store.Integration{Connected: true}), "its domain is not known yet")
	assert.Equal(t, "Disconnected", navStatus(&store.Integration{}))
}

func TestIntegrationsView_NoneCompleteSaysHowFarItLooked(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "None yet", IntegrationsView{Runs: make([]store.Run, 3)}.noneComplete())
	assert.Equal(t, "None of the last 28", IntegrationsView{Runs: make([]store.Run, RecentRuns)}.noneComplete())
}

func TestReferenceName(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "Trace id", referenceName(&entity.Problem{Code: "AADSTS7000215"}))
	assert.Equal(t, "Request id", referenceName(&entity.Problem{Code: "Authorization_RequestDenied"}))
	assert.Equal(t, "Request id", referenceName(&entity.Problem{}))
}
