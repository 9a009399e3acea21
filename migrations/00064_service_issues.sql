-- +goose Up
CREATE TABLE service_issues (
    row_id                  INTEGER PRIMARY KEY,
    tenant_id               INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                      TEXT NOT NULL,
    title                   TEXT COLLATE NOCASE,
    service                 TEXT COLLATE NOCASE,
    classification          TEXT,
    status                  TEXT,
    is_resolved             INTEGER,
    start_date_time         TEXT,
    end_date_time           TEXT,
    last_modified_date_time TEXT,
    feature                 TEXT,
    feature_group           TEXT,
    origin                  TEXT,
    impact_description      TEXT,
    details                 TEXT,
    posts                   TEXT,
    hash_list               BLOB,
    search                  TEXT NOT NULL DEFAULT '',
    first_seen              INTEGER NOT NULL,
    last_changed            INTEGER NOT NULL,
    removed_at              INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX service_issues_title ON service_issues (tenant_id, title);
CREATE INDEX service_issues_service ON service_issues (tenant_id, service);
CREATE INDEX service_issues_start_date_time ON service_issues (tenant_id, start_date_time);
CREATE INDEX service_issues_last_modified_date_time ON service_issues (tenant_id, last_modified_date_time);
