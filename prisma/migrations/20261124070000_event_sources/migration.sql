-- Where events come from: the numbers of each append, logs that the worker pulls, doors for provider hooks, Shared Signals streams.

CREATE TABLE "provider_batches" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "stored" INTEGER NOT NULL,
    "duplicate" INTEGER NOT NULL,
    "quarantined" INTEGER NOT NULL,
    "lag_seconds" INTEGER,
    "unmapped" JSONB NOT NULL,
    CONSTRAINT "provider_batches_pkey" PRIMARY KEY ("tenant_id", "id")
);
CREATE INDEX "provider_batches_tenant_id_provider_id_received_at_idx" ON "provider_batches"("tenant_id", "provider_id", "received_at");

CREATE TABLE "provider_pulls" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "log" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "cursor" JSONB,
    "lease_by" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "next_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_ok_at" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "last_error_at" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "provider_pulls_pkey" PRIMARY KEY ("tenant_id", "id")
);
CREATE UNIQUE INDEX "provider_pulls_tenant_id_provider_id_log_key" ON "provider_pulls"("tenant_id", "provider_id", "log");

CREATE TABLE "provider_hooks" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "verified_at" TIMESTAMPTZ(3),
    "last_received_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    CONSTRAINT "provider_hooks_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE TABLE "ssf_receivers" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "issuer" TEXT NOT NULL,
    "audience" TEXT NOT NULL,
    "jwks_uri" TEXT,
    "jwks" JSONB,
    "algorithms" TEXT[],
    "authorization_hash" BYTEA,
    "delivery" TEXT NOT NULL,
    "poll_url" TEXT,
    "poll_secret" BYTEA,
    "stream_id" TEXT,
    "critical_members" TEXT[],
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "transmitter_status" TEXT NOT NULL DEFAULT 'enabled',
    "transmitter_reason" TEXT,
    "subjects_max" INTEGER NOT NULL DEFAULT 50,
    "window_minutes" INTEGER NOT NULL DEFAULT 10,
    "verification_hash" BYTEA,
    "verification_sent_at" TIMESTAMPTZ(3),
    "verified_at" TIMESTAMPTZ(3),
    "last_received_at" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "last_error_at" TIMESTAMPTZ(3),
    "lease_until" TIMESTAMPTZ(3),
    "next_poll_at" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "ssf_receivers_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE TABLE "ssf_sets" (
    "tenant_id" UUID NOT NULL,
    "receiver_id" UUID NOT NULL,
    "issuer" TEXT NOT NULL,
    "jti" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "digest" BYTEA NOT NULL,
    "event_type" TEXT NOT NULL,
    "subject_hash" BYTEA NOT NULL,
    "revoking" BOOLEAN NOT NULL,
    "disposition" TEXT NOT NULL,
    "decided_by" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "token" BYTEA NOT NULL,
    CONSTRAINT "ssf_sets_pkey" PRIMARY KEY ("tenant_id", "receiver_id", "issuer", "jti")
);

ALTER TABLE "provider_hooks" ADD CONSTRAINT "provider_hooks_kind_known" CHECK ("kind" IN ('okta-event-hook', 'auth0-log-stream'));
ALTER TABLE "ssf_receivers" ADD CONSTRAINT "ssf_receivers_delivery_known" CHECK ("delivery" IN ('push', 'poll'));
ALTER TABLE "ssf_receivers" ADD CONSTRAINT "ssf_receivers_status_known" CHECK ("transmitter_status" IN ('enabled', 'paused', 'disabled'));
ALTER TABLE "ssf_receivers" ADD CONSTRAINT "ssf_receivers_keys_given" CHECK (("jwks_uri" IS NULL) <> ("jwks" IS NULL));
ALTER TABLE "ssf_receivers" ADD CONSTRAINT "ssf_receivers_caps" CHECK ("subjects_max" BETWEEN 1 AND 1000000 AND "window_minutes" BETWEEN 1 AND 1440);
ALTER TABLE "ssf_sets" ADD CONSTRAINT "ssf_sets_disposition_known" CHECK ("disposition" IN ('stored', 'held', 'released', 'dropped', 'discarded'));

-- What revoking events named lately, and what waits for a person.
CREATE INDEX "ssf_sets_revoking" ON "ssf_sets" ("tenant_id", "receiver_id", "received_at") WHERE "revoking";
CREATE INDEX "ssf_sets_held" ON "ssf_sets" ("tenant_id", "receiver_id", "received_at") WHERE "disposition" = 'held';

GRANT SELECT, INSERT, DELETE ON "provider_batches" TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "provider_pulls" TO gatehouse_app;
GRANT SELECT, INSERT ON "provider_hooks", "ssf_sets" TO gatehouse_app;
GRANT UPDATE ("verified_at", "last_received_at", "revoked_at", "secret_hash") ON "provider_hooks" TO gatehouse_app;
-- An acknowledged token stays as it came; only what was decided of it moves.
GRANT UPDATE ("disposition", "decided_by", "decided_at") ON "ssf_sets" TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE ON "ssf_receivers" TO gatehouse_app;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['provider_batches', 'provider_pulls', 'provider_hooks', 'ssf_receivers', 'ssf_sets'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_wall ON %I USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant())', t);
  END LOOP;
END
$$;

-- A transmitter's or a hook's address names no tenant, so the look-up by its random id has to see over the wall; one exact id only.
CREATE FUNCTION gatehouse_find_inlet(inlet uuid)
  RETURNS TABLE (tenant_id uuid) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT r.tenant_id FROM ssf_receivers r WHERE r.id = inlet UNION ALL SELECT h.tenant_id FROM provider_hooks h WHERE h.id = inlet $$;
REVOKE ALL ON FUNCTION gatehouse_find_inlet(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse_find_inlet(uuid) TO gatehouse_app;
DO $$
BEGIN
  EXECUTE format('CREATE POLICY inlet_look_up ON ssf_receivers FOR SELECT TO %I USING (true)', current_user);
  EXECUTE format('CREATE POLICY inlet_look_up ON provider_hooks FOR SELECT TO %I USING (true)', current_user);
END
$$;
