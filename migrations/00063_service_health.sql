-- +goose Up
CREATE TABLE service_health (
    row_id       INTEGER PRIMARY KEY,
    tenant_id    INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id           TEXT NOT NULL,
    service      TEXT COLLATE NOCASE,
    status       TEXT COLLATE NOCASE,
    healthy      INTEGER,
    hash_list    BLOB,
    search       TEXT NOT NULL DEFAULT '',
    first_seen   INTEGER NOT NULL,
    last_changed INTEGER NOT NULL,
    removed_at   INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX service_health_service ON service_health (tenant_id, service);
CREATE INDEX service_health_status ON service_health (tenant_id, status);
