-- +goose Up
CREATE VIEW guests AS
SELECT
    row_id,
    tenant_id,
    id,
    display_name,
    user_principal_name,
    mail,
    external_user_state,
    external_user_state_change_date_time,
    account_enabled,
    sign_in_activity_last_successful_sign_in_date_time,
    sign_in_activity_last_sign_in_date_time,
    sign_in_activity_last_non_interactive_sign_in_date_time,
    created_date_time,
    creation_type,
    company_name,
    department,
    job_title,
    country,
    assigned_licenses,
    other_mails,
    search,
    first_seen,
    last_changed,
    removed_at
FROM users
WHERE user_type = 'Guest';
CREATE INDEX users_guests_display_name ON users (tenant_id, display_name) WHERE user_type = 'Guest';
CREATE INDEX users_guests_sign_in_activity_last_successful_sign_in_date_time ON users (tenant_id, sign_in_activity_last_successful_sign_in_date_time) WHERE user_type = 'Guest';
CREATE INDEX users_guests_created_date_time ON users (tenant_id, created_date_time) WHERE user_type = 'Guest';
