-- Hardware keys of the sealed account: a passkey that cannot be copied, given by one person and admitted by another.

ALTER TABLE "break_glass_accounts" ADD COLUMN "opened_with" TEXT;

CREATE TABLE "break_glass_keys" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "credential_id" BYTEA NOT NULL,
    "public_key" BYTEA NOT NULL,
    "counter" BIGINT NOT NULL,
    "transports" TEXT[],
    "device_type" TEXT NOT NULL,
    "aaguid" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "added_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "added_by" TEXT NOT NULL,
    "added_by_id" UUID NOT NULL,
    "admitted_at" TIMESTAMPTZ(3),
    "admitted_by" TEXT,
    "admitted_by_id" UUID,
    "last_used_at" TIMESTAMPTZ(3),
    CONSTRAINT "break_glass_keys_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "break_glass_keys_tenant_id_credential_id_key" ON "break_glass_keys"("tenant_id", "credential_id");

-- AddForeignKey
ALTER TABLE "break_glass_keys" ADD CONSTRAINT "break_glass_keys_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "break_glass_accounts"("tenant_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- ---------------------------------------------------------------------------------------------------------------
-- Below: what Prisma's schema language cannot say.
-- ---------------------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE, DELETE ON "break_glass_keys" TO gatehouse_app;
ALTER TABLE "break_glass_keys" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "break_glass_keys" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON "break_glass_keys" USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant());

-- What a cloud keeps a copy of opens nothing here.
ALTER TABLE "break_glass_keys" ADD CONSTRAINT "break_glass_keys_not_copied" CHECK ("device_type" = 'singleDevice');
ALTER TABLE "break_glass_keys" ADD CONSTRAINT "break_glass_keys_admitted_whole"
  CHECK (num_nulls("admitted_at", "admitted_by", "admitted_by_id") IN (0, 3));
ALTER TABLE "break_glass_keys" ADD CONSTRAINT "break_glass_keys_two_people" CHECK ("admitted_by_id" <> "added_by_id");

-- One person gives a key, another admits it, neither is the sealed account; afterwards only its counter moves.
CREATE FUNCTION gatehouse_break_glass_key_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE account uuid := (SELECT b.operator_id FROM break_glass_accounts b WHERE b.tenant_id = NEW.tenant_id);
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.admitted_by_id IS NOT NULL OR NEW.added_by_id = account THEN
      RAISE EXCEPTION 'a key waits for a second person' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.credential_id, NEW.public_key, NEW.device_type, NEW.aaguid, NEW.added_by_id) IS DISTINCT FROM
     (OLD.id, OLD.credential_id, OLD.public_key, OLD.device_type, OLD.aaguid, OLD.added_by_id)
  THEN RAISE EXCEPTION 'a key of the sealed account is not changed' USING ERRCODE = 'check_violation'; END IF;
  IF NEW.admitted_by_id IS DISTINCT FROM OLD.admitted_by_id THEN
    IF OLD.admitted_by_id IS NOT NULL OR NEW.admitted_by_id = account OR gatehouse_same_person(NEW.admitted_by_id, NEW.added_by_id) THEN
      RAISE EXCEPTION 'a second person admits a key' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER key_by_two BEFORE INSERT OR UPDATE ON "break_glass_keys" FOR EACH ROW EXECUTE FUNCTION gatehouse_break_glass_key_by_two();

CREATE OR REPLACE FUNCTION gatehouse_not_for_break_glass() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'operator_sessions' AND to_jsonb(NEW) ->> 'way' = 'break-glass' THEN RETURN NEW; END IF;
  IF EXISTS (SELECT 1 FROM break_glass_accounts b WHERE b.operator_id = NEW.operator_id) THEN
    RAISE EXCEPTION 'the break-glass account is opened by the halves of its code or its own hardware keys and nothing else' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
