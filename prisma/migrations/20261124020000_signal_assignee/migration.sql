-- Whose signal it is. Taking one and giving it back is a change like any other: from whom, to whom, audited.
ALTER TABLE "signals" ADD COLUMN "assignee_id" UUID, ADD COLUMN "assigned_at" TIMESTAMPTZ(3);

-- The queue asks for what is open, and for what is open and mine.
CREATE INDEX "signals_tenant_id_state_last_at_id_idx" ON "signals"("tenant_id", "state", "last_at", "id");

CREATE INDEX "signals_tenant_id_person_id_last_at_idx" ON "signals"("tenant_id", "person_id", "last_at");
