-- +goose Up
CREATE TABLE managed_devices (
    row_id                                       INTEGER PRIMARY KEY,
    tenant_id                                    INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                                           TEXT NOT NULL,
    device_name                                  TEXT COLLATE NOCASE,
    user_principal_name                          TEXT COLLATE NOCASE,
    compliance_state                             TEXT COLLATE NOCASE,
    operating_system                             TEXT COLLATE NOCASE,
    os_version                                   TEXT,
    is_encrypted                                 INTEGER,
    last_sync_date_time                          TEXT,
    managed_device_owner_type                    TEXT,
    jail_broken                                  TEXT,
    compliance_grace_period_expiration_date_time TEXT,
    enrolled_date_time                           TEXT,
    management_agent                             TEXT,
    management_state                             TEXT,
    device_enrollment_type                       TEXT,
    device_registration_state                    TEXT,
    azure_ad_registered                          INTEGER,
    azure_ad_device_id                           TEXT,
    user_id                                      TEXT,
    user_display_name                            TEXT,
    email_address                                TEXT,
    manufacturer                                 TEXT,
    model                                        TEXT,
    serial_number                                TEXT,
    imei                                         TEXT,
    is_supervised                                INTEGER,
    partner_reported_threat_state                TEXT,
    android_security_patch_level                 TEXT,
    device_category_display_name                 TEXT,
    enrollment_profile_name                      TEXT,
    managed_device_name                          TEXT,
    total_storage_space_in_bytes                 INTEGER,
    free_storage_space_in_bytes                  INTEGER,
    hash_list                                    BLOB,
    search                                       TEXT NOT NULL DEFAULT '',
    first_seen                                   INTEGER NOT NULL,
    last_changed                                 INTEGER NOT NULL,
    removed_at                                   INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX managed_devices_device_name ON managed_devices (tenant_id, device_name);
CREATE INDEX managed_devices_user_principal_name ON managed_devices (tenant_id, user_principal_name);
CREATE INDEX managed_devices_compliance_state ON managed_devices (tenant_id, compliance_state);
CREATE INDEX managed_devices_operating_system ON managed_devices (tenant_id, operating_system);
CREATE INDEX managed_devices_last_sync_date_time ON managed_devices (tenant_id, last_sync_date_time);
CREATE INDEX managed_devices_enrolled_date_time ON managed_devices (tenant_id, enrolled_date_time);
CREATE INDEX managed_devices_azure_ad_device_id ON managed_devices (tenant_id, azure_ad_device_id);
CREATE INDEX managed_devices_user_id ON managed_devices (tenant_id, user_id);
