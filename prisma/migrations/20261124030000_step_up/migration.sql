-- A session knows how it began, when a passkey was last shown in it, and its own idle limit (roles may tighten it).
ALTER TABLE "operator_sessions" ALTER COLUMN "passkey_id" DROP NOT NULL;
ALTER TABLE "operator_sessions" ADD COLUMN "passkey_proved_at" TIMESTAMPTZ(3);
ALTER TABLE "operator_sessions" ADD COLUMN "way" TEXT NOT NULL DEFAULT 'passkey';
ALTER TABLE "operator_sessions" ADD COLUMN "idle_minutes" INTEGER NOT NULL DEFAULT 15;
UPDATE "operator_sessions" SET "passkey_proved_at" = "proved_at";
ALTER TABLE "operator_sessions" ADD CONSTRAINT "operator_sessions_way_known"
  CHECK ("way" IN ('passkey', 'enrolment', 'password', 'federated', 'recovery'));
