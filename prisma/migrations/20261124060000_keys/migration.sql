-- Signing keys: issuers, their keys, rotations with their ledger, and who relies on a key.

CREATE TABLE "signing_issuers" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "provider_id" UUID,
    "issuer" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "jwks_uri" TEXT NOT NULL,
    "lead_seconds" INTEGER NOT NULL,
    "client_cache_seconds" INTEGER NOT NULL,
    "jwks_max_age_seconds" INTEGER NOT NULL,
    "token_life_seconds" INTEGER NOT NULL,
    "skew_seconds" INTEGER NOT NULL,
    "keep_seconds" INTEGER NOT NULL,
    "problem" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "looked_at" TIMESTAMPTZ(3),
    CONSTRAINT "signing_issuers_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE TABLE "signing_keys" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "issuer_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "kid" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "public_jwk" JSONB NOT NULL,
    "wrapped_private" BYTEA,
    "state" TEXT NOT NULL,
    "lead_waived" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "published_at" TIMESTAMPTZ(3),
    "activated_at" TIMESTAMPTZ(3),
    "retiring_at" TIMESTAMPTZ(3),
    "retired_at" TIMESTAMPTZ(3),
    "destroyed_at" TIMESTAMPTZ(3),
    "compromised_at" TIMESTAMPTZ(3),
    CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "signing_keys_tenant_id_issuer_id_kid_key" ON "signing_keys"("tenant_id", "issuer_id", "kid");

CREATE UNIQUE INDEX "signing_keys_tenant_id_issuer_id_version_key" ON "signing_keys"("tenant_id", "issuer_id", "version");

CREATE TABLE "signing_key_uses" (
    "tenant_id" UUID NOT NULL,
    "key_id" UUID NOT NULL,
    "typ" TEXT NOT NULL,
    "audience" TEXT NOT NULL,
    "tokens" BIGINT NOT NULL,
    "first_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    CONSTRAINT "signing_key_uses_pkey" PRIMARY KEY ("tenant_id", "key_id", "typ", "audience")
);

CREATE TABLE "jwks_readers" (
    "tenant_id" UUID NOT NULL,
    "issuer_id" UUID NOT NULL,
    "reader" TEXT NOT NULL,
    "fetches" BIGINT NOT NULL,
    "first_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "jwks_readers_pkey" PRIMARY KEY ("tenant_id", "issuer_id", "reader")
);

CREATE TABLE "key_rotations" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "issuer_id" UUID NOT NULL,
    "proposal_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "old_key_id" UUID NOT NULL,
    "new_key_id" UUID,
    "timetable" JSONB NOT NULL,
    "next_step" TEXT,
    "next_at" TIMESTAMPTZ(3),
    "step_state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "halt_reason" TEXT,
    "lease_token" INTEGER NOT NULL DEFAULT 0,
    "lease_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),
    CONSTRAINT "key_rotations_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "key_rotations_tenant_id_proposal_id_key" ON "key_rotations"("tenant_id", "proposal_id");

CREATE INDEX "key_rotations_tenant_id_issuer_id_created_at_idx" ON "key_rotations"("tenant_id", "issuer_id", "created_at");

CREATE TABLE "key_rotation_steps" (
    "tenant_id" UUID NOT NULL,
    "rotation_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "step" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    CONSTRAINT "key_rotation_steps_pkey" PRIMARY KEY ("tenant_id", "rotation_id", "seq")
);

-- ---------------------------------------------------------------------------------------------------------------
-- Below: what Prisma's schema language cannot say.
-- ---------------------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE ON "signing_issuers", "signing_key_uses", "jwks_readers" TO gatehouse_app;
GRANT SELECT, INSERT ON "signing_keys", "key_rotations", "key_rotation_steps" TO gatehouse_app;
-- A key's name, halves and issuer never change; its state and times move, and the private half can be taken away.
GRANT UPDATE ("state", "lead_waived", "wrapped_private", "published_at", "activated_at", "retiring_at", "retired_at",
  "destroyed_at", "compromised_at") ON "signing_keys" TO gatehouse_app;
GRANT UPDATE ("state", "new_key_id", "next_step", "next_at", "step_state", "attempts", "halt_reason", "lease_token", "lease_until",
  "finished_at") ON "key_rotations" TO gatehouse_app;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['signing_issuers', 'signing_keys', 'signing_key_uses', 'jwks_readers', 'key_rotations', 'key_rotation_steps']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_wall ON %I USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant())', t);
  END LOOP;
END
$$;

ALTER TABLE "signing_issuers" ADD CONSTRAINT "signing_issuers_kind_known" CHECK ("kind" IN ('own', 'provider') AND ("kind" = 'own') = ("provider_id" IS NULL));
ALTER TABLE "signing_issuers" ADD CONSTRAINT "signing_issuers_policy_sound" CHECK (
  "lead_seconds" >= "jwks_max_age_seconds" AND "lead_seconds" >= "client_cache_seconds" AND "jwks_max_age_seconds" >= 0
  AND "client_cache_seconds" >= 0 AND "token_life_seconds" > 0 AND "skew_seconds" >= 0 AND "keep_seconds" >= 0);
ALTER TABLE "signing_keys" ADD CONSTRAINT "signing_keys_state_known" CHECK ("state" IN ('created', 'published', 'active', 'retiring', 'retired', 'destroyed', 'compromised'));
ALTER TABLE "signing_keys" ADD CONSTRAINT "signing_keys_public_half_only" CHECK (NOT "public_jwk" ?| ARRAY['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']);
ALTER TABLE "signing_keys" ADD CONSTRAINT "signing_keys_destroyed_is_gone" CHECK ("state" NOT IN ('destroyed', 'compromised') OR "wrapped_private" IS NULL);
ALTER TABLE "key_rotations" ADD CONSTRAINT "key_rotations_words_known" CHECK (
  "kind" IN ('rotate', 'kill') AND "state" IN ('running', 'halted', 'done', 'abandoned')
  AND ("next_step" IS NULL OR "next_step" IN ('publish', 'activate', 'retire', 'destroy', 'kill'))
  AND "step_state" IN ('planned', 'sending', 'confirmed', 'verified') AND ("state" = 'halted') = ("halt_reason" IS NOT NULL)
  AND ("state" IN ('done', 'abandoned')) = ("finished_at" IS NOT NULL));

-- One of our own issuers a tenant, one a provider.
CREATE UNIQUE INDEX "signing_issuers_one_own" ON "signing_issuers" ("tenant_id") WHERE "kind" = 'own';
CREATE UNIQUE INDEX "signing_issuers_one_a_provider" ON "signing_issuers" ("tenant_id", "provider_id") WHERE "kind" = 'provider';
-- Exactly one key signs (the other half of "exactly" is the trigger below), one waits, one rotation is open.
CREATE UNIQUE INDEX "signing_keys_one_active" ON "signing_keys" ("tenant_id", "issuer_id") WHERE "state" = 'active';
CREATE UNIQUE INDEX "signing_keys_one_next" ON "signing_keys" ("tenant_id", "issuer_id") WHERE "state" IN ('created', 'published');
CREATE UNIQUE INDEX "key_rotations_one_open" ON "key_rotations" ("tenant_id", "issuer_id") WHERE "state" IN ('running', 'halted');
CREATE INDEX "key_rotations_due" ON "key_rotations" ("tenant_id", "next_at") WHERE "state" = 'running';

-- A key moves along its life only, at the database's clock, and never earlier than its issuer's policy allows. What a provider
-- does with keys of its own is recorded as it happened.
CREATE FUNCTION gatehouse_signing_key_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE policy signing_issuers%ROWTYPE;
BEGIN
  SELECT * INTO policy FROM signing_issuers i WHERE i.tenant_id = NEW.tenant_id AND i.id = NEW.issuer_id;
  IF NOT FOUND THEN RAISE EXCEPTION 'signing key without its issuer' USING ERRCODE = 'check_violation'; END IF;
  IF TG_OP = 'INSERT' THEN
    IF policy.kind = 'own' AND NEW.state = 'active' THEN
      -- At once without lead time: the first key of an issuer, or the heir of one that was compromised.
      IF NOT NEW.lead_waived OR (
        EXISTS (SELECT 1 FROM signing_keys k WHERE k.tenant_id = NEW.tenant_id AND k.issuer_id = NEW.issuer_id)
        AND NOT EXISTS (SELECT 1 FROM signing_keys c WHERE c.tenant_id = NEW.tenant_id AND c.issuer_id = NEW.issuer_id
          AND c.state = 'compromised' AND c.compromised_at >= clock_timestamp() - interval '1 minute'))
      THEN RAISE EXCEPTION 'a new key signs at once only as the first or after a compromise' USING ERRCODE = 'check_violation'; END IF;
    ELSIF policy.kind = 'own' AND NEW.state <> 'created' THEN
      RAISE EXCEPTION 'a key begins as created, not as %', NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF policy.kind = 'own' THEN
      NEW.published_at := CASE NEW.state WHEN 'active' THEN clock_timestamp() END;
      NEW.activated_at := NEW.published_at;
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state IN ('destroyed', 'compromised') AND OLD.state <> NEW.state THEN
    RAISE EXCEPTION 'signing key cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  IF policy.kind = 'provider' THEN RETURN NEW; END IF;
  IF OLD.state = NEW.state THEN
    IF OLD.published_at IS DISTINCT FROM NEW.published_at OR OLD.activated_at IS DISTINCT FROM NEW.activated_at
      OR OLD.retiring_at IS DISTINCT FROM NEW.retiring_at OR OLD.retired_at IS DISTINCT FROM NEW.retired_at
      OR OLD.wrapped_private IS DISTINCT FROM NEW.wrapped_private OR OLD.lead_waived IS DISTINCT FROM NEW.lead_waived
    THEN RAISE EXCEPTION 'what a key has behind it is not changed' USING ERRCODE = 'check_violation'; END IF;
    RETURN NEW;
  END IF;
  IF NOT (NEW.state = 'compromised' OR (OLD.state, NEW.state) IN (
    ('created', 'published'), ('published', 'active'), ('active', 'retiring'), ('retiring', 'retired'), ('retired', 'destroyed'),
    ('created', 'destroyed'), ('published', 'destroyed'))
    OR ((OLD.state, NEW.state) = ('created', 'active') AND NEW.lead_waived))
  THEN RAISE EXCEPTION 'signing key cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation'; END IF;
  -- Times are the database's own; what a caller says of them counts for nothing.
  NEW.published_at := CASE WHEN NEW.state = 'published' OR OLD.state = 'created' AND NEW.state = 'active' THEN clock_timestamp() ELSE OLD.published_at END;
  NEW.activated_at := CASE NEW.state WHEN 'active' THEN clock_timestamp() ELSE OLD.activated_at END;
  NEW.retiring_at := CASE NEW.state WHEN 'retiring' THEN clock_timestamp() ELSE OLD.retiring_at END;
  NEW.retired_at := CASE NEW.state WHEN 'retired' THEN clock_timestamp() ELSE OLD.retired_at END;
  NEW.destroyed_at := CASE NEW.state WHEN 'destroyed' THEN clock_timestamp() ELSE OLD.destroyed_at END;
  NEW.compromised_at := CASE NEW.state WHEN 'compromised' THEN clock_timestamp() ELSE OLD.compromised_at END;
  IF NEW.state IN ('destroyed', 'compromised') THEN NEW.wrapped_private := NULL; END IF;
  IF NEW.state = 'active' AND NOT NEW.lead_waived AND (NEW.published_at IS NULL OR clock_timestamp() < NEW.published_at + make_interval(secs => policy.lead_seconds))
  THEN RAISE EXCEPTION 'the lead time of this key is not over' USING ERRCODE = 'check_violation'; END IF;
  IF NEW.state = 'active' AND NEW.lead_waived AND NOT EXISTS (SELECT 1 FROM signing_keys c
    WHERE c.tenant_id = NEW.tenant_id AND c.issuer_id = NEW.issuer_id AND c.state = 'compromised' AND c.compromised_at >= clock_timestamp() - interval '1 minute')
  THEN RAISE EXCEPTION 'the lead time is waived only for the heir of a compromised key' USING ERRCODE = 'check_violation'; END IF;
  IF NEW.state = 'retired' AND clock_timestamp() < NEW.retiring_at + make_interval(secs => policy.token_life_seconds + policy.skew_seconds + policy.jwks_max_age_seconds)
  THEN RAISE EXCEPTION 'tokens signed with this key may still be alive' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER signing_key_moves BEFORE INSERT OR UPDATE ON "signing_keys" FOR EACH ROW EXECUTE FUNCTION gatehouse_signing_key_moves();

-- At the end of every transaction an issuer that has keys has exactly one that signs.
CREATE FUNCTION gatehouse_one_active_key() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE active integer;
BEGIN
  SELECT count(*) INTO active FROM signing_keys k WHERE k.tenant_id = NEW.tenant_id AND k.issuer_id = NEW.issuer_id AND k.state = 'active';
  IF active <> 1 AND (SELECT i.kind FROM signing_issuers i WHERE i.tenant_id = NEW.tenant_id AND i.id = NEW.issuer_id) = 'own'
  THEN RAISE EXCEPTION 'issuer % would have % active keys', NEW.issuer_id, active USING ERRCODE = 'check_violation'; END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER signing_keys_exactly_one_active AFTER INSERT OR UPDATE ON "signing_keys"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gatehouse_one_active_key();

CREATE TRIGGER signing_keys_stay BEFORE DELETE OR TRUNCATE ON "signing_keys" FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_append_only();
CREATE TRIGGER key_rotation_steps_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "key_rotation_steps" FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_append_only();
CREATE TRIGGER key_rotations_notify AFTER INSERT OR UPDATE ON "key_rotations" FOR EACH ROW EXECUTE FUNCTION gatehouse_notify('keys');
