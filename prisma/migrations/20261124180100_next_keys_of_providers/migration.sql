-- One key of ours waits at a time. A provider may hold several (somebody made one there, or a call that made one was never
-- answered): what it reports is written down as it is, never refused. Only keys of ours have a private half here.
DROP INDEX "signing_keys_one_next";
CREATE UNIQUE INDEX "signing_keys_one_next" ON "signing_keys" ("tenant_id", "issuer_id")
  WHERE "state" IN ('created', 'published') AND "wrapped_private" IS NOT NULL;
