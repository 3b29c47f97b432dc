-- How long a key signs before it is due to be replaced, and a policy that stands still while a rotation goes by it.

ALTER TABLE "signing_issuers" ADD COLUMN "period_seconds" INTEGER NOT NULL DEFAULT 31536000;
ALTER TABLE "signing_issuers" ALTER COLUMN "period_seconds" DROP DEFAULT;

-- ---------------------------------------------------------------------------------------------------------------
-- Below: what Prisma's schema language cannot say.
-- ---------------------------------------------------------------------------------------------------------------

ALTER TABLE "signing_issuers" ADD CONSTRAINT "signing_issuers_period_sound" CHECK ("period_seconds" > 0);

-- The timetable that two people signed is the one that runs.
CREATE FUNCTION gatehouse_key_policy_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM key_rotations r WHERE r.tenant_id = NEW.tenant_id AND r.issuer_id = NEW.id AND r.state IN ('running', 'halted'))
  THEN RAISE EXCEPTION 'the key policy of an issuer stands still while a rotation is open' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER signing_issuers_policy_stands BEFORE UPDATE ON "signing_issuers" FOR EACH ROW
  WHEN ((OLD.lead_seconds, OLD.client_cache_seconds, OLD.jwks_max_age_seconds, OLD.token_life_seconds, OLD.skew_seconds, OLD.keep_seconds)
    IS DISTINCT FROM (NEW.lead_seconds, NEW.client_cache_seconds, NEW.jwks_max_age_seconds, NEW.token_life_seconds, NEW.skew_seconds, NEW.keep_seconds))
  EXECUTE FUNCTION gatehouse_key_policy_stands();
