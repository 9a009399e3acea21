-- +goose Up
-- What was decided for each user from the rows of all that MFA depends on.
CREATE TABLE mfa_verdicts (
    id          INTEGER PRIMARY KEY,
    tenant_id   INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id     TEXT NOT NULL,
    verdict     TEXT NOT NULL CHECK (verdict IN ('enforced', 'partly', 'not_enforced', 'blocked', 'not_assessed')),
    reason      TEXT NOT NULL,
    needs       TEXT, -- a JSON array: what is missing where the verdict is not_assessed
    computed_at TEXT NOT NULL,
    as_of       TEXT, -- of the oldest list that the verdict rests on
    UNIQUE (tenant_id, user_id)
);
CREATE INDEX mfa_verdicts_verdict ON mfa_verdicts (tenant_id, verdict);

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
    u.account_enabled,
    u.user_type,
    u.per_user_mfa_state,
    u.sign_in_activity_last_successful_sign_in_date_time,
    u.id AS user_id,
    v.computed_at,
    v.as_of,
    u.search,
    u.first_seen,
    u.last_changed,
    u.removed_at
FROM users AS u
LEFT JOIN mfa_verdicts AS v ON v.tenant_id = u.tenant_id AND v.user_id = u.id;

-- What the verdicts are computed from, under names of its own: the columns of
-- the entities are named here and nowhere else.

CREATE VIEW mfa_policies AS
SELECT tenant_id, id, display_name, state, conditions, grant_controls
FROM conditional_access_policies
WHERE removed_at IS NULL;

CREATE VIEW mfa_defaults AS
SELECT tenant_id, is_enabled
FROM security_defaults
WHERE removed_at IS NULL;

-- An account is external when it was invited, or signs in elsewhere, which
-- Microsoft writes into its name.
CREATE VIEW mfa_users AS
SELECT
    tenant_id,
    id,
    coalesce(user_type, '') AS type,
    account_enabled IS 0 AS disabled,
    coalesce(creation_type, '') = 'Invitation'
        OR external_user_state IS NOT NULL
        OR coalesce(user_principal_name, '') LIKE '%#EXT#@%' AS external,
    coalesce(per_user_mfa_state, '') AS per_user
FROM users
WHERE removed_at IS NULL;

-- Roles that are active now. A built-in role is known by its template.
CREATE VIEW mfa_roles AS
SELECT
    a.tenant_id,
    a.principal_id,
    coalesce(d.template_id, a.role_definition_id) AS template,
    coalesce(a.directory_scope_id, a.app_scope_id, '/') AS scope,
    g.id IS NOT NULL AS is_group
FROM role_assignments AS a
LEFT JOIN role_definitions AS d ON d.tenant_id = a.tenant_id AND d.id = a.role_definition_id
LEFT JOIN groups AS g ON g.tenant_id = a.tenant_id AND g.id = a.principal_id
WHERE a.removed_at IS NULL AND a.principal_id IS NOT NULL AND a.role_definition_id IS NOT NULL;

-- Groups within groups.
CREATE VIEW mfa_nested_groups AS
SELECT m.tenant_id, m.group_id, m.member_id
FROM direct_members AS m
WHERE m.member_type = '#microsoft.graph.group' OR m.member_type IS NULL;

-- Groups of which not all members are known: Microsoft did not show them, or
-- the group is newer than the list of members.
CREATE VIEW mfa_unread_groups AS
SELECT tenant_id, parent_id AS group_id
FROM fan_gaps
WHERE kind = 'group_members' AND relation = 'member'
UNION
SELECT g.tenant_id, g.id
FROM groups AS g
JOIN part_states AS s ON s.tenant_id = g.tenant_id AND s.kind = 'group_members'
WHERE g.removed_at IS NULL AND g.first_seen > s.as_of;

-- What the ids in a policy are called.
CREATE VIEW mfa_names AS
SELECT tenant_id, id, display_name AS name FROM groups
UNION ALL SELECT tenant_id, template_id, display_name FROM role_definitions
UNION ALL SELECT tenant_id, id, display_name FROM named_locations
UNION ALL SELECT tenant_id, app_id, display_name FROM service_principals WHERE removed_at IS NULL
UNION ALL SELECT tenant_id, app_id, display_name FROM applications WHERE removed_at IS NULL;
