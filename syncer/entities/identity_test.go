package entities

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

// TestNoEntityMakesARowOfNoID holds every list against objects whose id
// Microsoft has left blank or filled with zeros.
func TestNoEntityMakesARowOfNoID(t *testing.T) {
	t.Parallel()
	for _, d := range All().Synced() {
		for i := range d.Parts {
			for _, p := range d.Parts[i].Sources() {
				for _, id := range []string{"", "  ", "00000000-0000-0000-0000-000000000000"} {
					object := map[string]any{}
					for _, property := range []string{"id", "Id", "Site Id", "User Principal Name", "time"} {
						object[property] = id
					}
					raw, err := json.Marshal(object)
					require.NoError(t, err)
					row, err := d.DecodeFrom(p, raw, time.Unix(0, 0))
					if p.Conceals != nil {
						require.NoError(t, err, d.Kind)
						assert.True(t, row.Line, d.Kind)
						assert.Empty(t, row.ID, d.Kind)
					} else if p.Skip == nil {
						assert.Error(t, err, "%s/%s with the id %q", d.Kind, p.Name, id)
					}
				}
			}
		}
	}
}

func TestConcealedLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, object string
		line         bool
	}{
		{"sharepoint_sites", `{"Site Id":"bf6fb551-d508-4946-a439-b2a6154fc1d9","Owner Principal Name":"ann@contoso.example"}`, false},
		{"sharepoint_sites", `{"Site Id":"bf6fb551-d508-4946-a439-b2a6154fc1d9","Owner Principal Name":"B217BFF20A0B1C2D3E4F302F67ED73A7"}`, false},
		{"sharepoint_sites", `{"Site Id":"00000000-0000-0000-0000-000000000000"}`, true},
		{"sharepoint_sites", `{"Site Id":null}`, true},
		{"m365_active_users", `{"User Principal Name":"ann@contoso.example"}`, false},
		{"m365_active_users", `{"User Principal Name":"line-manager@contoso.example"}`, false},
		{"m365_active_users", `{"User Principal Name":"bo_fabrikam.example#EXT#@contoso.example"}`, false},
		{"m365_active_users", `{"User Principal Name":"B217BFF20A0B1C2D3E4F302F67ED73A7"}`, true},
		{"m365_active_users", `{"User Principal Name":"6a1f2b3c-0000-4000-8000-000000000001"}`, true},
		{"m365_active_users", `{"User Principal Name":""}`, true},
	} {
		d := All().Def(c.kind)
		row, err := d.Decode("list", json.RawMessage(c.object))
		require.NoError(t, err, c.object)
		assert.Equal(t, c.line, row.Line, c.object)
		assert.Equal(t, c.line, row.ID == "", c.object)
		assert.Len(t, row.Cells, len(d.PartColumns("list")))
		assert.Equal(t, "https://admin.microsoft.com/#/Settings/Services/:/Settings/L1/Reports", d.Parts[0].Conceals.Link)
		assert.Contains(t, d.Parts[0].Conceals.Cure, `"Display concealed user, group, and site names in all reports"`)
	}
}

func TestPersonalSitesMakeNoRows(t *testing.T) {
	t.Parallel()
	d := All().Def("sharepoint_sites")
	for object, noRow := range map[string]bool{
		`{"id":"contoso.sharepoint.com,a,b","webUrl":"https://contoso.sharepoint.com/sites/a"}`:                            false,
		`{"id":"contoso.sharepoint.com,a,b","webUrl":"https://contoso.sharepoint.com/sites/a","isPersonalSite":false}`:     false,
		`{"id":"contoso-my.sharepoint.com,a,b","webUrl":"https://contoso-my.sharepoint.com/personal/ann_contoso_example"}`: true,
		`{"id":"contoso-my.sharepoint.com,a,b","webUrl":"https://contoso-my.sharepoint.com/x","isPersonalSite":true}`:      true,
	} {
		row, err := d.Decode("names", json.RawMessage(object))
		require.NoError(t, err)
		assert.Equal(t, noRow, row.NoRow, object)
		assert.Equal(t, "a", row.ID)
	}
	assert.Equal(t, []string{"names"}, rosters(d))
}

func rosters(d *entity.Def) (names []string) {
	for _, p := range d.Parts {
		if p.Roster {
			names = append(names, p.Name)
		}
	}
	return names
}
