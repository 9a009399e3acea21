package entity_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/syncer/entity"
)

func TestNoID(t *testing.T) {
	t.Parallel()
	for id, none := range map[string]bool{
		"": true, "  ": true, "00000000-0000-0000-0000-000000000000": true, "{00000000-0000-0000-0000-000000000000}": true,
		"00000000000000000000000000000000": true, "00000000-0000-0000-0000-000000000005": false, "0": false, "0-0": false, "a": false,
		"ann@contoso.example": false, "contoso,00000000-0000-0000-0000-000000000000": false,
	} {
		assert.Equal(t, none, entity.NoID(id), "%q", id)
	}
}

func TestLineIDs(t *testing.T) {
	t.Parallel()
	from, to := entity.LineIDs()
	id := entity.LineID("0a1b-1")
	assert.True(t, entity.IsLine(id))
	assert.True(t, id >= from && id < to)
	for _, other := range []string{"line@contoso.example", "line-manager@contoso.example", "0a1b", "lines"} {
		assert.False(t, entity.IsLine(other) || other >= from && other < to, other)
	}
}

func TestNamesOfGuests(t *testing.T) {
	t.Parallel()
	for name, home := range map[string]string{
		"ann_fabrikam.example#EXT#@contoso.example": "ann@fabrikam.example",
		"a_b_fabrikam.example#ext#@contoso.example": "a_b@fabrikam.example",
		"ann@fabrikam.example":                      "",
		"_fabrikam.example#EXT#@contoso.example":    "",
		"ann_#EXT#@contoso.example":                 "",
		"annfabrikam.example#EXT#@contoso.example":  "",
		"ann_fabrikam.example#EXT":                  "",
		"":                                          "",
	} {
		assert.Equal(t, home, entity.HomeName(name), "%q", name)
	}
	for address, guest := range map[string]string{
		"ann@fabrikam.example": "ann_fabrikam.example#EXT#@", "ann_fabrikam.example#EXT#@contoso.example": "",
		"ann": "", "@fabrikam.example": "", "ann@": "", "a@b@c": "",
	} {
		assert.Equal(t, guest, entity.GuestName(address), "%q", address)
	}
}
