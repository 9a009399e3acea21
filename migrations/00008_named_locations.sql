-- +goose Up
CREATE TABLE named_locations (
    row_id                                INTEGER PRIMARY KEY,
    tenant_id                             INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                                    TEXT NOT NULL,
    display_name                          TEXT COLLATE NOCASE,
    odata_type                            TEXT,
    is_trusted                            INTEGER,
    ip_ranges                             TEXT,
    countries_and_regions                 TEXT,
    include_unknown_countries_and_regions INTEGER,
    country_lookup_method                 TEXT,
    created_date_time                     TEXT,
    modified_date_time                    TEXT,
    hash_list                             BLOB,
    search                                TEXT NOT NULL DEFAULT '',
    first_seen                            INTEGER NOT NULL,
    last_changed                          INTEGER NOT NULL,
    removed_at                            INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX named_locations_display_name ON named_locations (tenant_id, display_name);
