-- People who were signed out everywhere at their provider: every session that had started by then ended, though no record names it.

ALTER TABLE "events" ADD COLUMN "ends_sessions_until" TIMESTAMPTZ(3);

CREATE TABLE "sign_outs" (
    "tenant_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "provider_id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "session_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "sign_outs_pkey" PRIMARY KEY ("tenant_id", "event_id")
);
CREATE INDEX "sign_outs_tenant_id_person_id_at_idx" ON "sign_outs"("tenant_id", "person_id", "at");

ALTER TABLE "sessions" ADD COLUMN "own_ended_at" TIMESTAMPTZ(3);
ALTER TABLE "sessions" ADD COLUMN "own_end_reason" TEXT;
ALTER TABLE "sessions" ADD COLUMN "used_at" TIMESTAMPTZ(3);

-- Below: what Prisma's schema language cannot say.

-- Few rows have it; the others cost the look whether they do.
CREATE INDEX "events_sign_outs" ON "events" ("tenant_id", "person_id", "occurred_at") WHERE "ends_sessions_until" IS NOT NULL;
CREATE INDEX "sessions_signed_out_everywhere" ON "sessions" ("tenant_id", "last_seen_at" DESC, "id" DESC) WHERE "end_reason" = 'signed_out_everywhere';

GRANT SELECT, INSERT, UPDATE, DELETE ON "sign_outs" TO gatehouse_app;
ALTER TABLE "sign_outs" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "sign_outs" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON "sign_outs" USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant());

-- So far a session ended by what named it alone. When it was last in use is asked of the events once, in one pass.
UPDATE "sessions" s SET own_ended_at = s.ended_at, own_end_reason = s.end_reason, used_at = u.at
FROM "sessions" k LEFT JOIN (
  SELECT tenant_id, session_id, max(occurred_at) AS at FROM events
  WHERE session_id IS NOT NULL AND source_session_id IS NOT NULL AND outcome <> 'failure' AND type NOT IN ('session_ended', 'sign_out', 'session_revoked',
    'token_revoked', 'token_reused', 'consent_revoked', 'mfa_challenge', 'password_reset_requested', 'recovery_started', 'impersonation_ended',
    'risk_detected', 'account_locked', 'account_disabled', 'account_deleted')
  GROUP BY tenant_id, session_id
) AS u ON u.tenant_id = k.tenant_id AND u.session_id = k.id
WHERE s.tenant_id = k.tenant_id AND s.id = k.id AND (k.ended_at IS NOT NULL OR u.at IS NOT NULL);
