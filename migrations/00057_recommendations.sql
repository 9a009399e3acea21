-- +goose Up
CREATE TABLE recommendations (
    row_id                           INTEGER PRIMARY KEY,
    tenant_id                        INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                               TEXT NOT NULL,
    recommendation_name              TEXT COLLATE NOCASE,
    severity_score                   REAL,
    exposed_machines_count           INTEGER,
    total_machine_count              INTEGER,
    weaknesses                       INTEGER,
    public_exploit                   INTEGER,
    active_alert                     INTEGER,
    remediation_type                 TEXT,
    status                           TEXT,
    product_name                     TEXT,
    vendor                           TEXT,
    recommendation_category          TEXT,
    sub_category                     TEXT,
    recommended_version              TEXT,
    recommended_program              TEXT,
    recommended_vendor               TEXT,
    config_score_impact              REAL,
    exposure_impact                  REAL,
    non_productivity_impacted_assets INTEGER,
    exposed_critical_devices         INTEGER,
    related_component                TEXT,
    associated_threats               TEXT,
    hash_list                        BLOB,
    search                           TEXT NOT NULL DEFAULT '',
    first_seen                       INTEGER NOT NULL,
    last_changed                     INTEGER NOT NULL,
    removed_at                       INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX recommendations_recommendation_name ON recommendations (tenant_id, recommendation_name);
CREATE INDEX recommendations_severity_score ON recommendations (tenant_id, severity_score);
CREATE INDEX recommendations_exposed_machines_count ON recommendations (tenant_id, exposed_machines_count);
