-- The door's memory of who knocked how often. Keys are hashes: the table names no person and no address.

CREATE TABLE "rate_limits" (
    "key" BYTEA NOT NULL,
    "full_at" TIMESTAMPTZ(6) NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "wait_until" TIMESTAMPTZ(6),
    "announced_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "rate_limits_pkey" PRIMARY KEY ("key")
);

CREATE INDEX "rate_limits_updated_at_idx" ON "rate_limits"("updated_at");

GRANT SELECT, INSERT, UPDATE, DELETE ON "rate_limits" TO gatehouse_app;

ALTER TABLE "service_tokens" ADD COLUMN "requests_per_minute" INTEGER NOT NULL DEFAULT 12000;
ALTER TABLE "service_tokens" ADD CONSTRAINT "service_tokens_rate_sane" CHECK ("requests_per_minute" BETWEEN 1 AND 1000000);
