package entities

import "github.com/securatlas/securatlas/syncer/entity"

// namedLocations is a polymorphic collection (ipNamedLocation and
// countryNamedLocation): $select of a property that only one type has is
// refused, so none is sent.
func namedLocations() *entity.Def {
	return &entity.Def{
		Kind:     "named_locations",
		Title:    "Named locations",
		Singular: "named location",
		Doc:      "IP ranges and countries that Conditional Access policies refer to.",
		Group:    entity.Identity,
		Icon:     "map-pin",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Named locations",
			Path:     "/identity/conditionalAccess/namedLocations",
			NoSelect: true,
			Needs:    []entity.AnyOf{{"Policy.Read.All"}},
			Throttle: entity.ThrottlePolicy,
		}},
		Columns: []entity.Column{
			{Path: "displayName", Label: "Location", Sort: true, Search: true, Shown: true},
			{Path: "@odata.type", Name: "odata_type", Label: "Type", Filter: entity.Choice, Shown: true, Words: map[string]string{
				"#microsoft.graph.ipNamedLocation": "IP ranges", "#microsoft.graph.countryNamedLocation": "Countries"}},
			{Path: "isTrusted", Label: "Trusted", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true},
			{Path: "ipRanges", Label: "IP ranges", Type: entity.List, Search: true, Shown: true},
			{Path: "countriesAndRegions", Label: "Countries", Type: entity.List, Search: true, Shown: true},
			{Path: "includeUnknownCountriesAndRegions", Label: "Unknown countries included", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "countryLookupMethod", Label: "Country found by", Filter: entity.Choice},
			{Path: "createdDateTime", Label: "Created", Type: entity.Time, Filter: entity.Range},
			{Path: "modifiedDateTime", Label: "Modified", Type: entity.Time, Filter: entity.Range, Shown: true},
		},
		TitleColumn: "display_name",
		DefaultSort: "display_name",
		AllowEmpty:  true,
		PortalPath:  "#view/Microsoft_AAD_ConditionalAccess/ConditionalAccessBlade/~/NamedLocations",
	}
}
