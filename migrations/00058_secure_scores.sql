-- +goose Up
CREATE TABLE secure_scores (
    row_id                     INTEGER PRIMARY KEY,
    tenant_id                  INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                         TEXT NOT NULL,
    created_date_time          TEXT,
    current_score              REAL,
    max_score                  REAL,
    percent                    REAL,
    active_user_count          INTEGER,
    licensed_user_count        INTEGER,
    enabled_services           TEXT,
    average_comparative_scores TEXT,
    control_scores             TEXT,
    vendor_information         TEXT,
    hash_list                  BLOB,
    search                     TEXT NOT NULL DEFAULT '',
    first_seen                 INTEGER NOT NULL,
    last_changed               INTEGER NOT NULL,
    removed_at                 INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX secure_scores_created_date_time ON secure_scores (tenant_id, created_date_time);
CREATE INDEX secure_scores_percent ON secure_scores (tenant_id, percent);
