-- +goose Up
-- What the newest attempts to read the ingredients of verdicts left, part by
-- part: while it is what a computation noted, none was read since.
CREATE VIEW mfa_part_marks AS
SELECT
    tenant_id, kind, part, state,
    kind || ' ' || part || ' ' || state || ' ' || coalesce(run_id, 0) || ' ' || coalesce(as_of, 0) || ' ' || all_but_gaps AS mark
FROM part_states
WHERE kind IN ('users', 'conditional_access_policies', 'security_defaults', 'groups', 'group_members', 'role_assignments', 'named_locations');

-- Parts of which the newest attempt confirmed what is stored, but for held rows
-- and for the lists of parents that it could not read.
CREATE VIEW confirming_parts AS
SELECT
    tenant_id, kind, part,
    state IN ('complete', 'held') OR state = 'partial' AND all_but_gaps AS confirms
FROM part_states;

-- Direct members now, and whether the newest list of the group confirmed them.
CREATE VIEW confirmed_members AS
SELECT
    m.tenant_id, m.group_id, m.member_id,
    NOT EXISTS (
        SELECT 1 FROM held_rows AS r
        WHERE r.tenant_id = m.tenant_id AND r.kind = 'group_members' AND r.row_id = m.row_id)
    AND NOT EXISTS (
        SELECT 1 FROM held_rows AS r
        WHERE r.tenant_id = m.tenant_id AND r.kind = 'groups' AND r.row_id = g.row_id)
    AND NOT EXISTS (
        SELECT 1 FROM fan_gaps AS f
        WHERE f.tenant_id = m.tenant_id AND f.kind = 'group_members' AND f.part = 'list' AND f.parent_id = m.group_id AND f.relation = 'member') AS confirmed
FROM group_members AS m
CROSS JOIN groups AS g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
WHERE m.relation = 'member' AND m.removed_at IS NULL AND g.removed_at IS NULL;

-- One row for each user, role and way in which the user has it, and whether the
-- newest sync confirmed the assignment and, through a group, one of the ways into
-- it. Beside it stand the verdict on the user's MFA, and the last one that could
-- be decided. Every role counts: the table opens with those that Microsoft calls
-- privileged. SQLite cannot narrow a recursive part of a view to the tenant that a
-- query asks for, so that each page of one tenant walked the roles and groups of
-- all. The members of a group are gathered for each assignment instead, in a
-- subquery of that row: json_each makes rows of them.
DROP VIEW privileged_users;

CREATE VIEW privileged_users AS
WITH ways AS (
    -- Active assignments, with their end where PIM knows it.
    SELECT
        a.tenant_id, 0 AS source, a.row_id, a.id, a.principal_id, a.role_definition_id, a.directory_scope_id,
        coalesce(p.state, 'active') AS state,
        'direct' AS way,
        p.end_date_time,
        CASE
            WHEN p.row_id IS NOT NULL THEN p.end_date_time IS NULL
            -- Without a licence for PIM there are permanent assignments only.
            WHEN EXISTS (
                SELECT 1 FROM part_states AS s
                WHERE s.tenant_id = a.tenant_id AND s.kind = 'role_eligibility' AND s.part = 'list' AND s.state = 'not_licensed') THEN 1
        END AS permanent,
        s.confirms AND NOT EXISTS (
            SELECT 1 FROM held_rows AS r
            WHERE r.tenant_id = a.tenant_id AND r.kind = 'role_assignments' AND r.row_id = a.row_id) AS confirmed,
        a.first_seen, a.last_changed, a.removed_at
    FROM role_assignments AS a
    LEFT JOIN confirming_parts AS s ON s.tenant_id = a.tenant_id AND s.kind = 'role_assignments' AND s.part = 'list'
    LEFT JOIN role_eligibility AS p ON p.row_id = (
        SELECT e.row_id FROM role_eligibility AS e
        WHERE e.tenant_id = a.tenant_id AND e.principal_id = a.principal_id AND e.role_definition_id = a.role_definition_id
            AND e.directory_scope_id IS a.directory_scope_id AND e.state <> 'eligible' AND e.removed_at IS NULL
        ORDER BY e.end_date_time IS NOT NULL, e.end_date_time DESC
        LIMIT 1)
    UNION ALL
    SELECT
        e.tenant_id, 1, e.row_id, e.id, e.principal_id, e.role_definition_id, e.directory_scope_id,
        'eligible',
        iif(e.member_type = 'Group', 'group', 'direct'),
        e.end_date_time,
        e.end_date_time IS NULL,
        s.confirms AND NOT EXISTS (
            SELECT 1 FROM held_rows AS r
            WHERE r.tenant_id = e.tenant_id AND r.kind = 'role_eligibility' AND r.row_id = e.row_id),
        e.first_seen, e.last_changed, e.removed_at
    FROM role_eligibility AS e
    LEFT JOIN confirming_parts AS s ON s.tenant_id = e.tenant_id AND s.kind = 'role_eligibility' AND s.part = 'list'
    WHERE e.state = 'eligible'
),
privileged AS (
    SELECT
        w.*,
        coalesce(d.display_name, q.display_name, w.role_definition_id) AS role,
        coalesce(d.search, '') AS role_search,
        CASE
            WHEN typeof(d.is_privileged) = 'integer' THEN d.is_privileged
            WHEN p.template_id IS NOT NULL THEN 1
            WHEN d.is_built_in THEN 0
            WHEN q.template_id IS NOT NULL THEN 1
        END AS is_privileged
    FROM ways AS w
    LEFT JOIN role_definitions AS d ON d.tenant_id = w.tenant_id AND d.id = w.role_definition_id
    LEFT JOIN privileged_roles AS p ON p.template_id = d.template_id
    -- Without its definition a role is known by its id alone.
    LEFT JOIN privileged_roles AS q ON q.template_id = w.role_definition_id
),
holders AS (
    SELECT w.*, w.principal_id AS user_id, NULL AS group_id
    FROM privileged AS w
    UNION ALL
    SELECT
        w.tenant_id, w.source, w.row_id, w.id, w.principal_id, w.role_definition_id, w.directory_scope_id, w.state,
        'group', w.end_date_time, w.permanent,
        w.confirmed AND json_extract(x.value, '$[1]')
            AND coalesce((SELECT s.confirms FROM confirming_parts AS s WHERE s.tenant_id = w.tenant_id AND s.kind = 'groups' AND s.part = 'list'), 0)
            AND coalesce((SELECT s.confirms FROM confirming_parts AS s WHERE s.tenant_id = w.tenant_id AND s.kind = 'group_members' AND s.part = 'list'), 0),
        w.first_seen, w.last_changed, w.removed_at,
        w.role, w.role_search, w.is_privileged,
        json_extract(x.value, '$[0]'), w.principal_id
    FROM privileged AS w
    CROSS JOIN json_each((
        WITH RECURSIVE members (id, confirmed) AS (
            SELECT m.member_id, m.confirmed
            FROM confirmed_members AS m
            WHERE m.tenant_id = w.tenant_id AND m.group_id = w.principal_id AND typeof(m.member_id) = 'text'
            UNION
            SELECT m.member_id, x.confirmed AND m.confirmed
            FROM members AS x
            CROSS JOIN confirmed_members AS m ON m.tenant_id = w.tenant_id AND m.group_id = x.id AND typeof(m.member_id) = 'text'
        )
        SELECT json_group_array(json_array(id, confirmed))
        FROM (SELECT id, max(confirmed) AS confirmed FROM members GROUP BY id))) AS x
)
SELECT
    -- Row ids stay far below 2^30 and 2^32.
    CAST((h.row_id * 2 + h.source) * 4294967296 + u.row_id AS INTEGER) AS row_id,
    h.tenant_id,
    CAST(u.id || iif(h.source = 0, ':active:', ':eligible:') || h.id AS TEXT) AS id,
    u.display_name,
    u.user_principal_name,
    CAST(h.role AS TEXT) AS role,
    CAST(h.is_privileged AS INTEGER) AS is_privileged,
    CAST(h.state AS TEXT) AS state,
    CAST(h.way AS TEXT) AS way,
    g.display_name AS group_name,
    CAST(h.permanent AS INTEGER) AS permanent,
    h.end_date_time,
    h.directory_scope_id,
    CAST(coalesce(h.confirmed, 0) AS INTEGER) AS confirmed,
    v.verdict,
    CAST(iif(v.verdict = 'not_assessed', v.last_verdict, v.verdict) AS TEXT) AS last_verdict,
    CAST(CASE WHEN v.id IS NOT NULL THEN v.needs IS NULL AND c.states = (
        SELECT group_concat(k.mark, char(10) ORDER BY k.kind, k.part)
        FROM mfa_part_marks AS k
        WHERE k.tenant_id = h.tenant_id) END AS INTEGER) AS verdict_current,
    f.is_mfa_registered,
    f.is_mfa_capable,
    f.methods_registered,
    u.sign_in_activity_last_successful_sign_in_date_time,
    u.account_enabled,
    u.user_type,
    u.on_premises_sync_enabled,
    u.id AS user_id,
    h.role_definition_id AS role_id,
    h.group_id,
    CAST(iif(h.source = 0, h.id, NULL) AS TEXT) AS role_assignment_id,
    CAST(iif(h.source = 1, h.id, NULL) AS TEXT) AS pim_assignment_id,
    CAST(u.search || ' ' || h.role_search || ' ' || coalesce(g.search, '') AS TEXT) AS search,
    CAST(max(h.first_seen, u.first_seen) AS INTEGER) AS first_seen,
    CAST(max(h.last_changed, u.last_changed) AS INTEGER) AS last_changed,
    CAST(coalesce(h.removed_at, u.removed_at) AS INTEGER) AS removed_at
FROM holders AS h
CROSS JOIN users AS u ON u.tenant_id = h.tenant_id AND u.id = h.user_id
LEFT JOIN groups AS g ON g.tenant_id = h.tenant_id AND g.id = h.group_id
LEFT JOIN mfa_verdicts AS v ON v.tenant_id = h.tenant_id AND v.user_id = u.id
LEFT JOIN mfa_computed AS c ON c.tenant_id = h.tenant_id
LEFT JOIN mfa_registrations AS f ON f.tenant_id = h.tenant_id AND f.id = u.id AND f.removed_at IS NULL;
