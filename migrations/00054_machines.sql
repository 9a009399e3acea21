-- +goose Up
CREATE TABLE machines (
    row_id                   INTEGER PRIMARY KEY,
    tenant_id                INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                       TEXT NOT NULL,
    computer_dns_name        TEXT COLLATE NOCASE,
    health_status            TEXT,
    onboarding_status        TEXT,
    risk_score               TEXT,
    exposure_level           TEXT,
    os_platform              TEXT COLLATE NOCASE,
    version                  TEXT,
    os_build                 INTEGER,
    os_architecture          TEXT,
    last_seen                TEXT,
    machine_first_seen       TEXT,
    aad_device_id            TEXT,
    is_aad_joined            INTEGER,
    rbac_group_name          TEXT,
    rbac_group_id            TEXT,
    device_value             TEXT,
    machine_tags             TEXT,
    last_ip_address          TEXT,
    last_external_ip_address TEXT,
    ip_addresses             TEXT,
    hash_list                BLOB,
    search                   TEXT NOT NULL DEFAULT '',
    first_seen               INTEGER NOT NULL,
    last_changed             INTEGER NOT NULL,
    removed_at               INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX machines_computer_dns_name ON machines (tenant_id, computer_dns_name);
CREATE INDEX machines_os_platform ON machines (tenant_id, os_platform);
CREATE INDEX machines_last_seen ON machines (tenant_id, last_seen);
CREATE INDEX machines_aad_device_id ON machines (tenant_id, aad_device_id);
