-- Sender-constrained service tokens (RFC 9449): the SHA-256 thumbprint (RFC 7638) of the one key that may use the token.
ALTER TABLE "service_tokens" ADD COLUMN "proof_key" TEXT;
ALTER TABLE "service_tokens" ADD CONSTRAINT "service_tokens_proof_key_form" CHECK ("proof_key" ~ '^[A-Za-z0-9_-]{43}$');
-- Proofs that were shown, each of which serves once.
CREATE TABLE "seen_token_proofs" (
    "token_id" UUID NOT NULL,
    "jti_hash" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "seen_token_proofs_pkey" PRIMARY KEY ("token_id", "jti_hash")
);
CREATE INDEX "seen_token_proofs_expires_at_idx" ON "seen_token_proofs"("expires_at");
GRANT SELECT, INSERT, DELETE ON "seen_token_proofs" TO gatehouse_app;
