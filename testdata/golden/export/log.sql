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
INSERT INTO licenses (blob_sha256,license_key,name,email,tier,issued_at,expires_at,blob,key_id,product,starts_at,updates_until,trial,order_id,replaces,note,other,revoked_at,revoked_reason) VALUES
('32616b16bae0e827a79b9d7b028d6a522b7ced15ad2885b3fb369ecdfc906823','NOTES-1','Ada Buyer','ada@example.com','studio','2026-11-21T12:00:00Z','2027-11-21T12:00:00Z','DTLIC2:one','XvO18lxUlG0','notes',NULL,NULL,FALSE,NULL,NULL,NULL,NULL,'2026-12-24T18:00:00Z',E'paid back; it''s \\ over'),
('c10eaf4ccffb25fe51c2cdd959f6d89b02e05ae2fc52453bc96470001cb4ff16','OLD-1','Zoë O''Neil','=cmd()@example.com','basic','2020-02-28T23:00:00Z','9999-12-31T23:59:59Z','DTLIC1:two',NULL,NULL,NULL,NULL,FALSE,NULL,NULL,NULL,NULL,NULL,NULL),
('fc74c6750675875fc9a97cbf679bdaeaa28040b69288460b92f7be3b80128079','NOTES-3','=HYPERLINK("x")','-1+1','�',NULL,'2027-11-21T12:00:00Z','DTLIC2:three',NULL,'notes','2026-12-01T00:00:00Z','2028-01-01T00:00:00Z',TRUE,'7;@SUM(A1)','ab',E'C:\\temp''
''); DROP TABLE licenses; --',E'{"shop":{"id":[1,"\\u2028"]},"x":null}',NULL,NULL)
ON CONFLICT (blob_sha256) DO NOTHING;
UPDATE licenses SET revoked_at = NULL, revoked_reason = NULL WHERE (product IS NULL OR product = 'notes') AND (revoked_at IS NOT NULL OR revoked_reason IS NOT NULL);
UPDATE licenses SET revoked_at = NULL, revoked_reason = '' WHERE license_key = 'GONE-1' AND (product IS NULL OR product = 'notes');
UPDATE licenses SET revoked_at = '2026-12-24T18:00:00Z', revoked_reason = E'paid back; it''s \\ over' WHERE license_key = 'NOTES-1' AND (product IS NULL OR product = 'notes');
COMMIT;
