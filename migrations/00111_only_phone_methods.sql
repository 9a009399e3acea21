-- +goose Up
ALTER TABLE mfa_registrations ADD COLUMN only_phone_methods INTEGER;
