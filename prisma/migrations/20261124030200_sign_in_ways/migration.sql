-- The ways in besides a passkey, and what a role asks of them.
CREATE TABLE "operator_passwords" (
    "operator_id" UUID NOT NULL,
    "hash" TEXT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "operator_passwords_pkey" PRIMARY KEY ("operator_id")
);

CREATE TABLE "operator_totps" (
    "operator_id" UUID NOT NULL,
    "secret" BYTEA,
    "confirmed_at" TIMESTAMPTZ(3),
    "pending_secret" BYTEA,
    "pending_at" TIMESTAMPTZ(3),
    "last_step" BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT "operator_totps_pkey" PRIMARY KEY ("operator_id")
);

CREATE TABLE "recovery_codes" (
    "id" UUID NOT NULL,
    "operator_id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    CONSTRAINT "recovery_codes_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "recovery_codes_operator_id_hash_key" ON "recovery_codes"("operator_id", "hash");

CREATE TABLE "sign_in_providers" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "client_secret" BYTEA NOT NULL,
    "trust" JSONB NOT NULL,
    "allowance" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),
    CONSTRAINT "sign_in_providers_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "sign_in_providers_slug_key" ON "sign_in_providers"("slug");

CREATE TABLE "operator_identities" (
    "id" UUID NOT NULL,
    "operator_id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "linked_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "operator_identities_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "operator_identities_issuer_subject_key" ON "operator_identities"("issuer", "subject");

CREATE INDEX "operator_identities_operator_id_idx" ON "operator_identities"("operator_id");

-- A half-finished sign-in at another provider: short-lived, of one browser, never a session.
CREATE TABLE "federated_sign_ins" (
    "id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "browser_hash" BYTEA NOT NULL,
    "state" TEXT NOT NULL,
    "nonce" TEXT NOT NULL,
    "code_verifier" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "answered_at" TIMESTAMPTZ(3),
    "identity_id" UUID,
    "second_factor_shown" BOOLEAN NOT NULL DEFAULT false,
    "provider_session" TEXT,
    CONSTRAINT "federated_sign_ins_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "federated_sign_ins_state_key" ON "federated_sign_ins"("state");

CREATE INDEX "federated_sign_ins_expires_at_idx" ON "federated_sign_ins"("expires_at");

CREATE TABLE "role_policies" (
    "tenant_id" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "passkeys" TEXT NOT NULL,
    "aaguids" UUID[],
    "needs_passkey" BOOLEAN NOT NULL,
    "idle_minutes" INTEGER NOT NULL,
    "absolute_hours" INTEGER NOT NULL,
    CONSTRAINT "role_policies_pkey" PRIMARY KEY ("tenant_id", "role")
);

-- What happened at the desk's own door, waiting to be appended as events like those of any other provider.
CREATE TABLE "desk_records" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "operator_id" UUID,
    "kind" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "record" JSONB NOT NULL,
    "appended_at" TIMESTAMPTZ(3),
    CONSTRAINT "desk_records_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE INDEX "desk_records_tenant_id_operator_id_created_at_idx" ON "desk_records"("tenant_id", "operator_id", "created_at");

-- Enrolment is open until there are two authenticators, or one and a set of recovery codes.
ALTER TABLE "operators" ADD COLUMN "enrolment_open" BOOLEAN NOT NULL DEFAULT false;
-- An invitation may name the account at another provider that signs in as this operator.
ALTER TABLE "enrolments" ADD COLUMN "identity" JSONB;
ALTER TABLE "operator_sessions" ADD COLUMN "identity_id" UUID;
ALTER TABLE "operator_sessions" ADD COLUMN "provider_session" TEXT;
ALTER TABLE "operator_sessions" ADD COLUMN "needs_passkey" BOOLEAN NOT NULL DEFAULT false;

ALTER TABLE "operator_passwords" ADD CONSTRAINT "operator_passwords_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operators"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "operator_totps" ADD CONSTRAINT "operator_totps_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operators"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operators"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "operator_identities" ADD CONSTRAINT "operator_identities_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operators"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "operator_identities" ADD CONSTRAINT "operator_identities_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "sign_in_providers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Passwords are argon2id hashes; nothing else fits into the column.
ALTER TABLE "operator_passwords" ADD CONSTRAINT "operator_passwords_argon2id" CHECK ("hash" LIKE '$argon2id$%');
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_sha256" CHECK (octet_length("hash") = 32);
ALTER TABLE "role_policies" ADD CONSTRAINT "role_policies_passkeys_known" CHECK ("passkeys" IN ('any', 'hardware'));
ALTER TABLE "role_policies" ADD CONSTRAINT "role_policies_within_limits" CHECK ("idle_minutes" BETWEEN 1 AND 15 AND "absolute_hours" BETWEEN 1 AND 12);
CREATE INDEX "operator_sessions_identity" ON "operator_sessions" ("identity_id") WHERE "ended_at" IS NULL;

CREATE INDEX "desk_records_waiting" ON "desk_records" ("tenant_id", "created_at", "id") WHERE "appended_at" IS NULL;
GRANT SELECT, INSERT ON "desk_records" TO gatehouse_app;
GRANT UPDATE ("appended_at") ON "desk_records" TO gatehouse_app;
ALTER TABLE "desk_records" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "desk_records" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON "desk_records" USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON "operator_passwords", "operator_totps", "recovery_codes", "sign_in_providers",
  "operator_identities", "federated_sign_ins", "role_policies" TO gatehouse_app;
ALTER TABLE "role_policies" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "role_policies" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON "role_policies" USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant());
