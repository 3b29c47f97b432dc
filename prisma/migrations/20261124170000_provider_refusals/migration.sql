-- The last delivery that was refused whole, so that the page of a provider can say it for push and hooks too.
ALTER TABLE "providers" ADD COLUMN "last_refusal" TEXT, ADD COLUMN "last_refusal_at" TIMESTAMPTZ(3);
