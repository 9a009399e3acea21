-- +goose Up
-- The same rows and columns as before, read for one tenant alone. SQLite cannot
-- narrow a recursive part of a view to the tenant that a query asks for, so each
-- page of one tenant walked the roles and groups of all. The members of a group
-- are now gathered for each assignment, in a subquery of that row: json_each
-- makes rows of them. Roles that are not privileged are left out before that.
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
        a.first_seen, a.last_changed, a.removed_at
    FROM role_assignments AS a
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
        e.first_seen, e.last_changed, e.removed_at
    FROM role_eligibility AS e
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
    WHERE coalesce(w.is_privileged, 1) = 1
    UNION ALL
    SELECT
        w.tenant_id, w.source, w.row_id, w.id, w.principal_id, w.role_definition_id, w.directory_scope_id, w.state,
        'group', w.end_date_time, w.permanent, w.first_seen, w.last_changed, w.removed_at,
        w.role, w.role_search, w.is_privileged,
        x.value, w.principal_id
    FROM privileged AS w
    CROSS JOIN json_each((
        WITH RECURSIVE members (id) AS (
            SELECT m.member_id
            FROM direct_members AS m
            WHERE m.tenant_id = w.tenant_id AND m.group_id = w.principal_id AND typeof(m.member_id) = 'text'
            UNION
            SELECT m.member_id
            FROM members AS x
            CROSS JOIN direct_members AS m ON m.tenant_id = w.tenant_id AND m.group_id = x.id AND typeof(m.member_id) = 'text'
        )
        SELECT json_group_array(id) FROM members)) AS x
    WHERE coalesce(w.is_privileged, 1) = 1
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
LEFT JOIN mfa_registrations AS f ON f.tenant_id = h.tenant_id AND f.id = u.id AND f.removed_at IS NULL;
