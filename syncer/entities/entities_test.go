package entities

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
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
		"not a list":                        {`"passwordCredentials":"x"`, entity.Odd(`"x"`), entity.Odd(`"x"`), entity.Odd(`"x"`)},
		"the next of the valid ones":        {`"passwordCredentials":[{"endDateTime":"2027-01-01T00:00:00Z"},{"endDateTime":"2026-03-10T00:00:00Z"},{"endDateTime":"2020-01-01T00:00:00Z"}]`, "2026-03-10T00:00:00Z", "2026-03-10T00:00:00Z", int64(3)},
		"the last of the expired ones":      {`"passwordCredentials":[{"endDateTime":"2020-01-01T00:00:00Z"},{"endDateTime":"2021-01-01T00:00:00.5Z"}]`, "2021-01-01T00:00:00.5Z", "2021-01-01T00:00:00.5Z", int64(2)},
		"a certificate before the secret":   {`"passwordCredentials":[{"endDateTime":"2027-01-01T00:00:00Z"}],"keyCredentials":[{"endDateTime":"2026-04-01T00:00:00Z"}]`, "2026-04-01T00:00:00Z", "2027-01-01T00:00:00Z", int64(1)},
		"a credential without an end":       {`"passwordCredentials":[{"endDateTime":null},{}]`, nil, nil, int64(2)},
		"an end that is no time":            {`"passwordCredentials":[{"endDateTime":"2027-01-01T00:00:00Z"},{"endDateTime":"31/12/2026 25:61"}]`, entity.Odd(`"31/12/2026 25:61"`), entity.Odd(`"31/12/2026 25:61"`), int64(2)},
		"times of other zones are compared": {`"passwordCredentials":[{"endDateTime":"2026-03-01T13:00:00+02:00"},{"endDateTime":"2026-03-01T12:30:00Z"}]`, "2026-03-01T12:30:00Z", "2026-03-01T12:30:00Z", int64(2)},
	} {
		got := decoded(t, All().Def("applications"), `{"id":"1",`+c.credentials+`}`, now)
		assert.Equal(t, []any{c.next, c.nextSecret, c.count}, []any{got["next_expiry"], got["next_secret_expiry"], got["secrets"]}, name)
	}
}

func TestCertificatesThatSignTokens(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	key := func(usage, thumbprint, id, ends string) string {
		return fmt.Sprintf(`{"usage":%q,"customKeyIdentifier":%q,"keyId":%q,"endDateTime":%q}`, usage, thumbprint, id, ends)
	}
	const next, later = "2027-05-01T00:00:00Z", "2028-05-01T00:00:00Z"
	for name, c := range map[string]struct {
		keys, passwords         []string
		certificates, secrets   int64
		nextSecret, certificate any
	}{
		"a pair and its password": {
			[]string{key("Sign", "AB", "1", next), key("Verify", "AB", "2", next)}, []string{key("", "AB", "1", next)}, 1, 0, nil, next},
		"two pairs": {
			[]string{key("Verify", "AB", "1", next), key("Sign", "AB", "2", next), key("Sign", "CD", "3", later), key("Verify", "CD", "4", later)}, nil, 2, 0, nil, next},
		"a password that has the key's id alone": {
			[]string{key("Sign", "", "1", next)}, []string{key("", "", "1", next)}, 1, 0, nil, next},
		"two certificates to sign in with": {
			[]string{key("Verify", "AB", "1", next), key("Verify", "AB", "2", later)}, []string{key("", "AB", "3", later)}, 2, 1, later, next},
		"one thumbprint with two ends": {
			[]string{key("Sign", "AB", "1", next), key("Verify", "AB", "2", later)}, nil, 2, 0, nil, next},
		"nothing to tell by": {
			[]string{key("Sign", "", "1", next), key("Verify", "", "2", next)}, []string{key("", "", "3", later)}, 2, 1, later, next},
	} {
		raw := fmt.Sprintf(`{"id":"1","keyCredentials":[%s],"passwordCredentials":[%s]}`, strings.Join(c.keys, ","), strings.Join(c.passwords, ","))
		for _, kind := range []string{"applications", "service_principals"} {
			got := decoded(t, All().Def(kind), raw, now)
			assert.Equal(t, []any{c.certificates, c.secrets, c.nextSecret, c.certificate},
				[]any{got["certificates"], got["secrets"], got["next_secret_expiry"], got["next_certificate_expiry"]}, "%s: %s", kind, name)
		}
	}
}

func TestWhatIsComputedOfValuesInTexts(t *testing.T) {
	t.Parallel()
	now := time.Now()
	assert.Equal(t, true, decoded(t, All().Def("sign_ins"), `{"id":"1","status":{"errorCode":"0"}}`, now)["succeeded"])
	assert.Equal(t, false, decoded(t, All().Def("sign_ins"), `{"id":"1","status":{"errorCode":"50126"}}`, now)["succeeded"])
	assert.Equal(t, entity.Odd(`{}`), decoded(t, All().Def("sign_ins"), `{"id":"1","status":{"errorCode":{}}}`, now)["succeeded"])
	assert.Equal(t, 50.0, decoded(t, All().Def("secure_scores"), `{"id":"1","currentScore":"20.0","maxScore":40}`, now)["percent"])
	assert.Equal(t, entity.Odd(`{"a":1}`), decoded(t, All().Def("machines"), `{"id":"1","osArchitecture":{"a":1},"osProcessor":"x64"}`, now)["os_architecture"])
	assert.Equal(t, "x64", decoded(t, All().Def("machines"), `{"id":"1","osProcessor":"x64"}`, now)["os_architecture"])
	for kind, column := range map[string]string{"risky_users": "at_risk", "alerts": "open", "service_health": "healthy"} {
		property := map[string]string{"risky_users": "riskState"}[kind]
		raw := fmt.Sprintf(`{"id":"1",%q:{"value":"x"}}`, cmp.Or(property, "status"))
		assert.Equal(t, entity.Odd(`{"value":"x"}`), decoded(t, All().Def(kind), raw, now)[column], kind)
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
