-- +goose Up
-- A guest's sign-in dates are known where the user's were read.
DROP VIEW guests;
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
    hash_sign_in_activity,
    search,
    first_seen,
    last_changed,
    removed_at
FROM users
WHERE user_type = 'Guest';
