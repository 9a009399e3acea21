-- +goose Up
CREATE TABLE mfa_registrations (
    row_id                                             INTEGER PRIMARY KEY,
    tenant_id                                          INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                                                 TEXT NOT NULL,
    user_display_name                                  TEXT COLLATE NOCASE,
    user_principal_name                                TEXT COLLATE NOCASE,
    is_mfa_registered                                  INTEGER,
    is_mfa_capable                                     INTEGER,
    is_passwordless_capable                            INTEGER,
    methods_registered                                 TEXT,
    user_preferred_method_for_secondary_authentication TEXT,
    is_admin                                           INTEGER,
    user_type                                          TEXT,
    is_sspr_registered                                 INTEGER,
    is_sspr_enabled                                    INTEGER,
    is_sspr_capable                                    INTEGER,
    is_system_preferred_authentication_method_enabled  INTEGER,
    system_preferred_authentication_methods            TEXT,
    last_updated_date_time                             TEXT,
    hash_list                                          BLOB,
    search                                             TEXT NOT NULL DEFAULT '',
    first_seen                                         INTEGER NOT NULL,
    last_changed                                       INTEGER NOT NULL,
    removed_at                                         INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX mfa_registrations_user_display_name ON mfa_registrations (tenant_id, user_display_name);
CREATE INDEX mfa_registrations_user_principal_name ON mfa_registrations (tenant_id, user_principal_name);
