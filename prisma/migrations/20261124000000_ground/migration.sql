-- The ground: tenants, staff, events with their views, signals, one revocation end to end, the audit chain.

CREATE TABLE "tenants" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "tenants_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "tenants_slug_key" ON "tenants"("slug");

CREATE TABLE "heartbeats" (
    "process" TEXT NOT NULL,
    "instance" TEXT NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "heartbeats_pkey" PRIMARY KEY ("process", "instance")
);

CREATE TABLE "operators" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),
    CONSTRAINT "operators_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "operators_email_key" ON "operators"("email");

CREATE TABLE "operator_roles" (
    "tenant_id" UUID NOT NULL,
    "operator_id" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "granted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "granted_by" TEXT NOT NULL,
    CONSTRAINT "operator_roles_pkey" PRIMARY KEY ("tenant_id", "operator_id", "role")
);

CREATE INDEX "operator_roles_operator_id_idx" ON "operator_roles"("operator_id");

CREATE TABLE "passkeys" (
    "id" UUID NOT NULL,
    "operator_id" UUID NOT NULL,
    "credential_id" BYTEA NOT NULL,
    "public_key" BYTEA NOT NULL,
    "counter" BIGINT NOT NULL,
    "transports" TEXT[],
    "device_type" TEXT NOT NULL,
    "backed_up" BOOLEAN NOT NULL,
    "aaguid" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),
    CONSTRAINT "passkeys_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "passkeys_credential_id_key" ON "passkeys"("credential_id");

CREATE INDEX "passkeys_operator_id_idx" ON "passkeys"("operator_id");

CREATE TABLE "enrolments" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "email" TEXT NOT NULL,
    "roles" TEXT[],
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    CONSTRAINT "enrolments_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "enrolments_token_hash_key" ON "enrolments"("token_hash");

CREATE TABLE "challenges" (
    "id" UUID NOT NULL,
    "purpose" TEXT NOT NULL,
    "challenge" BYTEA NOT NULL,
    "browser_hash" BYTEA NOT NULL,
    "subject" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "challenges_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "challenges_expires_at_idx" ON "challenges"("expires_at");

CREATE TABLE "operator_sessions" (
    "id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "operator_id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "passkey_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "proved_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "idle_expires_at" TIMESTAMPTZ(3) NOT NULL,
    "absolute_expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "end_reason" TEXT,
    "ip" TEXT,
    "user_agent" TEXT,
    CONSTRAINT "operator_sessions_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "operator_sessions_token_hash_key" ON "operator_sessions"("token_hash");

CREATE INDEX "operator_sessions_operator_id_idx" ON "operator_sessions"("operator_id");

CREATE TABLE "service_tokens" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "scopes" TEXT[],
    "provider" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    CONSTRAINT "service_tokens_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "service_tokens_token_hash_key" ON "service_tokens"("token_hash");

CREATE UNIQUE INDEX "service_tokens_tenant_id_name_key" ON "service_tokens"("tenant_id", "name");

CREATE TABLE "providers" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "base_url" TEXT,
    "secret" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "providers_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "providers_tenant_id_slug_key" ON "providers"("tenant_id", "slug");

CREATE TABLE "events" (
    "tenant_id" UUID NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "id" UUID NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "provider_id" UUID NOT NULL,
    "source_event_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "provider_type" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "reason" TEXT,
    "interactive" BOOLEAN NOT NULL,
    "person_id" UUID,
    "session_id" UUID,
    "device_id" UUID,
    "actor" TEXT,
    "client" TEXT,
    "ip" INET,
    "user_agent" TEXT,
    "country" TEXT,
    "region" TEXT,
    "city" TEXT,
    "latitude" REAL,
    "longitude" REAL,
    "radius_km" INTEGER,
    "time_quality" TEXT NOT NULL,
    "detail" JSONB NOT NULL,
    "raw" BYTEA NOT NULL,
    CONSTRAINT "events_pkey" PRIMARY KEY ("tenant_id", "occurred_at", "id")
) PARTITION BY RANGE ("occurred_at");

CREATE INDEX "events_tenant_id_person_id_occurred_at_idx" ON "events"("tenant_id", "person_id", "occurred_at");

CREATE INDEX "events_tenant_id_session_id_occurred_at_idx" ON "events"("tenant_id", "session_id", "occurred_at");

CREATE INDEX "events_tenant_id_ip_occurred_at_idx" ON "events"("tenant_id", "ip", "occurred_at");

CREATE TABLE "event_ids" (
    "tenant_id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "source_event_id" TEXT NOT NULL,
    "event_id" UUID NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "digest" BYTEA NOT NULL,
    CONSTRAINT "event_ids_pkey" PRIMARY KEY ("tenant_id", "provider_id", "source_event_id")
);

CREATE TABLE "event_variants" (
    "tenant_id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "source_event_id" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "raw" BYTEA NOT NULL,
    CONSTRAINT "event_variants_pkey" PRIMARY KEY ("tenant_id", "provider_id", "source_event_id", "digest")
);

CREATE TABLE "quarantined_records" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "raw" BYTEA NOT NULL,
    CONSTRAINT "quarantined_records_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "quarantined_records_tenant_id_provider_id_digest_key" ON "quarantined_records"("tenant_id", "provider_id", "digest");

CREATE TABLE "event_batches" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "event_ids" UUID[],
    "person_ids" UUID[],
    "ips" INET[],
    "from_at" TIMESTAMPTZ(3) NOT NULL,
    "to_at" TIMESTAMPTZ(3) NOT NULL,
    "detected_at" TIMESTAMPTZ(3),
    CONSTRAINT "event_batches_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE TABLE "people" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "account_type" TEXT NOT NULL,
    "display_name" TEXT,
    "email" TEXT,
    "name_at" TIMESTAMPTZ(3),
    "email_at" TIMESTAMPTZ(3),
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "sign_ins" INTEGER NOT NULL,
    "failures" INTEGER NOT NULL,
    CONSTRAINT "people_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "people_tenant_id_issuer_subject_key" ON "people"("tenant_id", "issuer", "subject");

CREATE TABLE "sessions" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "source_session_id" TEXT NOT NULL,
    "person_id" UUID,
    "device_id" UUID,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "end_reason" TEXT,
    "network_at" TIMESTAMPTZ(3),
    "network_event_id" UUID,
    "ip" INET,
    "user_agent" TEXT,
    "country" TEXT,
    "region" TEXT,
    "city" TEXT,
    "events" INTEGER NOT NULL,
    CONSTRAINT "sessions_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "sessions_tenant_id_provider_id_source_session_id_key" ON "sessions"("tenant_id", "provider_id", "source_session_id");

CREATE INDEX "sessions_tenant_id_last_seen_at_id_idx" ON "sessions"("tenant_id", "last_seen_at", "id");

CREATE INDEX "sessions_tenant_id_person_id_last_seen_at_idx" ON "sessions"("tenant_id", "person_id", "last_seen_at");

CREATE TABLE "session_clients" (
    "tenant_id" UUID NOT NULL,
    "session_id" UUID NOT NULL,
    "client" TEXT NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "session_clients_pkey" PRIMARY KEY ("tenant_id", "session_id", "client")
);

CREATE TABLE "devices" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "strong" BOOLEAN NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "sign_ins" INTEGER NOT NULL,
    "failures" INTEGER NOT NULL,
    "network_at" TIMESTAMPTZ(3),
    "network_event_id" UUID,
    "ip" INET,
    "country" TEXT,
    "region" TEXT,
    "city" TEXT,
    CONSTRAINT "devices_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "devices_tenant_id_person_id_fingerprint_key" ON "devices"("tenant_id", "person_id", "fingerprint");

CREATE INDEX "devices_tenant_id_last_seen_at_id_idx" ON "devices"("tenant_id", "last_seen_at", "id");

CREATE TABLE "signals" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "detector" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "severity_rank" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "person_id" UUID,
    "session_id" UUID,
    "ip" INET,
    "first_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "raised_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "decided_at" TIMESTAMPTZ(3),
    "decided_by" UUID,
    "decision" TEXT,
    "evidence" JSONB NOT NULL,
    "explanations" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT "signals_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "signals_tenant_id_key_key" ON "signals"("tenant_id", "key");

CREATE INDEX "signals_tenant_id_last_at_id_idx" ON "signals"("tenant_id", "last_at", "id");

CREATE TABLE "signal_events" (
    "tenant_id" UUID NOT NULL,
    "signal_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "role" TEXT NOT NULL,
    CONSTRAINT "signal_events_pkey" PRIMARY KEY ("tenant_id", "signal_id", "event_id")
);

CREATE TABLE "proposals" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    "payload_digest" BYTEA NOT NULL,
    "policy" JSONB NOT NULL,
    "proposer_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "decided_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "proposals_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE INDEX "proposals_tenant_id_created_at_id_idx" ON "proposals"("tenant_id", "created_at", "id");

CREATE TABLE "proposal_targets" (
    "tenant_id" UUID NOT NULL,
    "proposal_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "session_id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "source_session_id" TEXT NOT NULL,
    "person_id" UUID,
    CONSTRAINT "proposal_targets_pkey" PRIMARY KEY ("tenant_id", "proposal_id", "position")
);

CREATE UNIQUE INDEX "proposal_targets_tenant_id_proposal_id_session_id_key" ON "proposal_targets"("tenant_id", "proposal_id", "session_id");

CREATE TABLE "runs" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "proposal_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "cutoff_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),
    CONSTRAINT "runs_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "runs_tenant_id_proposal_id_key" ON "runs"("tenant_id", "proposal_id");

CREATE TABLE "run_items" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "session_id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "source_session_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "lease_token" INTEGER NOT NULL DEFAULT 0,
    "lease_until" TIMESTAMPTZ(3),
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "error" TEXT,
    "finished_at" TIMESTAMPTZ(3),
    CONSTRAINT "run_items_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "run_items_tenant_id_run_id_position_key" ON "run_items"("tenant_id", "run_id", "position");

CREATE INDEX "run_items_tenant_id_session_id_idx" ON "run_items"("tenant_id", "session_id");

CREATE TABLE "run_item_steps" (
    "tenant_id" UUID NOT NULL,
    "item_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "state" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "detail" TEXT NOT NULL,
    CONSTRAINT "run_item_steps_pkey" PRIMARY KEY ("tenant_id", "item_id", "seq")
);

CREATE TABLE "audit_entries" (
    "tenant_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "action" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "actor_type" TEXT NOT NULL,
    "actor_id" TEXT NOT NULL,
    "actor_label" TEXT NOT NULL,
    "target_type" TEXT,
    "target_id" TEXT,
    "reason" TEXT,
    "ip" TEXT,
    "request_id" TEXT,
    "entry" TEXT NOT NULL,
    "prev_hash" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,
    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("tenant_id", "seq")
);

CREATE INDEX "audit_entries_tenant_id_target_type_target_id_idx" ON "audit_entries"("tenant_id", "target_type", "target_id");

ALTER TABLE "operator_roles" ADD CONSTRAINT "operator_roles_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operators"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operators"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "operator_sessions" ADD CONSTRAINT "operator_sessions_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operators"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ---------------------------------------------------------------------------------------------------------------
-- Below: what Prisma's schema language cannot say. Roles, tenant walls, partitions, append-only tables, invariants.
-- ---------------------------------------------------------------------------------------------------------------

-- The desk connects as the owner and becomes gatehouse_app at once (`options=-c role=gatehouse_app`): the owner migrates,
-- the app neither changes nor deletes what must stay.
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gatehouse_app') THEN
    CREATE ROLE gatehouse_app NOLOGIN NOBYPASSRLS;
  END IF;
  EXECUTE format('GRANT gatehouse_app TO %I', current_user);
END
$$;

GRANT USAGE ON SCHEMA public TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON
  "tenants", "heartbeats", "operators", "operator_roles", "passkeys", "enrolments", "challenges", "operator_sessions",
  "service_tokens", "providers", "quarantined_records", "event_batches", "people", "sessions", "session_clients", "devices",
  "signals", "signal_events", "runs", "run_items"
  TO gatehouse_app;
-- Append-only for the app: events, their ids and variants, the frozen set of a proposal, the effect ledger, the audit.
GRANT SELECT, INSERT ON "events", "event_ids", "event_variants", "proposal_targets", "run_item_steps", "audit_entries" TO gatehouse_app;
GRANT SELECT, INSERT ON "proposals" TO gatehouse_app;
-- A proposal's payload, digest, reason and proposer are fixed when it is made; only its state moves.
GRANT UPDATE ("state", "decided_at") ON "proposals" TO gatehouse_app;

-- The tenant of the running transaction; no tenant set means no rows at all.
CREATE FUNCTION gatehouse_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN NULLIF(current_setting('gatehouse.tenant', true), '')::uuid;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['service_tokens', 'providers', 'events', 'event_ids', 'event_variants', 'quarantined_records',
    'event_batches', 'people', 'sessions', 'session_clients', 'devices', 'signals', 'signal_events', 'proposals',
    'proposal_targets', 'runs', 'run_items', 'run_item_steps', 'audit_entries']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_wall ON %I USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant())', t);
  END LOOP;
END
$$;

-- A bearer token names no tenant, so the look-up by its hash has to see over the wall; it answers for one exact hash only.
CREATE FUNCTION gatehouse_find_service_token(hash bytea)
  RETURNS TABLE (tenant_id uuid, id uuid) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT t.tenant_id, t.id FROM service_tokens t WHERE t.token_hash = hash $$;
REVOKE ALL ON FUNCTION gatehouse_find_service_token(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse_find_service_token(bytea) TO gatehouse_app;
-- FORCE binds the owner too unless it is a superuser, so the definer gets a policy of its own on this one table.
DO $$
BEGIN
  EXECUTE format('CREATE POLICY token_look_up ON service_tokens FOR SELECT TO %I USING (true)', current_user);
END
$$;

-- Months are made when events of that month first arrive. Attaching takes no lock that stops readers or writers.
CREATE FUNCTION gatehouse_ensure_event_months(months date[]) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  wanted date;
  partition_name text;
  made integer := 0;
BEGIN
  FOREACH wanted IN ARRAY months LOOP
    wanted := date_trunc('month', wanted)::date;
    IF wanted < DATE '1990-01-01' OR wanted > (now() + interval '62 days')::date THEN
      RAISE EXCEPTION 'event month % is outside what the store keeps', wanted;
    END IF;
    partition_name := 'events_' || to_char(wanted, 'YYYY_MM');
    IF NOT EXISTS (SELECT 1 FROM pg_class WHERE relname = partition_name AND relnamespace = 'public'::regnamespace) THEN
      PERFORM pg_advisory_xact_lock(hashtext('gatehouse_ensure_event_months'));
      -- Asked again by a query of its own: a look-up by name may still answer from before the wait.
      IF NOT EXISTS (SELECT 1 FROM pg_class WHERE relname = partition_name AND relnamespace = 'public'::regnamespace) THEN
        EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition_name);
        EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition_name,
          wanted::timestamp AT TIME ZONE 'UTC', (wanted + interval '1 month')::timestamp AT TIME ZONE 'UTC');
        made := made + 1;
      END IF;
    END IF;
  END LOOP;
  RETURN made;
END
$$;
REVOKE ALL ON FUNCTION gatehouse_ensure_event_months(date[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse_ensure_event_months(date[]) TO gatehouse_app;

-- What waits, found without reading what is done.
CREATE INDEX "event_batches_waiting" ON "event_batches" ("tenant_id", "created_at") WHERE "detected_at" IS NULL;
CREATE INDEX "run_items_waiting" ON "run_items" ("tenant_id", "next_attempt_at") WHERE "finished_at" IS NULL;
CREATE INDEX "sessions_live" ON "sessions" ("tenant_id", "last_seen_at" DESC, "id" DESC) WHERE "ended_at" IS NULL;
CREATE INDEX "people_email" ON "people" ("tenant_id", lower("email"));

-- States are words of the state machines and nothing else.
ALTER TABLE "signals" ADD CONSTRAINT "signals_state_known" CHECK ("state" IN ('open', 'acknowledged', 'in_progress', 'confirmed_compromised', 'confirmed_safe', 'dismissed'));
ALTER TABLE "signals" ADD CONSTRAINT "signals_severity_known" CHECK ("severity" IN ('info', 'low', 'medium', 'high', 'critical'));
ALTER TABLE "proposals" ADD CONSTRAINT "proposals_state_known" CHECK ("state" IN ('pending', 'approved', 'rejected', 'withdrawn', 'expired', 'void', 'consumed'));
ALTER TABLE "proposals" ADD CONSTRAINT "proposals_reason_given" CHECK (length(btrim("reason")) >= 3);
ALTER TABLE "runs" ADD CONSTRAINT "runs_state_known" CHECK ("state" IN ('running', 'done', 'failed'));
ALTER TABLE "run_items" ADD CONSTRAINT "run_items_state_known" CHECK ("state" IN ('planned', 'sending', 'confirmed', 'verified', 'failed', 'unknown'));
ALTER TABLE "operator_sessions" ADD CONSTRAINT "operator_sessions_idle_within_absolute" CHECK ("idle_expires_at" <= "absolute_expires_at");

-- An item moves along the ledger's order only; a finished item stays finished.
CREATE FUNCTION gatehouse_run_item_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = NEW.state THEN RETURN NEW; END IF;
  IF (OLD.state, NEW.state) IN (
    ('planned', 'sending'), ('planned', 'failed'), ('sending', 'confirmed'), ('sending', 'failed'), ('sending', 'unknown'),
    ('unknown', 'sending'), ('unknown', 'failed'), ('confirmed', 'verified'), ('confirmed', 'sending'), ('confirmed', 'failed'))
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'run item cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER run_item_moves BEFORE UPDATE OF state ON "run_items" FOR EACH ROW EXECUTE FUNCTION gatehouse_run_item_moves();

-- An item belongs to the frozen set of its run's proposal.
CREATE FUNCTION gatehouse_run_item_is_frozen_target() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM runs r JOIN proposal_targets t ON t.tenant_id = r.tenant_id AND t.proposal_id = r.proposal_id
    WHERE r.tenant_id = NEW.tenant_id AND r.id = NEW.run_id AND t.session_id = NEW.session_id
      AND t.provider_id = NEW.provider_id AND t.source_session_id = NEW.source_session_id)
  THEN RAISE EXCEPTION 'run item is not in the frozen set of its proposal' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER run_item_is_frozen_target BEFORE INSERT OR UPDATE OF run_id, session_id, provider_id, source_session_id ON "run_items"
  FOR EACH ROW EXECUTE FUNCTION gatehouse_run_item_is_frozen_target();

-- The audit chain: each entry follows the last one of its tenant and commits to it.
CREATE FUNCTION gatehouse_audit_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last_hash bytea;
BEGIN
  IF NEW.seq = 1 THEN
    IF NEW.prev_hash <> '\x0000000000000000000000000000000000000000000000000000000000000000'::bytea THEN
      RAISE EXCEPTION 'the first audit entry has no predecessor' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  SELECT hash INTO last_hash FROM audit_entries WHERE tenant_id = NEW.tenant_id AND seq = NEW.seq - 1;
  IF last_hash IS NULL OR last_hash <> NEW.prev_hash THEN
    RAISE EXCEPTION 'audit entry % does not follow entry %', NEW.seq, NEW.seq - 1 USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER audit_follows BEFORE INSERT ON "audit_entries" FOR EACH ROW EXECUTE FUNCTION gatehouse_audit_follows();
CREATE FUNCTION gatehouse_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END
$$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_entries" FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_append_only();
CREATE TRIGGER run_item_steps_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "run_item_steps" FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_append_only();
CREATE TRIGGER proposal_targets_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "proposal_targets" FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_append_only();

-- Wakes whoever waits: the worker for new work, open screens for changes. The payload names a tenant and a topic, never data.
CREATE FUNCTION gatehouse_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('gatehouse', NEW.tenant_id::text || ' ' || TG_ARGV[0]); RETURN NULL; END
$$;
CREATE TRIGGER batches_notify AFTER INSERT ON "event_batches" FOR EACH ROW EXECUTE FUNCTION gatehouse_notify('events');
CREATE TRIGGER signals_notify AFTER INSERT OR UPDATE ON "signals" FOR EACH ROW EXECUTE FUNCTION gatehouse_notify('signals');
CREATE TRIGGER runs_notify AFTER INSERT OR UPDATE ON "runs" FOR EACH ROW EXECUTE FUNCTION gatehouse_notify('runs');
CREATE TRIGGER run_items_notify AFTER UPDATE ON "run_items" FOR EACH ROW EXECUTE FUNCTION gatehouse_notify('runs');

-- One tenant from the start; more are a matter of rows. No operator, no token, no default account.
INSERT INTO "tenants" ("id", "slug", "name") VALUES ('01900000-0000-7000-8000-000000000001', 'main', 'Main');
