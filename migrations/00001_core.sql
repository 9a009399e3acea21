-- +goose Up
-- Times are INTEGER unix milliseconds, UTC. JSON is TEXT.
-- AUTOINCREMENT where an id must never come again: the audit keeps those of
-- removed tenants, and a run that was taken for dead may still name its own.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE tenants (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    slug       TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE accounts (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role          TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'viewer')),
    password_hash TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    last_login_at INTEGER
);

CREATE TABLE memberships (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    tenant_id  INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, tenant_id)
);

-- The cookie holds a random id; only its hash is stored.
CREATE TABLE sessions (
    id_hash    BLOB PRIMARY KEY,
    account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    data       BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    user_agent TEXT NOT NULL DEFAULT '',
    address    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sessions_account ON sessions (account_id);

-- One Microsoft integration for each tenant. A row stays after a disconnect,
-- since the directory that the data came from must be remembered.
CREATE TABLE integrations (
    tenant_id          INTEGER PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    cloud              TEXT NOT NULL,
    directory_id       TEXT NOT NULL,
    directory_name     TEXT NOT NULL DEFAULT '',
    default_domain     TEXT NOT NULL DEFAULT '',
    client_id          TEXT NOT NULL,
    connected          INTEGER NOT NULL,
    connected_at       INTEGER,
    connected_by       TEXT NOT NULL DEFAULT '',
    disconnected_at    INTEGER,
    checked_at         INTEGER,
    problem            TEXT,
    UNIQUE (cloud, directory_id)
);

-- sealed: key id, nonce and ciphertext, bound to the tenant as associated data.
CREATE TABLE credentials (
    tenant_id  INTEGER PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL CHECK (kind IN ('client_secret')),
    sealed     BLOB NOT NULL,
    created_at INTEGER NOT NULL
);

-- The roles claim of each resource's newest token.
CREATE TABLE granted_roles (
    tenant_id  INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    resource   TEXT NOT NULL,
    roles      TEXT NOT NULL,
    problem    TEXT,
    checked_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, resource)
);

CREATE TABLE runs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id  INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    trigger    TEXT NOT NULL,
    started_by TEXT NOT NULL DEFAULT '',
    kinds      TEXT NOT NULL,
    full       INTEGER NOT NULL,
    status     TEXT NOT NULL,
    problem    TEXT,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER
);
CREATE INDEX runs_tenant ON runs (tenant_id, id);

CREATE TABLE run_parts (
    run_id     INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    part       TEXT NOT NULL,
    phase      TEXT NOT NULL CHECK (phase IN ('queued', 'running', 'done')),
    state      TEXT NOT NULL DEFAULT '',
    pages      INTEGER NOT NULL DEFAULT 0,
    rows       INTEGER NOT NULL DEFAULT 0,
    added      INTEGER NOT NULL DEFAULT 0,
    changed    INTEGER NOT NULL DEFAULT 0,
    removed    INTEGER NOT NULL DEFAULT 0,
    requests   INTEGER NOT NULL DEFAULT 0,
    retries    INTEGER NOT NULL DEFAULT 0,
    waited_ms  INTEGER NOT NULL DEFAULT 0,
    problem    TEXT,
    started_at INTEGER,
    ended_at   INTEGER,
    PRIMARY KEY (run_id, kind, part)
) WITHOUT ROWID;

-- What is known about each part of each entity, over all runs.
CREATE TABLE part_states (
    tenant_id       INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL,
    part            TEXT NOT NULL,
    state           TEXT NOT NULL,
    as_of           INTEGER,
    attempted_at    INTEGER,
    run_id          INTEGER,
    rows            INTEGER NOT NULL DEFAULT 0,
    added           INTEGER NOT NULL DEFAULT 0,
    changed         INTEGER NOT NULL DEFAULT 0,
    removed         INTEGER NOT NULL DEFAULT 0,
    requests        INTEGER NOT NULL DEFAULT 0,
    pages           INTEGER NOT NULL DEFAULT 0,
    needs           TEXT NOT NULL DEFAULT '[]',
    problem         TEXT,
    retry_at        INTEGER,
    columns_version TEXT NOT NULL DEFAULT '',
    empty_lists     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, kind, part)
) WITHOUT ROWID;

-- Rows that the list being read has shown so far; emptied when it ends.
CREATE TABLE seen_rows (
    tenant_id INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    part      TEXT NOT NULL,
    row_id    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, kind, part, row_id)
) WITHOUT ROWID;

-- Rows whose removal waits for a person.
CREATE TABLE held_rows (
    tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    kind      TEXT NOT NULL,
    row_id    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, kind, row_id)
) WITHOUT ROWID;

CREATE TABLE changes (
    id        INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    run_id    INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    title     TEXT NOT NULL,
    action    TEXT NOT NULL CHECK (action IN ('added', 'changed', 'removed', 'restored')),
    fields    TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX changes_tenant ON changes (tenant_id, id);
CREATE INDEX changes_kind ON changes (tenant_id, kind, id);
CREATE INDEX changes_entity ON changes (tenant_id, kind, entity_id, id);
CREATE INDEX changes_at ON changes (at);

-- The values of choice filters, counted when a list is complete.
CREATE TABLE facets (
    tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    kind      TEXT NOT NULL,
    column_name TEXT NOT NULL,
    value     TEXT NOT NULL,
    rows      INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, kind, column_name, value)
) WITHOUT ROWID;

-- One run at a time for a tenant, over all processes on the data folder.
CREATE TABLE leases (
    tenant_id        INTEGER PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    run_id           INTEGER NOT NULL,
    host             TEXT NOT NULL, -- and its namespace of process ids
    pid              INTEGER NOT NULL,
    process          TEXT NOT NULL, -- random: a pid may come again
    heartbeat_at     INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE jobs (
    name        TEXT PRIMARY KEY,
    last_run_at INTEGER,
    next_run_at INTEGER
);

-- Who did what in SecurAtlas.
CREATE TABLE audit (
    id        INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    actor     TEXT NOT NULL,
    tenant_id INTEGER,
    action    TEXT NOT NULL,
    detail    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX audit_tenant ON audit (tenant_id, id);
