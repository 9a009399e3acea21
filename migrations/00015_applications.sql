-- +goose Up
CREATE TABLE applications (
    row_id                       INTEGER PRIMARY KEY,
    tenant_id                    INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                           TEXT NOT NULL,
    display_name                 TEXT COLLATE NOCASE,
    app_id                       TEXT,
    next_expiry                  TEXT,
    next_secret_expiry           TEXT,
    next_certificate_expiry      TEXT,
    secrets                      INTEGER,
    certificates                 INTEGER,
    password_credentials         TEXT,
    key_credentials              TEXT,
    sign_in_audience             TEXT,
    created_date_time            TEXT,
    publisher_domain             TEXT,
    disabled_by_microsoft_status TEXT,
    identifier_uris              TEXT,
    web_redirect_uris            TEXT,
    required_resource_access     TEXT,
    tags                         TEXT,
    hash_list                    BLOB,
    search                       TEXT NOT NULL DEFAULT '',
    first_seen                   INTEGER NOT NULL,
    last_changed                 INTEGER NOT NULL,
    removed_at                   INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX applications_display_name ON applications (tenant_id, display_name);
CREATE INDEX applications_app_id ON applications (tenant_id, app_id);
CREATE INDEX applications_next_expiry ON applications (tenant_id, next_expiry);
CREATE INDEX applications_next_secret_expiry ON applications (tenant_id, next_secret_expiry);
CREATE INDEX applications_created_date_time ON applications (tenant_id, created_date_time);
