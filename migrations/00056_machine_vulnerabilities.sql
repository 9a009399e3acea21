-- +goose Up
CREATE TABLE machine_vulnerabilities (
    row_id                          INTEGER PRIMARY KEY,
    tenant_id                       INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                              TEXT NOT NULL,
    cve_id                          TEXT,
    vulnerability_severity_level    TEXT,
    device_name                     TEXT COLLATE NOCASE,
    device_id                       TEXT,
    software_vendor                 TEXT,
    software_name                   TEXT COLLATE NOCASE,
    software_version                TEXT,
    exploitability_level            TEXT,
    cvss_score                      TEXT,
    security_update_available       INTEGER,
    recommended_security_update     TEXT,
    recommended_security_update_id  TEXT,
    recommended_security_update_url TEXT,
    recommendation_reference        TEXT COLLATE NOCASE,
    first_seen_timestamp            TEXT,
    last_seen_timestamp             TEXT,
    os_platform                     TEXT,
    os_version                      TEXT,
    os_architecture                 TEXT,
    rbac_group_name                 TEXT,
    disk_paths                      TEXT,
    registry_paths                  TEXT,
    hash_list                       BLOB,
    search                          TEXT NOT NULL DEFAULT '',
    first_seen                      INTEGER NOT NULL,
    last_changed                    INTEGER NOT NULL,
    removed_at                      INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX machine_vulnerabilities_cve_id ON machine_vulnerabilities (tenant_id, cve_id);
CREATE INDEX machine_vulnerabilities_device_name ON machine_vulnerabilities (tenant_id, device_name);
CREATE INDEX machine_vulnerabilities_device_id ON machine_vulnerabilities (tenant_id, device_id);
CREATE INDEX machine_vulnerabilities_software_name ON machine_vulnerabilities (tenant_id, software_name);
CREATE INDEX machine_vulnerabilities_recommendation_reference ON machine_vulnerabilities (tenant_id, recommendation_reference);
