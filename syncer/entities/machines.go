package entities

import (
	"net/url"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// machines are read with GET /api/machines of Defender for Endpoint
// (learn.microsoft.com/defender-endpoint/api/get-machines), which answers 404
// where there are none.
func machines() *entity.Def {
	return &entity.Def{
		Kind:     "machines",
		Title:    "Machines",
		Singular: "machine",
		Doc:      "Devices that Defender for Endpoint has seen, onboarded or not. The last report of a machine is its last full report, about once a day.",
		Group:    entity.Threats,
		Icon:     "server-2",
		Parts: []entity.Part{{
			Name:          "list",
			Title:         "Machines",
			Resource:      entity.Defender,
			Path:          "/api/machines",
			Query:         url.Values{"$top": {"5000"}},
			NoSelect:      true,
			NoneIsMissing: true,
			Needs:         []entity.AnyOf{{"Machine.Read.All"}},
			Licence:       defenderForEndpoint,
			Throttle:      entity.ThrottleDefender,
		}},
		Columns: []entity.Column{
			{Path: "computerDnsName", Label: "Name", Sort: true, Search: true, Shown: true},
			{Path: "healthStatus", Label: "Health", Filter: entity.Choice, Shown: true},
			{Path: "onboardingStatus", Label: "Onboarding", Filter: entity.Choice, Shown: true, Words: map[string]string{
				"CanBeOnboarded": "Can be onboarded", "InsufficientInfo": "Insufficient information"}},
			{Path: "riskScore", Alerts: []string{"High"}, Label: "Risk", Filter: entity.Choice, Shown: true},
			{Path: "exposureLevel", Alerts: []string{"High"}, Label: "Exposure", Filter: entity.Choice, Shown: true},
			{Path: "osPlatform", Label: "Operating system", Filter: entity.Choice, Sort: true, Shown: true},
			{Path: "version", Label: "Version", Filter: entity.Choice},
			{Path: "osBuild", Label: "Build", Type: entity.Int},
			{Name: "os_architecture", Label: "Architecture", Filter: entity.Choice, Compute: architecture, Uses: []string{"osArchitecture", "osProcessor"}},
			{Path: "lastSeen", Label: "Last report", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true, Volatile: true},
			{Path: "firstSeen", Name: "machine_first_seen", Label: "First report", Type: entity.Time, Filter: entity.Range},
			{Path: "aadDeviceId", Label: "Entra device ID", Sort: true, Refs: []entity.Ref{{Kind: "managed_devices", By: "azure_ad_device_id"}}},
			{Path: "isAadJoined", Label: "Joined to Entra ID", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "rbacGroupName", Label: "Device group", Filter: entity.Choice},
			{Path: "rbacGroupId", Label: "Device group's ID", Type: entity.Int},
			{Path: "deviceValue", Label: "Device value", Filter: entity.Choice},
			{Path: "machineTags", Label: "Tags", Type: entity.List, Filter: entity.Contains, Search: true},
			{Path: "lastIpAddress", Label: "Last IP address", Search: true, Volatile: true},
			{Path: "lastExternalIpAddress", Label: "Last external IP address", Search: true, Volatile: true},
			{Path: "isPotentialDuplication", Label: "Possible duplicate", Type: entity.Bool, Filter: entity.Flag, Words: yesNo,
				Doc: "Microsoft holds the machine for one that is listed twice."},
			{Path: "mergedIntoMachineId", Label: "Merged into", Refs: []entity.Ref{{Kind: "machines"}},
				Doc: "The machine that this one was found to be: it is there under that ID."},
			{Path: "isExcluded", Label: "Excluded", Type: entity.Bool, Filter: entity.Flag, Words: yesNo,
				Doc: "An admin excluded the machine from vulnerability management."},
			{Path: "exclusionReason", Label: "Reason for exclusion", Filter: entity.Choice, Doc: "As the admin gave it, such as DuplicateDevice."},
			{Path: "ipAddresses", Label: "IP addresses", Type: entity.List, Volatile: true},
		},
		TitleColumn:    "computer_dns_name",
		SubtitleColumn: "rbac_group_name",
		NoteColumn:     "risk_score",
		DefaultSort:    "computer_dns_name",
	}
}

// architecture computes a machine's architecture: older answers have it in
// osProcessor, which Microsoft has deprecated, alone.
func architecture(o entity.Object, _ time.Time) any {
	return firstText(o, "osArchitecture", "osProcessor")
}
