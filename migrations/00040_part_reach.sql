-- +goose Up
-- How far the windows of a part reach, and from which source it was last read.
ALTER TABLE part_states ADD COLUMN reach_from INTEGER;
ALTER TABLE part_states ADD COLUMN reach_to INTEGER;
ALTER TABLE part_states ADD COLUMN source TEXT NOT NULL DEFAULT '';
