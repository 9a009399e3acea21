-- +goose Up
-- Each table that the view reads says IN (SELECT id FROM tenants), which a query
-- replaces by its own tenant (store/tenant_views.go): SQLite does not carry a
-- tenant into a recursive part.
DROP VIEW privileged_users;
CREATE VIEW privileged_users AS
WITH RECURSIVE edges AS (
    SELECT m.tenant_id, m.group_id, m.member_id
    FROM group_members AS m
    CROSS JOIN groups AS g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
    WHERE m.tenant_id IN (SELECT id FROM tenants) AND m.relation = 'member' AND m.removed_at IS NULL AND g.removed_at IS NULL
),
ways AS (
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
    WHERE a.tenant_id IN (SELECT id FROM tenants)
    UNION ALL
    SELECT
        e.tenant_id, 1, e.row_id, e.id, e.principal_id, e.role_definition_id, e.directory_scope_id,
        'eligible',
        iif(e.member_type = 'Group', 'group', 'direct'),
        e.end_date_time,
        e.end_date_time IS NULL,
        e.first_seen, e.last_changed, e.removed_at
    FROM role_eligibility AS e
    WHERE e.tenant_id IN (SELECT id FROM tenants) AND e.state = 'eligible'
),
members (tenant_id, source, row_id, member_id) AS (
    SELECT w.tenant_id, w.source, w.row_id, m.member_id
    FROM ways AS w
    CROSS JOIN edges AS m ON m.tenant_id = w.tenant_id AND m.group_id = w.principal_id
    UNION
    SELECT x.tenant_id, x.source, x.row_id, m.member_id
    FROM members AS x
    CROSS JOIN edges AS m ON m.tenant_id = x.tenant_id AND m.group_id = x.member_id
),
holders AS (
    SELECT w.*, w.principal_id AS user_id, NULL AS group_id FROM ways AS w
    UNION ALL
    SELECT
        w.tenant_id, w.source, w.row_id, w.id, w.principal_id, w.role_definition_id, w.directory_scope_id, w.state,
        'group', w.end_date_time, w.permanent, w.first_seen, w.last_changed, w.removed_at,
        x.member_id, w.principal_id
    FROM members AS x
    CROSS JOIN ways AS w ON w.tenant_id = x.tenant_id AND w.source = x.source AND w.row_id = x.row_id
),
roles AS (
    SELECT
        d.tenant_id, d.id, d.display_name, d.search,
        CASE
            WHEN typeof(d.is_privileged) = 'integer' THEN d.is_privileged
            WHEN p.template_id IS NOT NULL THEN 1
            WHEN d.is_built_in THEN 0
        END AS is_privileged
    FROM role_definitions AS d
    LEFT JOIN privileged_roles AS p ON p.template_id = d.template_id
    WHERE d.tenant_id IN (SELECT id FROM tenants)
)
SELECT
    -- Row ids stay far below 2^30 and 2^32.
    CAST((h.row_id * 2 + h.source) * 4294967296 + u.row_id AS INTEGER) AS row_id,
    h.tenant_id,
    CAST(u.id || iif(h.source = 0, ':active:', ':eligible:') || h.id AS TEXT) AS id,
    u.display_name,
    u.user_principal_name,
    CAST(coalesce(r.display_name, p.display_name, h.role_definition_id) AS TEXT) AS role,
    CAST(coalesce(r.is_privileged, p.template_id IS NOT NULL OR NULL) AS INTEGER) AS is_privileged,
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
    CAST(u.search || ' ' || coalesce(r.search, '') || ' ' || coalesce(g.search, '') AS TEXT) AS search,
    CAST(max(h.first_seen, u.first_seen) AS INTEGER) AS first_seen,
    CAST(max(h.last_changed, u.last_changed) AS INTEGER) AS last_changed,
    CAST(coalesce(h.removed_at, u.removed_at) AS INTEGER) AS removed_at
FROM holders AS h
CROSS JOIN users AS u ON u.tenant_id = h.tenant_id AND u.id = h.user_id
LEFT JOIN roles AS r ON r.tenant_id = h.tenant_id AND r.id = h.role_definition_id
LEFT JOIN privileged_roles AS p ON p.template_id = h.role_definition_id
LEFT JOIN groups AS g ON g.tenant_id = h.tenant_id AND g.id = h.group_id
LEFT JOIN mfa_registrations AS f ON f.tenant_id = h.tenant_id AND f.id = u.id AND f.removed_at IS NULL
WHERE coalesce(r.is_privileged, 1) = 1;

-- Few rows are removed ones: those whose time has come are found without
-- reading the table.
CREATE INDEX organization_removed ON organization (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX subscribed_skus_removed ON subscribed_skus (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX users_removed ON users (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX groups_removed ON groups (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX conditional_access_policies_removed ON conditional_access_policies (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX named_locations_removed ON named_locations (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX security_defaults_removed ON security_defaults (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX mfa_registrations_removed ON mfa_registrations (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX role_definitions_removed ON role_definitions (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX role_assignments_removed ON role_assignments (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX role_eligibility_removed ON role_eligibility (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX risky_users_removed ON risky_users (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX applications_removed ON applications (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX service_principals_removed ON service_principals (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX group_members_removed ON group_members (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX managed_devices_removed ON managed_devices (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX compliance_policies_removed ON compliance_policies (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX teams_devices_removed ON teams_devices (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX alerts_removed ON alerts (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX machines_removed ON machines (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX vulnerabilities_removed ON vulnerabilities (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX machine_vulnerabilities_removed ON machine_vulnerabilities (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX recommendations_removed ON recommendations (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX secure_scores_removed ON secure_scores (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX secure_score_controls_removed ON secure_score_controls (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX exposure_scores_removed ON exposure_scores (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX sharepoint_sites_removed ON sharepoint_sites (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX m365_active_users_removed ON m365_active_users (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX service_health_removed ON service_health (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX service_issues_removed ON service_issues (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX directory_audits_removed ON directory_audits (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX sign_ins_removed ON sign_ins (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX unified_audit_removed ON unified_audit (removed_at) WHERE removed_at IS NOT NULL;
