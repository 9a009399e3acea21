package entities

import "github.com/securatlas/securatlas/syncer/entity"

// subscribedSkus are the subscriptions. Other parts are judged by them: an
// "unlicensed" answer of Microsoft counts only when no plan here contradicts it.
func subscribedSkus() *entity.Def {
	return &entity.Def{
		Kind:     "subscribed_skus",
		Title:    "Licences",
		Singular: "licence",
		Doc:      "Subscriptions of the directory with their service plans, and how many licences are bought and assigned.",
		Group:    entity.Identity,
		Icon:     "license",
		First:    true,
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Licences",
			Path:     "/subscribedSkus",
			NoSelect: true,
			Needs:    []entity.AnyOf{{"Organization.Read.All", "Directory.Read.All"}},
			Throttle: entity.ThrottleDirectory,
		}},
		Columns: []entity.Column{
			{Path: "skuPartNumber", Label: "Licence", Sort: true, Search: true, Shown: true},
			{Path: "skuId", Label: "SKU ID", Search: true},
			{Path: "capabilityStatus", Label: "Status", Filter: entity.Choice, Shown: true, Doc: "Enabled, Warning, Suspended, Deleted or LockedOut."},
			{Path: "consumedUnits", Label: "Assigned", Type: entity.Int, Filter: entity.Range, Shown: true},
			{Path: "prepaidUnits.enabled", Label: "Bought", Type: entity.Int, Filter: entity.Range, Shown: true},
			{Path: "prepaidUnits.warning", Label: "In warning", Type: entity.Int},
			{Path: "prepaidUnits.suspended", Label: "Suspended", Type: entity.Int},
			{Path: "prepaidUnits.lockedOut", Label: "Locked out", Type: entity.Int},
			{Path: "appliesTo", Label: "Applies to", Filter: entity.Choice, Shown: true},
			{Path: "servicePlans", Label: "Service plans", Type: entity.List, Search: true},
			{Path: "subscriptionIds", Label: "Subscription IDs", Type: entity.List},
			{Path: "accountName", Label: "Account name"},
			{Path: "accountId", Label: "Account ID"},
		},
		TitleColumn:    "sku_part_number",
		SubtitleColumn: "sku_id",
		DefaultSort:    "sku_part_number",
		PortalPath:     "#view/Microsoft_AAD_IAM/LicensesMenuBlade/~/Products",
	}
}
