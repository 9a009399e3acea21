-- +goose Up
-- What is to be tried again is looked for each minute, and is seldom there.
CREATE INDEX part_states_retry_at ON part_states (retry_at) WHERE retry_at IS NOT NULL;
CREATE INDEX runs_running ON runs (tenant_id) WHERE status = 'running';
