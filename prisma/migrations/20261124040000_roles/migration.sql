-- Roles a tenant composes itself, operators barred from a tenant, and what the database holds about both.

CREATE TABLE "custom_roles" (
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "permissions" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT NOT NULL,
    CONSTRAINT "custom_roles_pkey" PRIMARY KEY ("tenant_id", "name")
);

CREATE TABLE "operator_suspensions" (
    "tenant_id" UUID NOT NULL,
    "operator_id" UUID NOT NULL,
    "suspended_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "suspended_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    CONSTRAINT "operator_suspensions_pkey" PRIMARY KEY ("tenant_id", "operator_id")
);

ALTER TABLE "operator_roles" ADD COLUMN "granted_by_id" UUID;
ALTER TABLE "enrolments" ADD COLUMN "created_by_id" UUID;

-- ---------------------------------------------------------------------------------------------------------------
-- Below: what Prisma's schema language cannot say.
-- ---------------------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE, DELETE ON "custom_roles", "operator_suspensions" TO gatehouse_app;

-- Nobody raises their own role, whatever the code above says.
ALTER TABLE "operator_roles" ADD CONSTRAINT "operator_roles_not_by_oneself" CHECK ("granted_by_id" IS DISTINCT FROM "operator_id");
ALTER TABLE "custom_roles" ADD CONSTRAINT "custom_roles_name_free" CHECK ("name" ~ '^[a-z][a-z0-9-]{1,39}$' AND "name" NOT IN
  ('viewer', 'analyst', 'help-desk', 'incident-commander', 'key-custodian', 'auditor', 'administrator'));
-- A machine proposes; people approve, review and manage.
ALTER TABLE "service_tokens" ADD CONSTRAINT "service_tokens_never_approve" CHECK (array_to_string("scopes", ',') !~ ':(approve|review|manage)(,|$)');

-- Staff belong to tenants, but a sign-in and a session are looked up before the tenant is known. So: with a tenant set, that
-- tenant's rows alone; with none set (lib/kernel/db `outsideTenants`), all of them.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['custom_roles', 'operator_suspensions', 'operator_roles', 'enrolments']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_wall ON %I USING (gatehouse_tenant() IS NULL OR tenant_id = gatehouse_tenant())
      WITH CHECK (gatehouse_tenant() IS NULL OR tenant_id = gatehouse_tenant())', t);
    -- The invariants below count across the wall; they run as the owner.
    EXECUTE format('CREATE POLICY staff_look_up ON %I FOR SELECT TO %I USING (true)', t, current_user);
  END LOOP;
END
$$;

-- A role is one of the seven or one this tenant has; the row lock keeps it from being retired meanwhile.
CREATE FUNCTION gatehouse_role_is_known() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.role IN ('viewer', 'analyst', 'help-desk', 'incident-commander', 'key-custodian', 'auditor', 'administrator') THEN RETURN NEW; END IF;
  PERFORM 1 FROM custom_roles c WHERE c.tenant_id = NEW.tenant_id AND c.name = NEW.role FOR KEY SHARE;
  IF NOT FOUND THEN RAISE EXCEPTION 'there is no role % in this tenant', NEW.role USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER role_is_known BEFORE INSERT OR UPDATE OF role ON "operator_roles" FOR EACH ROW EXECUTE FUNCTION gatehouse_role_is_known();

CREATE FUNCTION gatehouse_role_is_not_held() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM operator_roles r WHERE r.tenant_id = OLD.tenant_id AND r.role = OLD.name) THEN
    RAISE EXCEPTION 'somebody holds the role %', OLD.name USING ERRCODE = 'check_violation';
  END IF;
  RETURN OLD;
END
$$;
CREATE TRIGGER role_is_not_held BEFORE DELETE ON "custom_roles" FOR EACH ROW EXECUTE FUNCTION gatehouse_role_is_not_held();

-- Nobody gets a session in a tenant that has suspended them.
CREATE FUNCTION gatehouse_session_is_allowed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.ended_at IS NULL AND EXISTS (SELECT 1 FROM operator_suspensions s WHERE s.tenant_id = NEW.tenant_id AND s.operator_id = NEW.operator_id) THEN
    RAISE EXCEPTION 'this operator is suspended in this tenant' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER session_is_allowed BEFORE INSERT OR UPDATE OF tenant_id, operator_id, ended_at ON "operator_sessions"
  FOR EACH ROW EXECUTE FUNCTION gatehouse_session_is_allowed();

-- Administrators who can act in a tenant: enabled, not suspended, with a passkey.
CREATE FUNCTION gatehouse_able_administrators(tenant uuid) RETURNS integer
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT count(*)::int FROM operator_roles r JOIN operators o ON o.id = r.operator_id AND o.disabled_at IS NULL
  WHERE r.tenant_id = tenant AND r.role = 'administrator'
    AND EXISTS (SELECT 1 FROM passkeys k WHERE k.operator_id = r.operator_id)
    AND NOT EXISTS (SELECT 1 FROM operator_suspensions s WHERE s.tenant_id = r.tenant_id AND s.operator_id = r.operator_id)
$$;
-- Redefined where break-glass accounts are made.
CREATE FUNCTION gatehouse_break_glass_is_sealed(tenant uuid) RETURNS boolean
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT false $$;

-- Two administrators or a sealed break-glass account must be left. Whoever takes one away waits for whoever else does.
CREATE FUNCTION gatehouse_keep_administrators(tenant uuid) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('gatehouse-administrators ' || tenant, 0));
  IF gatehouse_able_administrators(tenant) < 2 AND NOT gatehouse_break_glass_is_sealed(tenant) THEN
    RAISE EXCEPTION 'two administrators or a sealed break-glass account must be left'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'keep_administrators';
  END IF;
END
$$;
REVOKE ALL ON FUNCTION gatehouse_able_administrators(uuid), gatehouse_break_glass_is_sealed(uuid), gatehouse_keep_administrators(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse_able_administrators(uuid), gatehouse_break_glass_is_sealed(uuid) TO gatehouse_app;

CREATE FUNCTION gatehouse_role_taken() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  -- Somebody who could not act (no passkey yet, disabled, suspended) takes nothing away by leaving.
  IF OLD.role = 'administrator' AND EXISTS (SELECT 1 FROM operators o JOIN passkeys k ON k.operator_id = o.id
      WHERE o.id = OLD.operator_id AND o.disabled_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM operator_suspensions s WHERE s.tenant_id = OLD.tenant_id AND s.operator_id = OLD.operator_id)
  THEN PERFORM gatehouse_keep_administrators(OLD.tenant_id); END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER role_taken AFTER DELETE OR UPDATE OF role, tenant_id, operator_id ON "operator_roles" FOR EACH ROW EXECUTE FUNCTION gatehouse_role_taken();

CREATE FUNCTION gatehouse_operator_barred() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE tenant uuid;
BEGIN
  IF TG_TABLE_NAME = 'operator_suspensions' THEN
    FOR tenant IN SELECT r.tenant_id FROM operator_roles r WHERE r.operator_id = NEW.operator_id AND r.tenant_id = NEW.tenant_id AND r.role = 'administrator'
      AND EXISTS (SELECT 1 FROM passkeys k WHERE k.operator_id = NEW.operator_id)
    LOOP PERFORM gatehouse_keep_administrators(tenant); END LOOP;
    RETURN NULL;
  END IF;
  IF OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL THEN
    UPDATE operator_sessions SET ended_at = clock_timestamp(), end_reason = 'the operator was disabled' WHERE operator_id = NEW.id AND ended_at IS NULL;
    FOR tenant IN SELECT r.tenant_id FROM operator_roles r WHERE r.operator_id = NEW.id AND r.role = 'administrator'
      AND EXISTS (SELECT 1 FROM passkeys k WHERE k.operator_id = NEW.id) ORDER BY 1
    LOOP PERFORM gatehouse_keep_administrators(tenant); END LOOP;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER operator_suspended AFTER INSERT ON "operator_suspensions" FOR EACH ROW EXECUTE FUNCTION gatehouse_operator_barred();
CREATE TRIGGER operator_disabled AFTER UPDATE OF disabled_at ON "operators" FOR EACH ROW EXECUTE FUNCTION gatehouse_operator_barred();
