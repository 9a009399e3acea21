-- +goose Up
-- What a later verdict on the same account is compared with: the last one that
-- was decided, and the version of the rules that decided it.
ALTER TABLE mfa_verdicts ADD COLUMN settled_verdict TEXT;
ALTER TABLE mfa_verdicts ADD COLUMN settled_reason TEXT;
ALTER TABLE mfa_verdicts ADD COLUMN settled_grounds TEXT;
ALTER TABLE mfa_verdicts ADD COLUMN settled_rules INTEGER;

-- An account is external when it was invited, or signs in elsewhere, which
-- Microsoft writes into its name.
DROP VIEW mfa_users;
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
    coalesce(u.per_user_mfa_state, '') AS per_user,
    coalesce(v.settled_verdict, '') AS settled_verdict,
    coalesce(v.settled_reason, '') AS settled_reason,
    coalesce(v.settled_grounds, '') AS settled_grounds,
    coalesce(v.settled_rules, 0) AS settled_rules
FROM users AS u
LEFT JOIN mfa_verdicts AS v ON v.tenant_id = u.tenant_id AND v.user_id = u.id
WHERE u.removed_at IS NULL;
