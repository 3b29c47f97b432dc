-- One engine for every destructive act: proposal with frozen targets, signed approvals, durable run, effect ledger.
-- It takes the place of the one-session line, which no release carried.
DROP TABLE "run_item_steps", "run_items", "runs", "proposal_targets", "proposals";
DROP FUNCTION gatehouse_run_item_moves();
DROP FUNCTION gatehouse_run_item_is_frozen_target();

CREATE TABLE "proposals" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "parameters" TEXT NOT NULL,
    "summary" TEXT,
    "state" TEXT NOT NULL,
    "proposer_type" TEXT NOT NULL,
    "proposer_id" UUID NOT NULL,
    "proposer_person" TEXT NOT NULL,
    "proposer_label" TEXT NOT NULL,
    "policy" TEXT,
    "approvals_needed" INTEGER NOT NULL DEFAULT 0,
    "nonce" BYTEA NOT NULL,
    "freeze_cursor" UUID,
    "frozen_at" TIMESTAMPTZ(3),
    "target_count" INTEGER NOT NULL DEFAULT 0,
    "targets_digest" BYTEA,
    "payload" TEXT,
    "payload_digest" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "submitted_at" TIMESTAMPTZ(3),
    "decided_at" TIMESTAMPTZ(3),
    "decided_by" TEXT,
    "decision_note" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "proposals_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE INDEX "proposals_tenant_id_created_at_id_idx" ON "proposals"("tenant_id", "created_at", "id");

CREATE TABLE "proposal_targets" (
    "tenant_id" UUID NOT NULL,
    "proposal_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "target_type" TEXT NOT NULL,
    "target_id" UUID NOT NULL,
    "person_id" UUID,
    "provider_id" UUID,
    "reference" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "detail" TEXT,
    CONSTRAINT "proposal_targets_pkey" PRIMARY KEY ("tenant_id", "proposal_id", "position")
);

CREATE INDEX "proposal_targets_tenant_id_target_id_idx" ON "proposal_targets"("tenant_id", "target_id");

CREATE TABLE "approvals" (
    "tenant_id" UUID NOT NULL,
    "proposal_id" UUID NOT NULL,
    "person" TEXT NOT NULL,
    "operator_id" UUID NOT NULL,
    "operator_label" TEXT NOT NULL,
    "part" TEXT NOT NULL,
    "payload_digest" BYTEA NOT NULL,
    "permission" TEXT NOT NULL,
    "passkey_id" UUID NOT NULL,
    "credential_id" BYTEA NOT NULL,
    "public_key" BYTEA NOT NULL,
    "relying_party" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "challenge" BYTEA NOT NULL,
    "client_data" BYTEA NOT NULL,
    "authenticator_data" BYTEA NOT NULL,
    "signature" BYTEA NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "approvals_pkey" PRIMARY KEY ("tenant_id", "proposal_id", "person")
);

CREATE TABLE "runs" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "proposal_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "sequential" BOOLEAN NOT NULL DEFAULT false,
    "cutoff_at" TIMESTAMPTZ(3) NOT NULL,
    "cutoff_lifted_at" TIMESTAMPTZ(3),
    "items_made" INTEGER NOT NULL DEFAULT 0,
    "note" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    CONSTRAINT "runs_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "runs_tenant_id_proposal_id_key" ON "runs"("tenant_id", "proposal_id");

CREATE INDEX "runs_tenant_id_created_at_id_idx" ON "runs"("tenant_id", "created_at", "id");

CREATE TABLE "run_items" (
    "tenant_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "lane" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "steps" INTEGER NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "looks" INTEGER NOT NULL DEFAULT 0,
    "lease_token" INTEGER NOT NULL DEFAULT 0,
    "lease_until" TIMESTAMPTZ(3),
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "cause" TEXT,
    "error" TEXT,
    "finished_at" TIMESTAMPTZ(3),
    CONSTRAINT "run_items_pkey" PRIMARY KEY ("tenant_id", "run_id", "position")
);

CREATE TABLE "run_item_steps" (
    "tenant_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "state" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "detail" TEXT NOT NULL,
    CONSTRAINT "run_item_steps_pkey" PRIMARY KEY ("tenant_id", "run_id", "position", "seq")
);

CREATE TABLE "run_tallies" (
    "tenant_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "lane" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "items" INTEGER NOT NULL,
    CONSTRAINT "run_tallies_pkey" PRIMARY KEY ("tenant_id", "run_id", "lane", "state")
);

-- ---------------------------------------------------------------------------------------------------------------
-- Below: what Prisma's schema language cannot say.
-- ---------------------------------------------------------------------------------------------------------------

-- What waits, found without reading what is done.
CREATE INDEX "run_items_due" ON "run_items" ("tenant_id", "run_id", "lane", "next_attempt_at", "position") WHERE "finished_at" IS NULL;
CREATE INDEX "run_items_failed" ON "run_items" ("tenant_id", "run_id", "position") WHERE "state" = 'failed';
CREATE INDEX "proposals_undecided" ON "proposals" ("tenant_id", "expires_at") WHERE "state" IN ('draft', 'pending', 'approved');
CREATE INDEX "runs_unfinished" ON "runs" ("tenant_id", "created_at") WHERE "finished_at" IS NULL;
-- Rows are updated about five times in a row; room in the page keeps them where they are.
ALTER TABLE "run_items" SET (fillfactor = 70);

-- The app adds; what it may change is named. Frozen targets, approvals and the ledger are append-only.
GRANT SELECT, INSERT ON "proposals", "proposal_targets", "approvals", "runs", "run_items", "run_item_steps", "run_tallies" TO gatehouse_app;
GRANT UPDATE ("state", "summary", "policy", "approvals_needed", "freeze_cursor", "frozen_at", "target_count", "targets_digest", "payload",
  "payload_digest", "submitted_at", "decided_at", "decided_by", "decision_note", "expires_at") ON "proposals" TO gatehouse_app;
GRANT UPDATE ("state", "cutoff_lifted_at", "items_made", "note", "started_at", "finished_at") ON "runs" TO gatehouse_app;
GRANT UPDATE ("state", "steps", "attempts", "looks", "lease_token", "lease_until", "next_attempt_at", "cause", "error", "finished_at")
  ON "run_items" TO gatehouse_app;
GRANT UPDATE ("items") ON "run_tallies" TO gatehouse_app;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['proposals', 'proposal_targets', 'approvals', 'runs', 'run_items', 'run_item_steps', 'run_tallies']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_wall ON %I USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant())', t);
  END LOOP;
END
$$;

ALTER TABLE "proposals" ADD CONSTRAINT "proposals_state_known"
  CHECK ("state" IN ('draft', 'pending', 'approved', 'rejected', 'withdrawn', 'expired', 'void', 'consumed'));
ALTER TABLE "proposals" ADD CONSTRAINT "proposals_reason_given" CHECK (length(btrim("reason")) >= 3);
ALTER TABLE "proposals" ADD CONSTRAINT "proposals_nonce_long" CHECK (length("nonce") = 32);
ALTER TABLE "proposals" ADD CONSTRAINT "proposals_submitted_whole" CHECK ("state" IN ('draft', 'withdrawn', 'expired', 'void')
  OR ("payload_digest" IS NOT NULL AND "payload" IS NOT NULL AND "targets_digest" IS NOT NULL AND "policy" IS NOT NULL AND "submitted_at" IS NOT NULL));
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_part_known" CHECK ("part" IN ('propose', 'approve'));
ALTER TABLE "runs" ADD CONSTRAINT "runs_state_known" CHECK ("state" IN ('starting', 'running', 'paused', 'aborted', 'done', 'failed', 'void'));
ALTER TABLE "run_items" ADD CONSTRAINT "run_items_state_known"
  CHECK ("state" IN ('planned', 'sending', 'confirmed', 'verified', 'failed', 'unknown', 'skipped'));
ALTER TABLE "run_items" ADD CONSTRAINT "run_items_finished_is_final"
  CHECK (("finished_at" IS NOT NULL) = ("state" IN ('verified', 'failed', 'skipped')));

-- Who a staff account belongs to: two accounts of one person give one key. The part after "+" in an address is the same mailbox.
CREATE FUNCTION gatehouse_person_of(operator uuid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT 'mailto:' || split_part(split_part(lower(normalize(o.email, NFKC)), '@', 1), '+', 1) || '@'
    || split_part(lower(normalize(o.email, NFKC)), '@', 2)
  FROM operators o WHERE o.id = operator
$$;

-- A frozen target as one line of text, unambiguous: names are JSON strings, so no name can look like another field or line.
CREATE FUNCTION gatehouse_target_line(t proposal_targets) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT t.position::text || ' ' || t.target_type || ' ' || t.target_id::text || ' ' || COALESCE(t.person_id::text, '-') || ' '
    || COALESCE(t.provider_id::text, '-') || ' ' || to_json(t.reference)::text || ' ' || to_json(t.label)::text || ' '
    || COALESCE(to_json(t.detail)::text, '-') || E'\n'
$$;

-- SHA-256 over the SHA-256 of each 10,000 lines in order: computed where the rows are, whatever their number.
CREATE FUNCTION gatehouse_targets_digest(tenant uuid, proposal uuid) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(convert_to(E'gatehouse-targets-v1\n', 'UTF8') || COALESCE(string_agg(part, ''::bytea ORDER BY number), ''::bytea))
  FROM (
    SELECT (t.position - 1) / 10000 AS number,
      sha256(convert_to(string_agg(gatehouse_target_line(t), '' ORDER BY t.position), 'UTF8')) AS part
    FROM proposal_targets t WHERE t.tenant_id = tenant AND t.proposal_id = proposal GROUP BY 1
  ) AS parts
$$;

-- How many distinct people other than the proposer signed exactly these bytes.
CREATE FUNCTION gatehouse_approvals_of(tenant uuid, proposal uuid) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT count(DISTINCT a.person)::int FROM approvals a JOIN proposals p ON p.tenant_id = a.tenant_id AND p.id = a.proposal_id
  WHERE a.tenant_id = tenant AND a.proposal_id = proposal AND a.part = 'approve' AND a.payload_digest = p.payload_digest
    AND a.person <> p.proposer_person AND a.operator_id <> p.proposer_id
$$;

-- A proposal moves along its state machine only, is fixed once it is submitted, and is approved by as many people as its policy says.
CREATE FUNCTION gatehouse_proposal_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.kind, NEW.reason, NEW.parameters, NEW.proposer_type, NEW.proposer_id, NEW.proposer_person, NEW.nonce)
    IS DISTINCT FROM (OLD.kind, OLD.reason, OLD.parameters, OLD.proposer_type, OLD.proposer_id, OLD.proposer_person, OLD.nonce)
    OR (OLD.state <> 'draft' AND (NEW.payload, NEW.payload_digest, NEW.targets_digest, NEW.target_count, NEW.policy, NEW.approvals_needed,
        NEW.summary, NEW.expires_at)
      IS DISTINCT FROM (OLD.payload, OLD.payload_digest, OLD.targets_digest, OLD.target_count, OLD.policy, OLD.approvals_needed,
        OLD.summary, OLD.expires_at))
  THEN RAISE EXCEPTION 'a proposal is fixed once it is made' USING ERRCODE = 'check_violation'; END IF;
  IF OLD.state = NEW.state THEN RETURN NEW; END IF;
  IF (OLD.state, NEW.state) NOT IN (
    ('draft', 'pending'), ('draft', 'approved'), ('draft', 'withdrawn'), ('draft', 'expired'), ('draft', 'void'),
    ('pending', 'approved'), ('pending', 'rejected'), ('pending', 'withdrawn'), ('pending', 'expired'), ('pending', 'void'),
    ('approved', 'consumed'), ('approved', 'withdrawn'), ('approved', 'expired'), ('approved', 'void'))
  THEN RAISE EXCEPTION 'a proposal cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation'; END IF;
  IF NEW.state IN ('approved', 'consumed') THEN
    IF NEW.expires_at <= clock_timestamp() THEN
      RAISE EXCEPTION 'the proposal has expired' USING ERRCODE = 'check_violation';
    END IF;
    IF gatehouse_approvals_of(NEW.tenant_id, NEW.id) < NEW.approvals_needed THEN
      RAISE EXCEPTION 'the proposal is not approved by enough people' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER proposal_moves BEFORE UPDATE ON "proposals" FOR EACH ROW EXECUTE FUNCTION gatehouse_proposal_moves();

-- A proposal begins as a draft, or with the number of approvals its policy asks of nobody else.
CREATE FUNCTION gatehouse_proposal_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = 'draft' THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'a proposal begins as a draft' USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER proposal_begins BEFORE INSERT ON "proposals" FOR EACH ROW EXECUTE FUNCTION gatehouse_proposal_begins();

-- Frozen means frozen: no target joins a proposal that is frozen.
CREATE FUNCTION gatehouse_targets_before_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM (SELECT DISTINCT n.tenant_id, n.proposal_id FROM added n) AS s
    LEFT JOIN proposals p ON p.tenant_id = s.tenant_id AND p.id = s.proposal_id
    WHERE p.id IS NULL OR p.state <> 'draft' OR p.frozen_at IS NOT NULL)
  THEN RAISE EXCEPTION 'the targets of this proposal are frozen' USING ERRCODE = 'check_violation'; END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER targets_before_frozen AFTER INSERT ON "proposal_targets" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_targets_before_frozen();

-- Nobody approves what they asked for, through whatever account; and only exactly what stands there, in time.
CREATE FUNCTION gatehouse_approval_by_another() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE p proposals;
BEGIN
  SELECT * INTO p FROM proposals WHERE tenant_id = NEW.tenant_id AND id = NEW.proposal_id FOR UPDATE;
  IF p.id IS NULL OR p.payload_digest IS DISTINCT FROM NEW.payload_digest THEN
    RAISE EXCEPTION 'an approval is of exactly what was proposed' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.person IS DISTINCT FROM gatehouse_person_of(NEW.operator_id) THEN
    RAISE EXCEPTION 'an approval names the person of its account' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.part = 'propose' THEN
    IF NEW.operator_id <> p.proposer_id OR p.state <> 'draft' THEN
      RAISE EXCEPTION 'only the proposer signs as the proposer, once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF p.state <> 'pending' OR p.expires_at <= clock_timestamp() THEN
    RAISE EXCEPTION 'only a pending proposal can be approved' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.person = p.proposer_person OR NEW.operator_id = p.proposer_id THEN
    RAISE EXCEPTION 'nobody approves their own proposal' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER approval_by_another BEFORE INSERT ON "approvals" FOR EACH ROW EXECUTE FUNCTION gatehouse_approval_by_another();

-- A run comes of an approved proposal and of nothing else.
CREATE FUNCTION gatehouse_run_of_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM proposals p WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.proposal_id AND p.kind = NEW.kind
    AND p.state = 'approved' AND p.expires_at > clock_timestamp() AND gatehouse_approvals_of(p.tenant_id, p.id) >= p.approvals_needed)
  THEN RAISE EXCEPTION 'a run comes of an approved proposal' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER run_of_approved BEFORE INSERT ON "runs" FOR EACH ROW EXECUTE FUNCTION gatehouse_run_of_approved();

CREATE FUNCTION gatehouse_run_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = NEW.state OR (OLD.state, NEW.state) IN (
    ('starting', 'running'), ('starting', 'void'), ('running', 'paused'), ('running', 'aborted'), ('running', 'done'), ('running', 'failed'),
    ('paused', 'running'), ('paused', 'aborted'), ('failed', 'running'), ('starting', 'aborted'))
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'a run cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER run_moves BEFORE UPDATE OF state ON "runs" FOR EACH ROW EXECUTE FUNCTION gatehouse_run_moves();

-- Items are checked by the statement, not by the row: a million cost one join. Each stands for one frozen target of its run.
CREATE FUNCTION gatehouse_run_items_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM added n LEFT JOIN runs r ON r.tenant_id = n.tenant_id AND r.id = n.run_id
    LEFT JOIN proposal_targets t ON t.tenant_id = r.tenant_id AND t.proposal_id = r.proposal_id AND t.position = n.position
    WHERE t.position IS NULL OR n.state <> 'planned')
  THEN RAISE EXCEPTION 'run item is not in the frozen set of its proposal' USING ERRCODE = 'check_violation'; END IF;
  INSERT INTO run_tallies AS tally (tenant_id, run_id, lane, state, items)
  SELECT tenant_id, run_id, lane, state, count(*) FROM added GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
  ON CONFLICT (tenant_id, run_id, lane, state) DO UPDATE SET items = tally.items + excluded.items;
  RETURN NULL;
END
$$;
CREATE TRIGGER run_items_added AFTER INSERT ON "run_items" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_run_items_added();

-- An item moves along the ledger's order only; who it stands for never changes; the tallies follow in the same transaction.
CREATE FUNCTION gatehouse_run_items_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  IF (SELECT count(*) FROM after_it) <> (SELECT count(*) FROM before_it b JOIN after_it a
    ON a.tenant_id = b.tenant_id AND a.run_id = b.run_id AND a.position = b.position AND a.lane = b.lane)
  THEN RAISE EXCEPTION 'run item is not in the frozen set of its proposal' USING ERRCODE = 'check_violation'; END IF;
  SELECT b.state AS was, a.state AS is_now INTO bad FROM before_it b JOIN after_it a USING (tenant_id, run_id, position)
  WHERE a.state <> b.state AND (b.state, a.state) NOT IN (
    ('planned', 'sending'), ('planned', 'failed'), ('planned', 'skipped'), ('sending', 'planned'), ('sending', 'confirmed'), ('sending', 'failed'),
    ('sending', 'unknown'), ('unknown', 'sending'), ('unknown', 'failed'), ('confirmed', 'verified'), ('confirmed', 'sending'),
    ('confirmed', 'failed'), ('failed', 'planned')) LIMIT 1;
  IF FOUND THEN RAISE EXCEPTION 'run item cannot go from % to %', bad.was, bad.is_now USING ERRCODE = 'check_violation'; END IF;
  INSERT INTO run_tallies AS tally (tenant_id, run_id, lane, state, items)
  SELECT tenant_id, run_id, lane, state, sum(change)::int FROM (
    SELECT b.tenant_id, b.run_id, b.lane, b.state, -1 AS change FROM before_it b JOIN after_it a USING (tenant_id, run_id, position) WHERE a.state <> b.state
    UNION ALL
    SELECT a.tenant_id, a.run_id, a.lane, a.state, 1 FROM before_it b JOIN after_it a USING (tenant_id, run_id, position) WHERE a.state <> b.state
  ) AS changes GROUP BY 1, 2, 3, 4 HAVING sum(change) <> 0 ORDER BY 1, 2, 3, 4
  ON CONFLICT (tenant_id, run_id, lane, state) DO UPDATE SET items = tally.items + excluded.items;
  PERFORM pg_notify('gatehouse', one.tenant_id::text || ' runs') FROM (SELECT DISTINCT tenant_id FROM after_it) AS one;
  RETURN NULL;
END
$$;
CREATE TRIGGER run_items_moved AFTER UPDATE ON "run_items" REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it
  FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_run_items_moved();

CREATE TRIGGER run_item_steps_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "run_item_steps" FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_append_only();
CREATE TRIGGER proposal_targets_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "proposal_targets" FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_append_only();
CREATE TRIGGER approvals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "approvals" FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_append_only();

CREATE TRIGGER proposals_notify AFTER INSERT OR UPDATE ON "proposals" FOR EACH ROW EXECUTE FUNCTION gatehouse_notify('runs');
CREATE TRIGGER runs_notify AFTER INSERT OR UPDATE ON "runs" FOR EACH ROW EXECUTE FUNCTION gatehouse_notify('runs');
