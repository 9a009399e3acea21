-- +goose Up
CREATE TABLE sharepoint_sites (
    row_id                     INTEGER PRIMARY KEY,
    tenant_id                  INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                         TEXT NOT NULL,
    display_name               TEXT COLLATE NOCASE,
    web_url                    TEXT,
    owner_display_name         TEXT,
    owner_principal_name       TEXT COLLATE NOCASE,
    root_web_template          TEXT,
    storage_used_in_bytes      INTEGER,
    storage_allocated_in_bytes INTEGER,
    file_count                 INTEGER,
    active_file_count          INTEGER,
    page_view_count            INTEGER,
    visited_page_count         INTEGER,
    last_activity_date         TEXT,
    is_deleted                 INTEGER,
    is_personal_site           INTEGER,
    created_date_time          TEXT,
    site_url                   TEXT,
    site_id                    TEXT,
    names_concealed            TEXT,
    report_refresh_date        TEXT,
    report_period              INTEGER,
    hash_list                  BLOB,
    hash_names                 BLOB,
    search                     TEXT NOT NULL DEFAULT '',
    first_seen                 INTEGER NOT NULL,
    last_changed               INTEGER NOT NULL,
    removed_at                 INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX sharepoint_sites_display_name ON sharepoint_sites (tenant_id, display_name);
CREATE INDEX sharepoint_sites_owner_principal_name ON sharepoint_sites (tenant_id, owner_principal_name);
CREATE INDEX sharepoint_sites_storage_used_in_bytes ON sharepoint_sites (tenant_id, storage_used_in_bytes);
CREATE INDEX sharepoint_sites_last_activity_date ON sharepoint_sites (tenant_id, last_activity_date);
