-- Account recovery: cases, their proofs, what was told to whom, and every address a person was ever known by.

CREATE TABLE "recovery_cases" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "number" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "veto_hash" BYTEA NOT NULL,
    "wrapped_veto" BYTEA,
    "identifier" TEXT NOT NULL,
    "story" TEXT NOT NULL,
    "person_id" UUID,
    "provider_id" UUID,
    "state" TEXT NOT NULL,
    "ip" INET,
    "network" TEXT NOT NULL,
    "user_agent" TEXT,
    "privileged" BOOLEAN NOT NULL DEFAULT false,
    "risk" TEXT,
    "path" TEXT,
    "reviewer_id" UUID,
    "proposal_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "noticed_at" TIMESTAMPTZ(3),
    "waiting_minutes" INTEGER,
    "release_at" TIMESTAMPTZ(3),
    "codes_shown" INTEGER NOT NULL DEFAULT 0,
    "code_id" TEXT,
    "code_shown_at" TIMESTAMPTZ(3),
    "bound_at" TIMESTAMPTZ(3),
    "authenticator_id" TEXT,
    "closed_at" TIMESTAMPTZ(3),
    "closed_reason" TEXT,
    "problem" TEXT,
    CONSTRAINT "recovery_cases_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "recovery_cases_tenant_id_number_key" ON "recovery_cases"("tenant_id", "number");

CREATE UNIQUE INDEX "recovery_cases_secret_hash_key" ON "recovery_cases"("secret_hash");

CREATE UNIQUE INDEX "recovery_cases_veto_hash_key" ON "recovery_cases"("veto_hash");

CREATE INDEX "recovery_cases_tenant_id_created_at_id_idx" ON "recovery_cases"("tenant_id", "created_at", "id");

CREATE INDEX "recovery_cases_tenant_id_network_created_at_idx" ON "recovery_cases"("tenant_id", "network", "created_at");

CREATE INDEX "recovery_cases_tenant_id_person_id_created_at_idx" ON "recovery_cases"("tenant_id", "person_id", "created_at");

CREATE TABLE "recovery_proofs" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "case_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "about" TEXT NOT NULL,
    "asked_by" UUID NOT NULL,
    "asked_of" UUID,
    "secret_hash" BYTEA,
    "wrapped_secret" BYTEA,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "asked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "passed_at" TIMESTAMPTZ(3),
    "evidence" JSONB,
    CONSTRAINT "recovery_proofs_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE INDEX "recovery_proofs_tenant_id_case_id_asked_at_idx" ON "recovery_proofs"("tenant_id", "case_id", "asked_at");

CREATE TABLE "recovery_notices" (
    "tenant_id" UUID NOT NULL,
    "case_id" UUID NOT NULL,
    "occasion" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "notice_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "recovery_notices_pkey" PRIMARY KEY ("tenant_id", "case_id", "occasion", "address")
);

CREATE TABLE "recovery_steps" (
    "tenant_id" UUID NOT NULL,
    "case_id" UUID NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "who" TEXT NOT NULL,
    "what" TEXT NOT NULL,
    CONSTRAINT "recovery_steps_pkey" PRIMARY KEY ("tenant_id", "case_id", "seq")
);

CREATE TABLE "person_addresses" (
    "tenant_id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "replaced_at" TIMESTAMPTZ(3),
    CONSTRAINT "person_addresses_pkey" PRIMARY KEY ("tenant_id", "person_id", "address")
);

-- ---------------------------------------------------------------------------------------------------------------
-- Below: what Prisma's schema language cannot say.
-- ---------------------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT ON "recovery_cases", "recovery_proofs", "recovery_notices", "recovery_steps" TO gatehouse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "person_addresses" TO gatehouse_app;
-- What was asked for, by whom and from where never changes; the case moves.
GRANT UPDATE ("state", "privileged", "risk", "path", "reviewer_id", "proposal_id", "updated_at", "noticed_at", "waiting_minutes", "release_at",
  "codes_shown", "code_id", "code_shown_at", "bound_at", "authenticator_id", "closed_at", "closed_reason", "problem", "wrapped_veto")
  ON "recovery_cases" TO gatehouse_app;
GRANT UPDATE ("state", "tries", "sent_at", "passed_at", "evidence", "wrapped_secret") ON "recovery_proofs" TO gatehouse_app;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['recovery_cases', 'recovery_proofs', 'recovery_notices', 'recovery_steps', 'person_addresses']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_wall ON %I USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant())', t);
  END LOOP;
END
$$;

-- A case's link and its veto link name no tenant; each answers for one exact hash only.
CREATE FUNCTION gatehouse_find_recovery_case(hash bytea)
  RETURNS TABLE (tenant_id uuid, id uuid, is_veto boolean) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT c.tenant_id, c.id, c.veto_hash = hash FROM recovery_cases c WHERE c.secret_hash = hash OR c.veto_hash = hash $$;
REVOKE ALL ON FUNCTION gatehouse_find_recovery_case(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse_find_recovery_case(bytea) TO gatehouse_app;
DO $$
BEGIN
  EXECUTE format('CREATE POLICY case_look_up ON recovery_cases FOR SELECT TO %I USING (true)', current_user);
END
$$;

CREATE INDEX "recovery_cases_open" ON "recovery_cases" ("tenant_id", "updated_at") WHERE "closed_at" IS NULL;
-- A proof of one kind is asked for once at a time, so an old code stops serving when a new one is asked for.
CREATE UNIQUE INDEX "recovery_proofs_one_asked" ON "recovery_proofs" ("tenant_id", "case_id", "kind") WHERE "state" = 'asked';

ALTER TABLE "recovery_cases" ADD CONSTRAINT "recovery_cases_state_known" CHECK ("state" IN
  ('open', 'proposed', 'waiting', 'code_shown', 'bound', 'done', 'rejected', 'vetoed', 'expired'));
ALTER TABLE "recovery_cases" ADD CONSTRAINT "recovery_cases_end_is_closed" CHECK (
  ("closed_at" IS NOT NULL) = ("state" IN ('done', 'rejected', 'vetoed', 'expired')));
ALTER TABLE "recovery_proofs" ADD CONSTRAINT "recovery_proofs_state_known" CHECK ("state" IN ('asked', 'passed', 'failed', 'replaced'));
ALTER TABLE "recovery_proofs" ADD CONSTRAINT "recovery_proofs_secret_gone" CHECK ("state" = 'asked' OR "wrapped_secret" IS NULL);

-- The AAL2 paths of NIST SP 800-63B-4: two issued codes by different methods; one code and one bound factor; repeated proofing, which
-- here is the manager's attestation beside one other proof. A proof counts for a day. lib/recovery/proof-policy.ts says the same.
CREATE FUNCTION gatehouse_recovery_is_proved(tenant uuid, recovery uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT COALESCE(bool_or(kind = 'address-code') AND bool_or(kind = 'remaining-authenticator'), false)
    OR COALESCE(bool_or(kind = 'manager-attestation') AND bool_or(kind IN ('address-code', 'remaining-authenticator')), false)
    OR count(DISTINCT method) FILTER (WHERE kind = 'address-code') >= 2
  FROM recovery_proofs p WHERE p.tenant_id = tenant AND p.case_id = recovery AND p.state = 'passed'
    AND p.passed_at > clock_timestamp() - interval '24 hours'
$$;

-- A case moves along its states only; approved only when it is proved and enough people signed exactly this case; nothing is handed
-- out before the waiting time is over or after somebody said that it was not them.
CREATE FUNCTION gatehouse_recovery_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = NEW.state THEN
    IF NEW.release_at IS DISTINCT FROM OLD.release_at OR NEW.proposal_id IS DISTINCT FROM OLD.proposal_id
    THEN RAISE EXCEPTION 'what was approved is not changed' USING ERRCODE = 'check_violation'; END IF;
    RETURN NEW;
  END IF;
  IF OLD.closed_at IS NOT NULL OR (OLD.state, NEW.state) NOT IN (
    ('open', 'proposed'), ('proposed', 'open'), ('proposed', 'waiting'), ('waiting', 'code_shown'), ('code_shown', 'waiting'),
    ('code_shown', 'bound'), ('bound', 'done'), ('open', 'rejected'), ('open', 'expired'), ('waiting', 'expired'), ('code_shown', 'expired'),
    ('open', 'vetoed'), ('proposed', 'vetoed'), ('waiting', 'vetoed'), ('code_shown', 'vetoed'))
  THEN RAISE EXCEPTION 'a recovery case cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation'; END IF;
  IF NEW.state IN ('proposed', 'waiting') AND OLD.state <> 'code_shown' THEN
    IF NEW.person_id IS NULL OR NOT gatehouse_recovery_is_proved(NEW.tenant_id, NEW.id) THEN
      RAISE EXCEPTION 'the proofs of this case are not complete' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NEW.state = 'waiting' AND OLD.state = 'proposed' THEN
    IF NOT EXISTS (SELECT 1 FROM proposals p JOIN proposal_targets t ON t.tenant_id = p.tenant_id AND t.proposal_id = p.id
      WHERE p.tenant_id = NEW.tenant_id AND p.id = OLD.proposal_id AND p.kind = 'recover-account' AND p.state = 'consumed' AND t.target_id = NEW.id
        AND gatehouse_approvals_of(p.tenant_id, p.id) >= p.approvals_needed)
    THEN RAISE EXCEPTION 'this case is not approved' USING ERRCODE = 'check_violation'; END IF;
    IF NEW.waiting_minutes IS NULL THEN RAISE EXCEPTION 'an approved case has its waiting time' USING ERRCODE = 'check_violation'; END IF;
    NEW.release_at := clock_timestamp() + make_interval(mins => NEW.waiting_minutes);
  END IF;
  IF NEW.state = 'code_shown' AND (NEW.release_at IS NULL OR NEW.release_at > clock_timestamp()) THEN
    RAISE EXCEPTION 'the waiting time of this case is not over' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state = 'code_shown' AND NOT EXISTS (SELECT 1 FROM recovery_notices n WHERE n.tenant_id = NEW.tenant_id AND n.case_id = NEW.id
    AND n.occasion = 'approved') THEN
    RAISE EXCEPTION 'nobody was told of this recovery' USING ERRCODE = 'check_violation';
  END IF;
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$$;
CREATE TRIGGER recovery_moves BEFORE UPDATE ON "recovery_cases" FOR EACH ROW EXECUTE FUNCTION gatehouse_recovery_moves();
CREATE FUNCTION gatehouse_recovery_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'open' OR NEW.proposal_id IS NOT NULL OR NEW.release_at IS NOT NULL THEN
    RAISE EXCEPTION 'a recovery case begins as open' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER recovery_begins BEFORE INSERT ON "recovery_cases" FOR EACH ROW EXECUTE FUNCTION gatehouse_recovery_begins();

-- A proof is asked for first and decided once, in time. Who attests is neither who reviews nor who asked.
CREATE FUNCTION gatehouse_proof_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'asked' OR NEW.passed_at IS NOT NULL THEN RAISE EXCEPTION 'a proof begins as asked for' USING ERRCODE = 'check_violation'; END IF;
    IF NEW.kind = 'manager-attestation' AND (NEW.asked_of IS NULL OR gatehouse_person_of(NEW.asked_of) = gatehouse_person_of(NEW.asked_by)) THEN
      RAISE EXCEPTION 'nobody attests a case that they work on' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state = NEW.state THEN RETURN NEW; END IF;
  IF OLD.state <> 'asked' THEN RAISE EXCEPTION 'this proof is decided' USING ERRCODE = 'check_violation'; END IF;
  IF NEW.state = 'passed' THEN
    IF OLD.expires_at <= clock_timestamp() THEN RAISE EXCEPTION 'this proof has expired' USING ERRCODE = 'check_violation'; END IF;
    NEW.passed_at := clock_timestamp();
  END IF;
  NEW.wrapped_secret := NULL;
  RETURN NEW;
END
$$;
CREATE TRIGGER proof_moves BEFORE INSERT OR UPDATE ON "recovery_proofs" FOR EACH ROW EXECUTE FUNCTION gatehouse_proof_moves();
CREATE TRIGGER recovery_steps_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "recovery_steps" FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_append_only();
CREATE TRIGGER recovery_cases_notify AFTER INSERT OR UPDATE ON "recovery_cases" FOR EACH ROW EXECUTE FUNCTION gatehouse_notify('recovery');
CREATE TRIGGER recovery_proofs_notify AFTER INSERT OR UPDATE ON "recovery_proofs" FOR EACH ROW EXECUTE FUNCTION gatehouse_notify('recovery');

-- Every address a person was known by stays on record: a notice goes to the one that was replaced, too.
-- Whoever writes people (the store, a rebuild, an erasure) writes this with them; an erased person leaves no address behind.
CREATE FUNCTION gatehouse_note_address() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.email IS NULL THEN
    DELETE FROM person_addresses WHERE tenant_id = OLD.tenant_id AND person_id = OLD.id;
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.email IS NOT NULL THEN
    UPDATE person_addresses SET replaced_at = COALESCE(NEW.email_at, clock_timestamp())
    WHERE tenant_id = OLD.tenant_id AND person_id = OLD.id AND address = lower(OLD.email) AND replaced_at IS NULL;
  END IF;
  IF NEW.email IS NOT NULL THEN
    INSERT INTO person_addresses (tenant_id, person_id, address, first_seen_at)
    VALUES (NEW.tenant_id, NEW.id, lower(NEW.email), CASE WHEN TG_OP = 'INSERT' THEN LEAST(NEW.first_seen_at, COALESCE(NEW.email_at, NEW.first_seen_at))
      ELSE COALESCE(NEW.email_at, clock_timestamp()) END)
    ON CONFLICT (tenant_id, person_id, address) DO UPDATE SET replaced_at = NULL;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER people_address_first AFTER INSERT ON "people" FOR EACH ROW WHEN (NEW.email IS NOT NULL) EXECUTE FUNCTION gatehouse_note_address();
CREATE TRIGGER people_address_changed AFTER UPDATE OF email ON "people" FOR EACH ROW WHEN (NEW.email IS DISTINCT FROM OLD.email)
  EXECUTE FUNCTION gatehouse_note_address();
INSERT INTO person_addresses (tenant_id, person_id, address, first_seen_at)
  SELECT tenant_id, id, lower(email), first_seen_at FROM people WHERE email IS NOT NULL ON CONFLICT DO NOTHING;
