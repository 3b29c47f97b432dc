-- Notices to people, written in the transaction of what they tell of, sent later.
CREATE TABLE "notices" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "operator_id" UUID,
    "address" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "lease_token" INTEGER NOT NULL DEFAULT 0,
    "lease_until" TIMESTAMPTZ(3),
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),
    "error" TEXT,
    CONSTRAINT "notices_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE INDEX "notices_tenant_id_created_at_id_idx" ON "notices"("tenant_id", "created_at", "id");

CREATE INDEX "notices_tenant_id_operator_id_created_at_idx" ON "notices"("tenant_id", "operator_id", "created_at");

-- Every notification address of an operator besides the one they sign in with (NIST SP 800-63B-4: two or more).
ALTER TABLE "operators" ADD COLUMN "notification_addresses" TEXT[];

CREATE INDEX "notices_waiting" ON "notices" ("tenant_id", "next_attempt_at") WHERE "finished_at" IS NULL;
ALTER TABLE "notices" ADD CONSTRAINT "notices_state_known" CHECK ("state" IN ('waiting', 'sending', 'sent', 'failed', 'shown'));
-- What was said to whom is fixed when it is written; only the sending moves.
GRANT SELECT, INSERT ON "notices" TO gatehouse_app;
GRANT UPDATE ("state", "attempts", "lease_token", "lease_until", "next_attempt_at", "finished_at", "error") ON "notices" TO gatehouse_app;
ALTER TABLE "notices" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "notices" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON "notices" USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant());
