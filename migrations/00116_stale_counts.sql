-- +goose Up
-- Whether a tenant's counts are stale is asked for each page; the mark stands
-- among its counted values.
CREATE INDEX facets_stale ON facets (tenant_id, kind) WHERE column_name = '';
