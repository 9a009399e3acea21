-- +goose Up
CREATE TABLE directory_audits (
    row_id                                INTEGER PRIMARY KEY,
    tenant_id                             INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                                    TEXT NOT NULL,
    activity_display_name                 TEXT,
    activity_date_time                    TEXT,
    category                              TEXT,
    result                                TEXT,
    initiated_by_user_user_principal_name TEXT,
    initiated_by_app_display_name         TEXT,
    target                                TEXT,
    initiated_by_user_id                  TEXT,
    initiated_by_user_ip_address          TEXT,
    initiated_by_app_service_principal_id TEXT,
    logged_by_service                     TEXT,
    operation_type                        TEXT,
    result_reason                         TEXT,
    target_resources                      TEXT,
    additional_details                    TEXT,
    correlation_id                        TEXT,
    user_agent                            TEXT,
    hash_list                             BLOB,
    search                                TEXT NOT NULL DEFAULT '',
    first_seen                            INTEGER NOT NULL,
    last_changed                          INTEGER NOT NULL,
    removed_at                            INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX directory_audits_activity_date_time ON directory_audits (tenant_id, activity_date_time);
CREATE INDEX directory_audits_initiated_by_user_id ON directory_audits (tenant_id, initiated_by_user_id);
CREATE INDEX directory_audits_initiated_by_app_service_principal_id ON directory_audits (tenant_id, initiated_by_app_service_principal_id);
