-- +goose Up
CREATE TABLE m365_active_users (
    row_id                                 INTEGER PRIMARY KEY,
    tenant_id                              INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                                     TEXT NOT NULL,
    user_principal_name                    TEXT COLLATE NOCASE,
    display_name                           TEXT COLLATE NOCASE,
    assigned_products                      TEXT,
    is_deleted                             INTEGER,
    deleted_date                           TEXT,
    exchange_last_activity_date            TEXT,
    has_exchange_license                   INTEGER,
    exchange_license_assign_date           TEXT,
    one_drive_last_activity_date           TEXT,
    has_one_drive_license                  INTEGER,
    one_drive_license_assign_date          TEXT,
    share_point_last_activity_date         TEXT,
    has_share_point_license                INTEGER,
    share_point_license_assign_date        TEXT,
    skype_for_business_last_activity_date  TEXT,
    has_skype_for_business_license         INTEGER,
    skype_for_business_license_assign_date TEXT,
    yammer_last_activity_date              TEXT,
    has_yammer_license                     INTEGER,
    yammer_license_assign_date             TEXT,
    teams_last_activity_date               TEXT,
    has_teams_license                      INTEGER,
    teams_license_assign_date              TEXT,
    names_concealed                        TEXT,
    report_refresh_date                    TEXT,
    hash_list                              BLOB,
    search                                 TEXT NOT NULL DEFAULT '',
    first_seen                             INTEGER NOT NULL,
    last_changed                           INTEGER NOT NULL,
    removed_at                             INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX m365_active_users_user_principal_name ON m365_active_users (tenant_id, user_principal_name);
CREATE INDEX m365_active_users_display_name ON m365_active_users (tenant_id, display_name);
CREATE INDEX m365_active_users_exchange_last_activity_date ON m365_active_users (tenant_id, exchange_last_activity_date);
CREATE INDEX m365_active_users_share_point_last_activity_date ON m365_active_users (tenant_id, share_point_last_activity_date);
CREATE INDEX m365_active_users_teams_last_activity_date ON m365_active_users (tenant_id, teams_last_activity_date);
