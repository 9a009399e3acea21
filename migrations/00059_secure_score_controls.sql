-- +goose Up
CREATE TABLE secure_score_controls (
    row_id                  INTEGER PRIMARY KEY,
    tenant_id               INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                      TEXT NOT NULL,
    title                   TEXT COLLATE NOCASE,
    control_category        TEXT,
    service                 TEXT,
    max_score               REAL,
    state                   TEXT,
    implementation_cost     TEXT,
    user_impact             TEXT,
    rank                    INTEGER,
    tier                    TEXT,
    action_type             TEXT,
    action_url              TEXT,
    remediation             TEXT,
    remediation_impact      TEXT,
    threats                 TEXT,
    deprecated              INTEGER,
    last_modified_date_time TEXT,
    control_state_updates   TEXT,
    compliance_information  TEXT,
    hash_list               BLOB,
    search                  TEXT NOT NULL DEFAULT '',
    first_seen              INTEGER NOT NULL,
    last_changed            INTEGER NOT NULL,
    removed_at              INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX secure_score_controls_title ON secure_score_controls (tenant_id, title);
CREATE INDEX secure_score_controls_max_score ON secure_score_controls (tenant_id, max_score);
CREATE INDEX secure_score_controls_rank ON secure_score_controls (tenant_id, rank);
