-- +goose Up
CREATE TABLE subscribed_skus (
    row_id                   INTEGER PRIMARY KEY,
    tenant_id                INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                       TEXT NOT NULL,
    sku_part_number          TEXT COLLATE NOCASE,
    sku_id                   TEXT,
    capability_status        TEXT,
    consumed_units           INTEGER,
    prepaid_units_enabled    INTEGER,
    prepaid_units_warning    INTEGER,
    prepaid_units_suspended  INTEGER,
    prepaid_units_locked_out INTEGER,
    applies_to               TEXT,
    service_plans            TEXT,
    subscription_ids         TEXT,
    account_name             TEXT,
    account_id               TEXT,
    hash_list                BLOB,
    search                   TEXT NOT NULL DEFAULT '',
    first_seen               INTEGER NOT NULL,
    last_changed             INTEGER NOT NULL,
    removed_at               INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX subscribed_skus_sku_part_number ON subscribed_skus (tenant_id, sku_part_number);
