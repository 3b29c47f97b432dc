-- Logout tokens of other providers, each taken once.
CREATE TABLE "seen_logout_tokens" (
    "provider_id" UUID NOT NULL,
    "jti" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "seen_logout_tokens_pkey" PRIMARY KEY ("provider_id", "jti")
);
GRANT SELECT, INSERT, DELETE ON "seen_logout_tokens" TO gatehouse_app;
