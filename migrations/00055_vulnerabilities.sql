-- +goose Up
CREATE TABLE vulnerabilities (
    row_id             INTEGER PRIMARY KEY,
    tenant_id          INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                 TEXT NOT NULL,
    name               TEXT COLLATE NOCASE,
    severity           TEXT,
    cvss_v3            REAL,
    exposed_machines   INTEGER,
    public_exploit     INTEGER,
    exploit_verified   INTEGER,
    exploit_in_kit     INTEGER,
    epss               REAL,
    published_on       TEXT,
    updated_on         TEXT,
    description        TEXT,
    cvss_vector        TEXT,
    exploit_types      TEXT,
    exploit_uris       TEXT,
    cve_supportability TEXT,
    hash_list          BLOB,
    search             TEXT NOT NULL DEFAULT '',
    first_seen         INTEGER NOT NULL,
    last_changed       INTEGER NOT NULL,
    removed_at         INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX vulnerabilities_name ON vulnerabilities (tenant_id, name);
CREATE INDEX vulnerabilities_cvss_v3 ON vulnerabilities (tenant_id, cvss_v3);
CREATE INDEX vulnerabilities_exposed_machines ON vulnerabilities (tenant_id, exposed_machines);
CREATE INDEX vulnerabilities_published_on ON vulnerabilities (tenant_id, published_on);
CREATE INDEX vulnerabilities_updated_on ON vulnerabilities (tenant_id, updated_on);
