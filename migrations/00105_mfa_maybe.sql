-- +goose Up
-- Whether the last attempt that ended read all of the part but what fan_gaps
-- names. What else it did not show is not confirmed.
ALTER TABLE part_states ADD COLUMN all_but_gaps INTEGER NOT NULL DEFAULT 0;

-- Whether an account is that of an AI agent, and of which.
ALTER TABLE users ADD COLUMN account_type TEXT;
ALTER TABLE users ADD COLUMN identity_parent_id TEXT;

-- What a policy says beside its conditions and controls.
ALTER TABLE conditional_access_policies ADD COLUMN partial_enablement_strategy TEXT;

-- When the stored verdicts were computed, from what, and how old the oldest of
-- that was. One row for all verdicts of a tenant: one that stays is not written.
CREATE TABLE mfa_computed (
    tenant_id   INTEGER NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    computed_at TEXT NOT NULL,
    as_of       TEXT,             -- of the oldest list, NULL = none was ever complete
    rules       INTEGER NOT NULL, -- version of the rules
    fingerprint TEXT NOT NULL,    -- of the content: while it is the same, so are the verdicts
    states      TEXT NOT NULL     -- of the lists: while they are the same, none was read since
) WITHOUT ROWID;
INSERT INTO mfa_computed (tenant_id, computed_at, as_of, rules, fingerprint, states)
SELECT tenant_id, max(computed_at), min(as_of), 1, '', ''
FROM mfa_verdicts
GROUP BY tenant_id;
DROP TABLE mfa_ingredients;

DROP VIEW mfa_enforcement;
DROP VIEW mfa_users;
ALTER TABLE mfa_verdicts DROP COLUMN computed_at;
ALTER TABLE mfa_verdicts DROP COLUMN as_of;
-- The last verdict before one that could not be decided, and how old the oldest
-- list was that it rested on.
ALTER TABLE mfa_verdicts ADD COLUMN last_verdict TEXT;
ALTER TABLE mfa_verdicts ADD COLUMN last_verdict_as_of TEXT;

CREATE VIEW mfa_enforcement AS
SELECT
    u.row_id,
    u.tenant_id,
    u.id,
    u.display_name,
    u.user_principal_name,
    v.verdict,
    v.reason,
    v.needs,
    CAST(iif(v.verdict = 'not_assessed', v.last_verdict, v.verdict) AS TEXT) AS last_verdict,
    CAST(iif(v.verdict = 'not_assessed', v.last_verdict_as_of, iif(v.id IS NULL, NULL, c.as_of)) AS TEXT) AS last_verdict_as_of,
    u.account_enabled,
    u.user_type,
    CAST(coalesce(u.account_type, '') = '#microsoft.graph.agentUser' OR coalesce(u.identity_parent_id, '') <> '' AS INTEGER) AS is_agent,
    u.per_user_mfa_state,
    u.sign_in_activity_last_successful_sign_in_date_time,
    u.id AS user_id,
    CAST(iif(v.id IS NULL, NULL, c.computed_at) AS TEXT) AS computed_at,
    CAST(iif(v.id IS NULL, NULL, c.as_of) AS TEXT) AS as_of,
    u.search,
    u.first_seen,
    u.last_changed,
    u.removed_at
FROM users AS u
LEFT JOIN mfa_verdicts AS v ON v.tenant_id = u.tenant_id AND v.user_id = u.id
LEFT JOIN mfa_computed AS c ON c.tenant_id = u.tenant_id;

-- What the verdicts are computed from. held: a complete list lacked the row, and
-- its removal waits for a person.

-- An account is external when it was invited, or signs in elsewhere, which
-- Microsoft writes into its name. Of a state of per-user MFA that the newest
-- attempt could not read nothing is known.
CREATE VIEW mfa_users AS
SELECT
    u.tenant_id,
    u.id,
    CAST(coalesce(u.display_name, '') AS TEXT) AS title,
    coalesce(u.user_type, '') AS type,
    u.account_enabled IS 0 AS disabled,
    coalesce(u.creation_type, '') = 'Invitation'
        OR u.external_user_state IS NOT NULL
        OR coalesce(u.user_principal_name, '') LIKE '%#EXT#@%' AS external,
    coalesce(u.account_type, '') = '#microsoft.graph.agentUser' OR coalesce(u.identity_parent_id, '') <> '' AS agent,
    iif(EXISTS (
        SELECT 1 FROM fan_gaps AS f
        WHERE f.tenant_id = u.tenant_id AND f.kind = 'users' AND f.part = 'per_user_mfa' AND f.parent_id = u.id),
        '', coalesce(u.per_user_mfa_state, '')) AS per_user,
    EXISTS (
        SELECT 1 FROM held_rows AS h
        WHERE h.tenant_id = u.tenant_id AND h.kind = 'users' AND h.row_id = u.row_id) AS held,
    coalesce(v.settled_verdict, '') AS settled_verdict,
    coalesce(v.settled_reason, '') AS settled_reason,
    coalesce(v.settled_grounds, '') AS settled_grounds,
    coalesce(v.settled_rules, 0) AS settled_rules
FROM users AS u
LEFT JOIN mfa_verdicts AS v ON v.tenant_id = u.tenant_id AND v.user_id = u.id
WHERE u.removed_at IS NULL;

DROP VIEW mfa_policies;
CREATE VIEW mfa_policies AS
SELECT
    p.tenant_id, p.id, p.display_name, p.state, p.conditions, p.grant_controls, p.partial_enablement_strategy,
    EXISTS (
        SELECT 1 FROM held_rows AS h
        WHERE h.tenant_id = p.tenant_id AND h.kind = 'conditional_access_policies' AND h.row_id = p.row_id) AS held
FROM conditional_access_policies AS p
WHERE p.removed_at IS NULL;

-- Roles that are active now. A built-in role is known by its template; policies
-- do not see roles that a directory has made itself. A principal is a group also
-- where the list of groups could not be read.
DROP VIEW mfa_roles;
CREATE VIEW mfa_roles AS
SELECT
    a.tenant_id,
    a.principal_id,
    coalesce(d.template_id, a.role_definition_id) AS template,
    coalesce(a.directory_scope_id, a.app_scope_id, '/') AS scope,
    g.id IS NOT NULL OR coalesce(a.principal_type, '') = '#microsoft.graph.group' AS is_group,
    EXISTS (
        SELECT 1 FROM held_rows AS h
        WHERE h.tenant_id = a.tenant_id AND h.kind = 'role_assignments' AND h.row_id = a.row_id) AS held
FROM role_assignments AS a
LEFT JOIN role_definitions AS d ON d.tenant_id = a.tenant_id AND d.id = a.role_definition_id
LEFT JOIN groups AS g ON g.tenant_id = a.tenant_id AND g.id = a.principal_id
WHERE a.removed_at IS NULL AND a.principal_id IS NOT NULL AND a.role_definition_id IS NOT NULL
    AND d.is_built_in IS NOT 0;

-- Direct members now: live rows of live groups.
CREATE VIEW mfa_members AS
SELECT
    m.tenant_id, m.group_id, m.member_id,
    EXISTS (
        SELECT 1 FROM held_rows AS h
        WHERE h.tenant_id = m.tenant_id AND h.kind = 'group_members' AND h.row_id = m.row_id) AS held
FROM group_members AS m
WHERE m.relation = 'member' AND m.removed_at IS NULL AND EXISTS (
    SELECT 1 FROM groups AS g
    WHERE g.tenant_id = m.tenant_id AND g.id = m.group_id AND g.removed_at IS NULL);

-- Groups within groups are few among the members: CROSS JOIN keeps their index
-- in use.
DROP VIEW mfa_nested_groups;
CREATE VIEW mfa_nested_groups AS
SELECT
    m.tenant_id, m.group_id, m.member_id,
    EXISTS (
        SELECT 1 FROM held_rows AS h
        WHERE h.tenant_id = m.tenant_id AND h.kind = 'group_members' AND h.row_id = m.row_id) AS held
FROM group_members AS m
CROSS JOIN groups AS g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
WHERE m.relation = 'member' AND m.removed_at IS NULL AND (m.member_type = '#microsoft.graph.group' OR m.member_type IS NULL)
    AND g.removed_at IS NULL;

-- Groups of which not all members are known: Microsoft did not show them, the
-- group is newer than the list of members, or a complete list lacked it and its
-- removal waits for a person. UNION ALL lets a few groups be looked up by their
-- ids; a group may come twice.
DROP VIEW mfa_unread_groups;
CREATE VIEW mfa_unread_groups AS
SELECT tenant_id, parent_id AS group_id
FROM fan_gaps
WHERE kind = 'group_members' AND relation = 'member'
UNION ALL
SELECT g.tenant_id, g.id
FROM part_states AS s
CROSS JOIN groups AS g ON g.tenant_id = s.tenant_id
WHERE s.kind = 'group_members' AND g.removed_at IS NULL AND g.first_seen > s.as_of
UNION ALL
SELECT g.tenant_id, g.id
FROM held_rows AS h
CROSS JOIN groups AS g ON g.tenant_id = h.tenant_id AND g.row_id = h.row_id
WHERE h.kind = 'groups';
