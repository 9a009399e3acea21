package entities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestMachineOfAlerts(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string][2]any{
		`{"id":"1","machineId":"m","computerDnsName":"pc","evidence":[]}`:                                               {"m", "pc"},
		`{"id":"1","evidence":[{"userAccount":{}},{"mdeDeviceId":"m","deviceDnsName":"pc"},{"mdeDeviceId":"n"}]}`:       {"m", "pc"},
		`{"id":"1","evidence":[{"deviceDnsName":"other","mdeDeviceId":null},{"mdeDeviceId":"m","deviceDnsName":"pc"}]}`: {"m", "pc"},
		`{"id":"1","evidence":[{"deviceDnsName":"dc","mdeDeviceId":null}]}`:                                             {nil, "dc"},
		`{"id":"1","evidence":[{"mdeDeviceId":"m"}]}`:                                                                   {"m", nil},
		`{"id":"1"}`: {nil, nil},
	} {
		got := decoded(t, All().Def("alerts"), raw, time.Now())
		assert.Equal(t, want, [2]any{got["machine_id"], got["computer_dns_name"]}, raw)
	}
}
