-- Accounts at several providers that somebody said are one person's. Nothing is joined by itself: events, sessions and devices stay with
-- the account that they were reported of.

CREATE TABLE "person_links" (
    "tenant_id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "group_id" UUID NOT NULL,
    "reason" TEXT NOT NULL,
    "linked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "linked_by" TEXT NOT NULL,
    CONSTRAINT "person_links_pkey" PRIMARY KEY ("tenant_id", "person_id")
);
CREATE INDEX "person_links_tenant_id_group_id_idx" ON "person_links"("tenant_id", "group_id");

-- Below: what Prisma's schema language cannot say.

ALTER TABLE "person_links" ADD CONSTRAINT "person_links_reason_given" CHECK (length(btrim("reason")) >= 3);
GRANT SELECT, INSERT, UPDATE, DELETE ON "person_links" TO gatehouse_app;
ALTER TABLE "person_links" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "person_links" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON "person_links" USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant());
