-- Signed heads of the audit chain: a tail that was cut off is missed by the last of them.
CREATE TABLE "audit_checkpoints" (
    "tenant_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "kid" TEXT NOT NULL,
    "jws" TEXT NOT NULL,

    CONSTRAINT "audit_checkpoints_pkey" PRIMARY KEY ("tenant_id", "seq")
);
ALTER TABLE "audit_checkpoints" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "audit_checkpoints" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON "audit_checkpoints" USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant());
GRANT SELECT, INSERT ON "audit_checkpoints" TO gatehouse_app;

CREATE FUNCTION gatehouse_checkpoint_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM audit_entries WHERE tenant_id = NEW.tenant_id AND seq = NEW.seq AND hash = NEW.hash) THEN
    RAISE EXCEPTION 'the audit chain does not say this at entry %', NEW.seq USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER audit_checkpoints_fit BEFORE INSERT ON "audit_checkpoints" FOR EACH ROW EXECUTE FUNCTION gatehouse_checkpoint_fits();
CREATE TRIGGER audit_checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_checkpoints" FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_append_only();
