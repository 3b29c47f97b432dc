-- Answers of changes that were sent with an Idempotency-Key: the same key and body get the same answer, for a day at least.
CREATE TABLE "idempotency_keys" (
    "tenant_id" UUID NOT NULL,
    "actor" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "held_until" TIMESTAMPTZ(3) NOT NULL,
    "status" INTEGER,
    "answer" TEXT,
    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("tenant_id", "actor", "key")
);

-- ---------------------------------------------------------------------------------------------------------------
-- Below: what Prisma's schema language cannot say.
-- ---------------------------------------------------------------------------------------------------------------

CREATE INDEX "idempotency_keys_age" ON "idempotency_keys" ("tenant_id", "created_at");
GRANT SELECT, INSERT, UPDATE, DELETE ON "idempotency_keys" TO gatehouse_app;
ALTER TABLE "idempotency_keys" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "idempotency_keys" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON "idempotency_keys" USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant());
