package entities

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

// decoded are the cells of an object, by column.
func decoded(t *testing.T, d *entity.Def, raw string, now time.Time) map[string]any {
	t.Helper()
	part := d.Parts[0].Name
	row, err := d.DecodeAt(part, json.RawMessage(raw), now)
	require.NoError(t, err)
	cells := map[string]any{}
	for i, c := range d.PartColumns(part) {
		cells[c.Name] = row.Cells[i]
	}
	return cells
}

func TestNextExpiry(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		credentials             string
		next, nextSecret, count any
	}{
		"none":                              {`"passwordCredentials":[],"keyCredentials":[]`, nil, nil, int64(0)},
		"not sent":                          {`"passwordCredentials":null`, nil, nil, nil},
		"not a list":                        {`"passwordCredentials":"x"`, nil, nil, nil},
		"the next of the valid ones":        {`"passwordCredentials":[{"endDateTime":"2027-01-01T00:00:00Z"},{"endDateTime":"2026-03-10T00:00:00Z"},{"endDateTime":"2020-01-01T00:00:00Z"}]`, "2026-03-10T00:00:00Z", "2026-03-10T00:00:00Z", int64(3)},
		"the last of the expired ones":      {`"passwordCredentials":[{"endDateTime":"2020-01-01T00:00:00Z"},{"endDateTime":"2021-01-01T00:00:00.5Z"}]`, "2021-01-01T00:00:00.5Z", "2021-01-01T00:00:00.5Z", int64(2)},
		"a certificate before the secret":   {`"passwordCredentials":[{"endDateTime":"2027-01-01T00:00:00Z"}],"keyCredentials":[{"endDateTime":"2026-04-01T00:00:00Z"}]`, "2026-04-01T00:00:00Z", "2027-01-01T00:00:00Z", int64(1)},
		"a credential without an end":       {`"passwordCredentials":[{"endDateTime":null},{"endDateTime":"soon"}]`, nil, nil, int64(2)},
		"times of other zones are compared": {`"passwordCredentials":[{"endDateTime":"2026-03-01T13:00:00+02:00"},{"endDateTime":"2026-03-01T12:30:00Z"}]`, "2026-03-01T12:30:00Z", "2026-03-01T12:30:00Z", int64(2)},
	} {
		got := decoded(t, All().Def("applications"), `{"id":"1",`+c.credentials+`}`, now)
		assert.Equal(t, []any{c.next, c.nextSecret, c.count}, []any{got["next_expiry"], got["next_secret_expiry"], got["secrets"]}, name)
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]any{
		`{"id":"1-e"}`:                               "eligible",
		`{"id":"1","assignmentType":"Assigned"}`:     "active",
		`{"id":"1","assignmentType":"Activated"}`:    "activated",
		`{"id":"1-e","assignmentType":null}`:         "eligible",
		`{"id":"1","assignmentType":"SomethingNew"}`: "active",
	} {
		assert.Equal(t, want, decoded(t, All().Def("role_eligibility"), raw, time.Now())["state"], raw)
	}
	for raw, want := range map[string]any{
		`{"id":"1","riskState":"atRisk"}`:               true,
		`{"id":"1","riskState":"confirmedCompromised"}`: true,
		`{"id":"1","riskState":"dismissed"}`:            false,
		`{"id":"1"}`:                                    nil,
	} {
		assert.Equal(t, want, decoded(t, All().Def("risky_users"), raw, time.Now())["at_risk"], raw)
	}
	principal := decoded(t, All().Def("role_assignments"), `{"id":"1","principal":{"@odata.type":"#microsoft.graph.group","displayName":"Ops"}}`, time.Now())
	assert.Equal(t, "#microsoft.graph.group", principal["principal_type"])
	assert.Equal(t, "Ops", principal["principal_display_name"])
	assert.Nil(t, decoded(t, All().Def("role_assignments"), `{"id":"1","principal":null}`, time.Now())["principal_display_name"], "a deleted principal")
}

// rowOf decodes an object of a part.
func rowOf(t *testing.T, d *entity.Def, part, raw string) (entity.Row, map[string]any) {
	t.Helper()
	row, err := d.Decode(part, json.RawMessage(raw))
	require.NoError(t, err)
	cells := map[string]any{}
	for i, c := range d.PartColumns(part) {
		cells[c.Name] = row.Cells[i]
	}
	return row, cells
}

func TestNamesOfSites(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]struct {
		name   any
		lesser bool
	}{
		`{"id":"h,s,w","name":"Root Site","root":{},"webUrl":"https://h"}`:         {"Root Site", false},
		`{"id":"h,s,w","name":"team","displayName":"Team","root":{}}`:              {"Team", false},
		`{"id":"h,s,w2","name":"sub","displayName":"","webUrl":"https://h/s/sub"}`: {"sub", true},
		`{"id":"h,s,w2","displayName":null,"root":null}`:                           {nil, true},
	} {
		row, cells := rowOf(t, All().Def("sharepoint_sites"), "names", raw)
		assert.Equal(t, "s", row.ID, raw)
		assert.Equal(t, want.name, cells["display_name"], raw)
		assert.Equal(t, want.lesser, row.Lesser, raw)
	}
}
