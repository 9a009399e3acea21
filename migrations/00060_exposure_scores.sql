-- +goose Up
CREATE TABLE exposure_scores (
    row_id       INTEGER PRIMARY KEY,
    tenant_id    INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id           TEXT NOT NULL,
    time         TEXT,
    score        REAL,
    hash_list    BLOB,
    search       TEXT NOT NULL DEFAULT '',
    first_seen   INTEGER NOT NULL,
    last_changed INTEGER NOT NULL,
    removed_at   INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX exposure_scores_time ON exposure_scores (tenant_id, time);
CREATE INDEX exposure_scores_score ON exposure_scores (tenant_id, score);
