-- +goose Up
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
