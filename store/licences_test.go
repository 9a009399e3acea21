package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestHasServicePlan(t *testing.T) {
	t.Parallel()
	const (
		p1, p2, other = "41781fb2-bc02-4b7c-bd55-b576c07bb09d", "eec0eb4f-6444-4f95-aba0-50c24d67f998", "00000000-0000-0000-0000-000000000001"
	)
	sku := func(status, plan, provisioning string) string {
		return fmt.Sprintf(`{"id":"sku","skuPartNumber":"S","capabilityStatus":%q,"servicePlans":[5,{"servicePlanId":%q,"provisioningStatus":"Success"},{"servicePlanId":%q,"provisioningStatus":%q}]}`,
			status, other, plan, provisioning)
	}
	for name, c := range map[string]struct {
		sku string
		has bool
	}{
		"enabled":           {sku("Enabled", p1, "Success"), true},
		"grace period":      {sku("Warning", p2, "Success"), true},
		"pending":           {sku("Enabled", p2, "PendingActivation"), true},
		"upper case":        {sku("Enabled", "41781FB2-BC02-4B7C-BD55-B576C07BB09D", "Success"), true},
		"plan disabled":     {sku("Enabled", p1, "Disabled"), false},
		"suspended":         {sku("Suspended", p1, "Success"), false},
		"deleted":           {sku("Deleted", p1, "Success"), false},
		"another plan":      {sku("Enabled", "00000000-0000-0000-0000-000000000002", "Success"), false},
		"no plans":          {`{"id":"sku","capabilityStatus":"Enabled","servicePlans":null}`, false},
		"plans are no list": {`{"id":"sku","capabilityStatus":"Enabled","servicePlans":"x"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newProduct(t)
			_, known, err := w.HasServicePlan(ctx, w.tenant.ID, []string{p1, p2})
			require.NoError(t, err)
			assert.False(t, known, "never read")
			w.sync("subscribed_skus", "list", w.rows("subscribed_skus", "list", c.sku))
			has, known, err := w.HasServicePlan(ctx, w.tenant.ID, []string{p1, p2})
			require.NoError(t, err)
			assert.True(t, known)
			assert.Equal(t, c.has, has)
		})
	}

	w := newWorkshop(t)
	_, known, err := w.HasServicePlan(ctx, w.tenant.ID, []string{p1})
	require.NoError(t, err)
	assert.False(t, known, "a catalogue without subscriptions")
}

func TestSubscriptionsThatWereRemovedProveNothing(t *testing.T) {
	t.Parallel()
	w := newProduct(t)
	sku := `{"id":"%s","capabilityStatus":"Enabled","servicePlans":[{"servicePlanId":"p","provisioningStatus":"Success"}]}`
	w.sync("subscribed_skus", "list", w.rows("subscribed_skus", "list", fmt.Sprintf(sku, "a"), `{"id":"b","capabilityStatus":"Enabled"}`))
	w.sync("subscribed_skus", "list", w.rows("subscribed_skus", "list", `{"id":"b","capabilityStatus":"Enabled"}`))
	has, known, err := w.HasServicePlan(ctx, w.tenant.ID, []string{"p"})
	require.NoError(t, err)
	assert.True(t, known)
	assert.False(t, has)

	pw, end := w.begin("subscribed_skus", "list")
	_, err = pw.Stop(ctx, &entity.Problem{Class: entity.ClassNetwork}, store.Traffic{})
	require.NoError(t, err)
	end()
	_, known, err = w.HasServicePlan(ctx, w.tenant.ID, []string{"p"})
	require.NoError(t, err)
	assert.True(t, known, "what the last complete list said still holds")
}
