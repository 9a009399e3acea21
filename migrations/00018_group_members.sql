-- +goose Up
-- Members and owners of groups by ids alone: a large directory has a million.
CREATE TABLE group_members (
    row_id       INTEGER PRIMARY KEY,
    tenant_id    INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id           TEXT NOT NULL,
    group_id     TEXT,
    relation     TEXT,
    member_id    TEXT,
    member_type  TEXT,
    hash_list    BLOB,
    search       TEXT NOT NULL DEFAULT '',
    first_seen   INTEGER NOT NULL,
    last_changed INTEGER NOT NULL,
    removed_at   INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX group_members_group_id ON group_members (tenant_id, group_id);
CREATE INDEX group_members_member_id ON group_members (tenant_id, member_id);

-- Direct members now: live rows of live groups.
CREATE VIEW direct_members AS
SELECT m.tenant_id, m.group_id, m.member_id, m.member_type
FROM group_members AS m
WHERE m.relation = 'member' AND m.removed_at IS NULL AND EXISTS (
    SELECT 1 FROM groups AS g
    WHERE g.tenant_id = m.tenant_id AND g.id = m.group_id AND g.removed_at IS NULL);

-- Parents whose list could not be read: not readable is not empty.
CREATE TABLE fan_gaps (
    tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    kind      TEXT NOT NULL,
    part      TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    relation  TEXT NOT NULL,
    reason    TEXT NOT NULL CHECK (reason IN ('hidden', 'failed')),
    run_id    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, kind, part, parent_id, relation)
) WITHOUT ROWID;
