-- +goose Up
CREATE TABLE teams_devices (
    row_id                    INTEGER PRIMARY KEY,
    tenant_id                 INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                        TEXT NOT NULL,
    model                     TEXT COLLATE NOCASE,
    serial_number             TEXT,
    device_type               TEXT,
    health_status             TEXT,
    activity_state            TEXT,
    current_user_display_name TEXT,
    current_user_id           TEXT,
    manufacturer              TEXT,
    unique_id                 TEXT,
    mac_addresses             TEXT,
    company_asset_tag         TEXT,
    notes                     TEXT,
    created_date_time         TEXT,
    last_modified_date_time   TEXT,
    hash_list                 BLOB,
    search                    TEXT NOT NULL DEFAULT '',
    first_seen                INTEGER NOT NULL,
    last_changed              INTEGER NOT NULL,
    removed_at                INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX teams_devices_model ON teams_devices (tenant_id, model);
CREATE INDEX teams_devices_current_user_id ON teams_devices (tenant_id, current_user_id);
