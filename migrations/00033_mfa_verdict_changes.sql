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

-- Groups of which not all members are known: Microsoft did not show them, or
-- the group is newer than the list of members. UNION ALL lets a few groups be
-- looked up by their ids; a group may come twice.
DROP VIEW mfa_unread_groups;
CREATE VIEW mfa_unread_groups AS
SELECT tenant_id, parent_id AS group_id
FROM fan_gaps
WHERE kind = 'group_members' AND relation = 'member'
UNION ALL
SELECT g.tenant_id, g.id
FROM part_states AS s
CROSS JOIN groups AS g ON g.tenant_id = s.tenant_id
WHERE s.kind = 'group_members' AND g.removed_at IS NULL AND g.first_seen > s.as_of;

-- Groups within groups are few among the members: they have an index of their
-- own, and CROSS JOIN keeps it in use.
CREATE INDEX group_members_nested ON group_members (tenant_id, group_id, member_id)
    WHERE relation = 'member' AND removed_at IS NULL AND (member_type = '#microsoft.graph.group' OR member_type IS NULL);
DROP VIEW mfa_nested_groups;
CREATE VIEW mfa_nested_groups AS
SELECT m.tenant_id, m.group_id, m.member_id
FROM group_members AS m
CROSS JOIN groups AS g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
WHERE m.relation = 'member' AND m.removed_at IS NULL AND (m.member_type = '#microsoft.graph.group' OR m.member_type IS NULL)
    AND g.removed_at IS NULL;
