package entities

import (
	"net/url"

	"github.com/securatlas/securatlas/syncer/entity"
)

// teamsDevices are read with GET /teamwork/devices of beta, which Microsoft
// announced to support no longer after November 2025
// (learn.microsoft.com/graph/api/resources/teamworkdevice): read while it
// answers, and no permission is asked for.
func teamsDevices() *entity.Def {
	return &entity.Def{
		Kind:     "teams_devices",
		Title:    "Teams devices",
		Singular: "Teams device",
		Doc:      "Microsoft Teams phones, rooms and panels. Microsoft ended the support of this list in November 2025; where it still answers, TeamworkDevice.Read.All opens it.",
		Group:    entity.Devices,
		Icon:     "device-desktop",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Teams devices",
			Beta:     true,
			Path:     "/teamwork/devices",
			Query:    url.Values{"$top": {"50"}},
			NoSelect: true,
			Retired:  true,
			Throttle: entity.ThrottleDirectory,
		}},
		Columns: []entity.Column{
			{Path: "hardwareDetail.model", Name: "model", Label: "Model", Sort: true, Search: true, Shown: true},
			{Path: "hardwareDetail.serialNumber", Name: "serial_number", Label: "Serial number", Search: true, Shown: true},
			{Path: "deviceType", Label: "Type", Filter: entity.Choice, Shown: true},
			{Path: "healthStatus", Label: "Health", Filter: entity.Choice, Shown: true},
			{Path: "activityState", Label: "Activity", Filter: entity.Choice, Volatile: true},
			{Path: "currentUser.displayName", Name: "current_user_display_name", Label: "Signed-in user", Search: true, Shown: true},
			{Path: "currentUser.id", Name: "current_user_id", Label: "Signed-in user's ID", Refs: []entity.Ref{{Kind: "users"}}},
			{Path: "hardwareDetail.manufacturer", Name: "manufacturer", Label: "Manufacturer", Filter: entity.Choice},
			{Path: "hardwareDetail.uniqueId", Name: "unique_id", Label: "Hardware ID"},
			{Path: "hardwareDetail.macAddresses", Name: "mac_addresses", Label: "MAC addresses", Type: entity.List},
			{Path: "companyAssetTag", Label: "Asset tag"},
			{Path: "notes", Label: "Notes"},
			{Path: "createdDateTime", Label: "Created", Type: entity.Time, Filter: entity.Range},
			{Path: "lastModifiedDateTime", Label: "Modified", Type: entity.Time, Filter: entity.Range, Volatile: true},
		},
		TitleColumn:    "model",
		SubtitleColumn: "serial_number",
		DefaultSort:    "model",
		AllowEmpty:     true,
	}
}
