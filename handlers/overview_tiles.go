package handlers

import "github.com/securatlas/securatlas/views"

// The overview's tiles beside the figures, which the catalogue declares. Each
// names the entity and the columns that it rests on: a tile says what is known
// of them and on what evidence, and is not there where the catalogue lacks one.

// breakdownTile divides the rows by the values of a choice column.
type breakdownTile struct{ kind, column, label string }

// trendTile shows how a number went over the newest rows.
type trendTile struct {
	kind, value, at, label, unit string
	better                       views.Better
	extra                        bool // needs a permission that nobody is asked for: left out where it was not read
}

// meterTile shows how much is used of what there is, row by row; above warnOver
// the row is marked.
type meterTile struct {
	kind, used, of, label string
	warnOver              float64
}

// factTile shows a column of an entity that has one row.
type factTile struct{ kind, column string }

var trendTiles = []trendTile{
	{kind: "secure_scores", value: "percent", at: "created_date_time", label: "Microsoft Secure Score", unit: "%", better: views.Higher},
	{kind: "exposure_scores", value: "score", at: "time", label: "Exposure score", better: views.Lower, extra: true},
}

var breakdownTiles = []breakdownTile{
	{kind: "users", column: "user_type", label: "Users by type"},
	{kind: "conditional_access_policies", column: "state", label: "Conditional Access policies"},
}

var meterTiles = []meterTile{
	{kind: "subscribed_skus", used: "consumed_units", of: "prepaid_units_enabled", label: "Licences assigned", warnOver: 0.95},
}

var factTiles = []factTile{
	{kind: "security_defaults", column: "is_enabled"},
}
