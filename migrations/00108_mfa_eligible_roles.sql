-- +goose Up
-- Roles that a user or a group may activate, as mfa_roles has those that are
-- active.
CREATE VIEW mfa_eligible_roles AS
SELECT
    e.tenant_id,
    e.principal_id,
    coalesce(d.template_id, e.role_definition_id) AS template,
    coalesce(e.directory_scope_id, e.app_scope_id, '/') AS scope
FROM role_eligibility AS e
LEFT JOIN role_definitions AS d ON d.tenant_id = e.tenant_id AND d.id = e.role_definition_id
WHERE e.removed_at IS NULL AND e.state = 'eligible' AND e.principal_id IS NOT NULL AND e.role_definition_id IS NOT NULL
    AND d.is_built_in IS NOT 0;
