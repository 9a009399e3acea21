// Package migrations holds the database schema: the core tables and one file
// for each entity, in the order in which goose applies them.
package migrations

import "embed"

// FS holds the migrations.
//
//go:embed *.sql
var FS embed.FS
