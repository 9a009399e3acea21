-- +goose Up
CREATE TABLE risky_users (
    row_id                      INTEGER PRIMARY KEY,
    tenant_id                   INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                          TEXT NOT NULL,
    user_display_name           TEXT COLLATE NOCASE,
    user_principal_name         TEXT COLLATE NOCASE,
    at_risk                     INTEGER,
    risk_level                  TEXT,
    risk_state                  TEXT,
    risk_detail                 TEXT,
    risk_last_updated_date_time TEXT,
    is_processing               INTEGER,
    is_deleted                  INTEGER,
    hash_list                   BLOB,
    search                      TEXT NOT NULL DEFAULT '',
    first_seen                  INTEGER NOT NULL,
    last_changed                INTEGER NOT NULL,
    removed_at                  INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX risky_users_user_display_name ON risky_users (tenant_id, user_display_name);
CREATE INDEX risky_users_user_principal_name ON risky_users (tenant_id, user_principal_name);
CREATE INDEX risky_users_risk_last_updated_date_time ON risky_users (tenant_id, risk_last_updated_date_time);
