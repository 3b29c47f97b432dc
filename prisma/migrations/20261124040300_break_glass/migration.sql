-- The sealed account of a tenant: opened by two people with a half of a code each, for an hour, loudly.

CREATE TABLE "break_glass_accounts" (
    "tenant_id" UUID NOT NULL,
    "operator_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "first_half" BYTEA NOT NULL,
    "second_half" BYTEA NOT NULL,
    "holders" TEXT[],
    "sealed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sealed_by" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(3),
    "opened_until" TIMESTAMPTZ(3),
    "reason" TEXT,
    CONSTRAINT "break_glass_accounts_pkey" PRIMARY KEY ("tenant_id")
);

-- ---------------------------------------------------------------------------------------------------------------
-- Below: what Prisma's schema language cannot say.
-- ---------------------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE, DELETE ON "break_glass_accounts" TO gatehouse_app;
ALTER TABLE "break_glass_accounts" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "break_glass_accounts" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON "break_glass_accounts" USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant());
DO $$ BEGIN EXECUTE format('CREATE POLICY staff_look_up ON break_glass_accounts FOR SELECT TO %I USING (true)', current_user); END $$;

ALTER TABLE "break_glass_accounts" ADD CONSTRAINT "break_glass_state_known" CHECK ("state" IN ('sealed', 'opened'));
ALTER TABLE "break_glass_accounts" ADD CONSTRAINT "break_glass_two_halves" CHECK (octet_length("first_half") = 32 AND octet_length("second_half") = 32 AND "first_half" <> "second_half");
ALTER TABLE "break_glass_accounts" ADD CONSTRAINT "break_glass_two_holders" CHECK (cardinality("holders") = 2 AND lower("holders"[1]) <> lower("holders"[2]));
ALTER TABLE "break_glass_accounts" ADD CONSTRAINT "break_glass_an_hour" CHECK ("state" = 'sealed' OR ("opened_until" <= "opened_at" + interval '1 hour' AND length(btrim("reason")) >= 3));

CREATE OR REPLACE FUNCTION gatehouse_break_glass_is_sealed(tenant uuid) RETURNS boolean
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT 1 FROM break_glass_accounts b WHERE b.tenant_id = tenant AND b.state = 'sealed')
$$;
-- The sealed account is none of the administrators that are counted.
CREATE OR REPLACE FUNCTION gatehouse_able_administrators(tenant uuid) RETURNS integer
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT count(*)::int FROM operator_roles r JOIN operators o ON o.id = r.operator_id AND o.disabled_at IS NULL
  WHERE r.tenant_id = tenant AND r.role = 'administrator'
    AND EXISTS (SELECT 1 FROM passkeys k WHERE k.operator_id = r.operator_id)
    AND NOT EXISTS (SELECT 1 FROM operator_suspensions s WHERE s.tenant_id = r.tenant_id AND s.operator_id = r.operator_id)
    AND NOT EXISTS (SELECT 1 FROM break_glass_accounts b WHERE b.tenant_id = r.tenant_id AND b.operator_id = r.operator_id)
$$;

CREATE FUNCTION gatehouse_break_glass_removed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.state = 'sealed' THEN PERFORM gatehouse_keep_administrators(OLD.tenant_id); END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER break_glass_removed AFTER DELETE ON "break_glass_accounts" FOR EACH ROW EXECUTE FUNCTION gatehouse_break_glass_removed();

-- The account has no other way in: no authenticator can be added to it, and no session of it begins but by breaking the glass.
CREATE FUNCTION gatehouse_not_for_break_glass() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'operator_sessions' AND to_jsonb(NEW) ->> 'way' = 'break-glass' THEN RETURN NEW; END IF;
  IF EXISTS (SELECT 1 FROM break_glass_accounts b WHERE b.operator_id = NEW.operator_id) THEN
    RAISE EXCEPTION 'the break-glass account is opened by the halves of its code and nothing else' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['operator_sessions', 'passkeys', 'operator_passwords', 'operator_totps', 'recovery_codes', 'operator_identities']
  LOOP
    EXECUTE format('CREATE TRIGGER not_for_break_glass BEFORE INSERT OR UPDATE OF operator_id ON %I FOR EACH ROW EXECUTE FUNCTION gatehouse_not_for_break_glass()', t);
  END LOOP;
END
$$;

ALTER TABLE "operator_sessions" DROP CONSTRAINT "operator_sessions_way_known";
ALTER TABLE "operator_sessions" ADD CONSTRAINT "operator_sessions_way_known"
  CHECK ("way" IN ('passkey', 'enrolment', 'password', 'federated', 'recovery', 'break-glass'));
