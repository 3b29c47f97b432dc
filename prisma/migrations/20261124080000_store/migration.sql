-- What an event says beside its bytes, so that views follow from columns alone; networks; retention, holds, erasure; saved searches.

ALTER TABLE "events" ADD COLUMN "asn" BIGINT;
ALTER TABLE "events" ADD COLUMN "as_name" TEXT;
ALTER TABLE "events" ADD COLUMN "person_issuer" TEXT;
ALTER TABLE "events" ADD COLUMN "person_subject" TEXT;
ALTER TABLE "events" ADD COLUMN "person_name" TEXT;
ALTER TABLE "events" ADD COLUMN "person_email" TEXT;
ALTER TABLE "events" ADD COLUMN "account_type" TEXT;
ALTER TABLE "events" ADD COLUMN "source_session_id" TEXT;
ALTER TABLE "events" ADD COLUMN "device_fingerprint" TEXT;
ALTER TABLE "events" ADD COLUMN "device_label" TEXT;
ALTER TABLE "events" ADD COLUMN "device_strong" BOOLEAN;

ALTER TABLE "sessions" ADD COLUMN "asn" BIGINT;
ALTER TABLE "sessions" ADD COLUMN "as_name" TEXT;
ALTER TABLE "devices" ADD COLUMN "asn" BIGINT;
ALTER TABLE "devices" ADD COLUMN "as_name" TEXT;

CREATE INDEX "events_tenant_id_asn_occurred_at_idx" ON "events"("tenant_id", "asn", "occurred_at");
CREATE INDEX "events_tenant_id_country_occurred_at_idx" ON "events"("tenant_id", "country", "occurred_at");
CREATE INDEX "events_tenant_id_type_occurred_at_idx" ON "events"("tenant_id", "type", "occurred_at");
CREATE INDEX "events_tenant_id_device_id_occurred_at_idx" ON "events"("tenant_id", "device_id", "occurred_at");
CREATE INDEX "sessions_tenant_id_device_id_idx" ON "sessions"("tenant_id", "device_id");
CREATE INDEX "sessions_tenant_id_ip_idx" ON "sessions"("tenant_id", "ip");
CREATE INDEX "sessions_tenant_id_asn_idx" ON "sessions"("tenant_id", "asn");
CREATE INDEX "sessions_tenant_id_country_idx" ON "sessions"("tenant_id", "country");
CREATE INDEX "session_clients_tenant_id_client_idx" ON "session_clients"("tenant_id", "client");
CREATE INDEX "people_tenant_id_last_seen_at_id_idx" ON "people"("tenant_id", "last_seen_at", "id");

ALTER TABLE "people" ADD COLUMN "email_key" TEXT GENERATED ALWAYS AS (lower("email")) STORED;
CREATE INDEX "people_tenant_id_email_key_idx" ON "people"("tenant_id", "email_key");

CREATE TABLE "people_words" (
    "tenant_id" UUID NOT NULL,
    "person_id" UUID NOT NULL,
    "words" TEXT NOT NULL,
    CONSTRAINT "people_words_pkey" PRIMARY KEY ("tenant_id", "person_id")
);

CREATE TABLE "retention_policies" (
    "tenant_id" UUID NOT NULL,
    "event_type" TEXT NOT NULL,
    "keep_days" INTEGER NOT NULL,
    "set_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "set_by" TEXT NOT NULL,
    CONSTRAINT "retention_policies_pkey" PRIMARY KEY ("tenant_id", "event_type")
);

CREATE TABLE "legal_holds" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "reason" TEXT NOT NULL,
    "person_id" UUID,
    "placed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "placed_by" TEXT NOT NULL,
    "released_at" TIMESTAMPTZ(3),
    "released_by" TEXT,
    CONSTRAINT "legal_holds_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE TABLE "saved_searches" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "list" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "filter" JSONB NOT NULL,
    "owner_id" TEXT NOT NULL,
    "shared" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "saved_searches_pkey" PRIMARY KEY ("tenant_id", "id")
);

CREATE UNIQUE INDEX "saved_searches_tenant_id_list_owner_id_name_key" ON "saved_searches"("tenant_id", "list", "owner_id", "name");

-- Below: what Prisma's schema language cannot say.

ALTER TABLE "retention_policies" ADD CONSTRAINT "retention_policies_keep_sane" CHECK ("keep_days" BETWEEN 1 AND 36500);
ALTER TABLE "legal_holds" ADD CONSTRAINT "legal_holds_reason_given" CHECK (length(btrim("reason")) >= 3);

GRANT SELECT, INSERT, UPDATE, DELETE ON "people_words", "retention_policies", "saved_searches" TO gatehouse_app;
GRANT SELECT, INSERT ON "legal_holds" TO gatehouse_app;
-- A hold is released, never rewritten or taken out of the books.
GRANT UPDATE ("released_at", "released_by") ON "legal_holds" TO gatehouse_app;
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['people_words', 'retention_policies', 'legal_holds', 'saved_searches'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_wall ON %I USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant())', t);
  END LOOP;
END
$$;

-- Who may take events away: a role that the desk and the worker never are.
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gatehouse_retention') THEN
    CREATE ROLE gatehouse_retention NOLOGIN NOBYPASSRLS;
  END IF;
  EXECUTE format('GRANT gatehouse_retention TO %I', current_user);
END
$$;
GRANT gatehouse_app TO gatehouse_retention;

-- The months that have a partition, oldest first.
CREATE FUNCTION gatehouse_event_months() RETURNS SETOF date LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT to_date(substr(c.relname, 8), 'YYYY_MM') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'public.events'::regclass AND c.relname ~ '^events_[0-9]{4}_[0-9]{2}$' ORDER BY 1
$$;
REVOKE ALL ON FUNCTION gatehouse_event_months() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse_event_months() TO gatehouse_app;

-- Takes away what a tenant's policy says is over in one month: the partition as a whole where nothing else is in it, else its rows.
-- The policy, the holds and the signals still being worked on are read here, so that no caller can take more. Rows of `gone` name the
-- people, sessions and devices whose views are to be derived anew. Partitions are asked by name: the wall stands on the parent table.
CREATE FUNCTION gatehouse_retire_month(wanted date, OUT events bigint, OUT partition_dropped boolean,
    OUT people uuid[], OUT sessions uuid[], OUT devices uuid[])
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  tenant uuid := gatehouse_tenant();
  partition_name text := 'events_' || to_char(wanted, 'YYYY_MM');
  rest boolean;
BEGIN
  events := 0; partition_dropped := false; people := '{}'; sessions := '{}'; devices := '{}';
  IF tenant IS NULL THEN RAISE EXCEPTION 'no tenant is set' USING ERRCODE = 'insufficient_privilege'; END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'public.events'::regclass AND c.relname = partition_name)
  THEN RETURN; END IF;
  IF EXISTS (SELECT 1 FROM legal_holds h WHERE h.tenant_id = tenant AND h.released_at IS NULL AND h.person_id IS NULL) THEN RETURN; END IF;
  CREATE TEMP TABLE IF NOT EXISTS gone (id uuid, person_id uuid, session_id uuid, device_id uuid) ON COMMIT DELETE ROWS;
  TRUNCATE gone;
  EXECUTE format($q$
    INSERT INTO gone SELECT e.id, e.person_id, e.session_id, e.device_id FROM %I e
    WHERE e.tenant_id = $1 AND e.occurred_at < clock_timestamp() - make_interval(days => (
        SELECT p.keep_days FROM retention_policies p WHERE p.tenant_id = $1 AND p.event_type IN (e.type, '*') ORDER BY p.event_type = '*' LIMIT 1))
      AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.tenant_id = $1 AND h.released_at IS NULL AND h.person_id = e.person_id)
      AND NOT EXISTS (SELECT 1 FROM signal_events g JOIN signals s ON s.tenant_id = g.tenant_id AND s.id = g.signal_id
        WHERE g.tenant_id = $1 AND g.event_id = e.id AND s.state IN ('open', 'acknowledged', 'in_progress'))$q$, partition_name) USING tenant;
  SELECT count(*), COALESCE(array_agg(DISTINCT g.person_id) FILTER (WHERE g.person_id IS NOT NULL), '{}'),
    COALESCE(array_agg(DISTINCT g.session_id) FILTER (WHERE g.session_id IS NOT NULL), '{}'),
    COALESCE(array_agg(DISTINCT g.device_id) FILTER (WHERE g.device_id IS NOT NULL), '{}')
    INTO events, people, sessions, devices FROM gone g;
  IF events = 0 THEN RETURN; END IF;
  DELETE FROM event_ids i USING gone g WHERE i.tenant_id = tenant AND i.event_id = g.id
    AND i.occurred_at >= wanted AND i.occurred_at < wanted + interval '1 month' + interval '1 day';
  DELETE FROM event_variants v WHERE v.tenant_id = tenant AND NOT EXISTS (SELECT 1 FROM event_ids i WHERE i.tenant_id = v.tenant_id
    AND i.provider_id = v.provider_id AND i.source_event_id = v.source_event_id);
  EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I e WHERE e.tenant_id <> $1 OR NOT EXISTS (SELECT 1 FROM gone g WHERE g.id = e.id))', partition_name)
    INTO rest USING tenant;
  IF rest THEN
    EXECUTE format('DELETE FROM %I e USING gone g WHERE e.tenant_id = $1 AND e.id = g.id', partition_name) USING tenant;
  ELSE
    EXECUTE format('DROP TABLE %I', partition_name);
    partition_dropped := true;
  END IF;
END
$$;

-- Takes a person out of their events: what names them goes, what counts stays. Digests go too, so that a redelivery is recognised
-- by its id alone and its bytes are not taken in again. Refused under a hold.
CREATE FUNCTION gatehouse_erase_person(person uuid, OUT events bigint)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE tenant uuid := gatehouse_tenant();
BEGIN
  IF tenant IS NULL THEN RAISE EXCEPTION 'no tenant is set' USING ERRCODE = 'insufficient_privilege'; END IF;
  IF EXISTS (SELECT 1 FROM legal_holds h WHERE h.tenant_id = tenant AND h.released_at IS NULL AND (h.person_id IS NULL OR h.person_id = person)) THEN
    RAISE EXCEPTION 'a legal hold covers this person' USING ERRCODE = 'GH001';
  END IF;
  DELETE FROM event_variants v USING events e WHERE e.tenant_id = tenant AND e.person_id = person AND v.tenant_id = tenant
    AND v.provider_id = e.provider_id AND v.source_event_id = e.source_event_id;
  UPDATE event_ids i SET digest = '\x' FROM events e WHERE e.tenant_id = tenant AND e.person_id = person AND i.tenant_id = tenant
    AND i.provider_id = e.provider_id AND i.source_event_id = e.source_event_id;
  UPDATE events e SET person_issuer = 'urn:gatehouse:erased', person_subject = e.person_id::text, person_name = NULL, person_email = NULL,
    actor = NULL, ip = NULL, user_agent = NULL, region = NULL, city = NULL, latitude = NULL, longitude = NULL, radius_km = NULL,
    asn = NULL, as_name = NULL, detail = '{"erased": true}', raw = '\x7b7d',
    source_session_id = 'erased:' || e.session_id::text, device_fingerprint = 'erased:' || e.device_id::text,
    device_label = CASE WHEN e.device_id IS NULL THEN NULL ELSE 'Erased device' END
  WHERE e.tenant_id = tenant AND e.person_id = person;
  GET DIAGNOSTICS events = ROW_COUNT;
END
$$;
REVOKE ALL ON FUNCTION gatehouse_retire_month(date), gatehouse_erase_person(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse_retire_month(date), gatehouse_erase_person(uuid) TO gatehouse_retention;

-- Finding people by a part of their name, e-mail or subject. The words stand apart from the people, so that seeing somebody again
-- touches no trigram. Under row-level security a pattern is never an index condition, because it could leak; in the function the
-- tenant is its own condition, so the trigrams serve.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX "people_words_trigrams" ON "people_words" USING gin ("words" gin_trgm_ops);
DROP INDEX "people_email";
CREATE FUNCTION gatehouse_note_people_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM people_words WHERE tenant_id = OLD.tenant_id AND person_id = OLD.id;
    RETURN NULL;
  END IF;
  INSERT INTO people_words (tenant_id, person_id, words) VALUES (NEW.tenant_id, NEW.id, concat_ws(E'\n', NEW.display_name, NEW.email, NEW.subject))
  ON CONFLICT (tenant_id, person_id) DO UPDATE SET words = excluded.words;
  RETURN NULL;
END
$$;
CREATE TRIGGER people_words_new AFTER INSERT OR DELETE ON "people" FOR EACH ROW EXECUTE FUNCTION gatehouse_note_people_words();
CREATE TRIGGER people_words_changed AFTER UPDATE ON "people" FOR EACH ROW
  WHEN ((OLD.display_name, OLD.email, OLD.subject) IS DISTINCT FROM (NEW.display_name, NEW.email, NEW.subject)) EXECUTE FUNCTION gatehouse_note_people_words();
CREATE FUNCTION gatehouse_people_matching(pattern text) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT w.person_id FROM people_words w WHERE w.tenant_id = gatehouse_tenant() AND w.words ILIKE pattern
$$;
REVOKE ALL ON FUNCTION gatehouse_people_matching(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse_people_matching(text) TO gatehouse_app;
INSERT INTO people_words (tenant_id, person_id, words)
  SELECT tenant_id, id, concat_ws(E'\n', display_name, email, subject) FROM people ON CONFLICT DO NOTHING;
