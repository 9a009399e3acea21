-- +goose Up
CREATE TABLE service_principals (
    row_id                       INTEGER PRIMARY KEY,
    tenant_id                    INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                           TEXT NOT NULL,
    display_name                 TEXT COLLATE NOCASE,
    app_id                       TEXT,
    account_enabled              INTEGER,
    service_principal_type       TEXT,
    next_expiry                  TEXT,
    next_secret_expiry           TEXT,
    next_certificate_expiry      TEXT,
    secrets                      INTEGER,
    certificates                 INTEGER,
    password_credentials         TEXT,
    key_credentials              TEXT,
    app_owner_organization_id    TEXT,
    app_role_assignment_required INTEGER,
    app_display_name             TEXT,
    sign_in_audience             TEXT,
    service_principal_names      TEXT,
    tags                         TEXT,
    hash_list                    BLOB,
    search                       TEXT NOT NULL DEFAULT '',
    first_seen                   INTEGER NOT NULL,
    last_changed                 INTEGER NOT NULL,
    removed_at                   INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX service_principals_display_name ON service_principals (tenant_id, display_name);
CREATE INDEX service_principals_app_id ON service_principals (tenant_id, app_id);
CREATE INDEX service_principals_next_expiry ON service_principals (tenant_id, next_expiry);
CREATE INDEX service_principals_next_secret_expiry ON service_principals (tenant_id, next_secret_expiry);
CREATE INDEX service_principals_app_owner_organization_id ON service_principals (tenant_id, app_owner_organization_id);
