-- When an operator's session came from another network than before (lib/staff/session-change.ts): it is limited until a passkey is shown.
ALTER TABLE "operator_sessions" ADD COLUMN "moved_at" TIMESTAMPTZ(3);
