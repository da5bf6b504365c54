SET client_encoding = 'UTF8';
SET client_min_messages = 'warning';
BEGIN;
CREATE TABLE IF NOT EXISTS licenses (
  blob_sha256 text PRIMARY KEY,
  license_key text NOT NULL,
  name text NOT NULL,
  email text NOT NULL,
  tier text NOT NULL,
  issued_at timestamptz,
  expires_at timestamptz,
  blob text NOT NULL,
  key_id text,
  product text,
  starts_at timestamptz,
  updates_until timestamptz,
  trial boolean NOT NULL,
  order_id text,
  replaces text,
  note text,
  other json,
  revoked_at timestamptz,
  revoked_reason text
);
CREATE INDEX IF NOT EXISTS licenses_license_key ON licenses USING hash (license_key);
CREATE INDEX IF NOT EXISTS licenses_email ON licenses USING hash (lower(email));
UPDATE licenses SET revoked_at = NULL, revoked_reason = NULL WHERE (product IS NULL OR product = 'notes') AND (revoked_at IS NOT NULL OR revoked_reason IS NOT NULL);
UPDATE licenses SET revoked_at = NULL, revoked_reason = '' WHERE license_key = 'GONE-1' AND (product IS NULL OR product = 'notes');
UPDATE licenses SET revoked_at = '2026-12-24T18:00:00Z', revoked_reason = E'paid back; it''s \\ over' WHERE license_key = 'NOTES-1' AND (product IS NULL OR product = 'notes');
COMMIT;
