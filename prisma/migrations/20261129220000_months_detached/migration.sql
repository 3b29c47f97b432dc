-- A month that is over goes as a whole: taken out of `events` in one short step, then, without anybody waiting, the views are derived
-- anew and the table is dropped. Dropped in the transaction that derived the views, it kept everybody from reading and writing events
-- meanwhile; and what came in between the look and the drop was lost with it.
DROP FUNCTION gatehouse_retire_month(date);

-- Months that were taken out and are not dropped yet: whose events are in them. Only the functions below write it.
CREATE TABLE "retired_months" (
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "events" BIGINT NOT NULL,
    "taken_out_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "retired_months_pkey" PRIMARY KEY ("tenant_id", "name")
);

ALTER TABLE "retired_months" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "retired_months" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_wall ON "retired_months" USING (tenant_id = gatehouse_tenant()) WITH CHECK (tenant_id = gatehouse_tenant());
GRANT SELECT ON "retired_months" TO gatehouse_app;
-- A month is dropped when no tenant has work left in it, so the definer sees over the wall in this one table.
DO $$
BEGIN
  EXECUTE format('CREATE POLICY whose_turn ON retired_months TO %I USING (true)', current_user);
END
$$;

-- What the running tenant's policy says is over, of events `e`: by the rule of the type, else by that for all others; not what a hold
-- on the person covers, nor what a signal still being worked on stands on. $1 is the tenant. Months are asked by their own name: the
-- wall stands on the parent table.
CREATE FUNCTION gatehouse_over_rule() RETURNS text LANGUAGE sql IMMUTABLE AS $fn$ SELECT $q$
  e.tenant_id = $1 AND e.occurred_at < COALESCE(
      (SELECT clock_timestamp() - make_interval(days => p.keep_days) FROM retention_policies p WHERE p.tenant_id = $1 AND p.event_type = e.type),
      (SELECT clock_timestamp() - make_interval(days => p.keep_days) FROM retention_policies p WHERE p.tenant_id = $1 AND p.event_type = '*'))
    AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.tenant_id = $1 AND h.released_at IS NULL AND h.person_id = e.person_id)
    AND NOT EXISTS (SELECT 1 FROM signal_events g JOIN signals s ON s.tenant_id = g.tenant_id AND s.id = g.signal_id
      WHERE g.tenant_id = $1 AND g.event_id = e.id AND s.state IN ('open', 'acknowledged', 'in_progress'))
$q$ $fn$;

CREATE FUNCTION gatehouse_is_held() RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT 1 FROM legal_holds h WHERE h.tenant_id = gatehouse_tenant() AND h.released_at IS NULL AND h.person_id IS NULL)
$$;

-- Takes a past month out of `events` if every event in it is over, each by the rules of its own tenant. Rows: whose events went, and how
-- many; none when the month stays. Whoever writes into the month is waited for, so nothing is lost that came in meanwhile.
CREATE FUNCTION gatehouse_take_out_month(wanted date) RETURNS TABLE (tenant_id uuid, events bigint, people bigint)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  partition_name text := 'events_' || to_char(wanted, 'YYYY_MM');
  retired_name text := 'retired_' || to_char(wanted, 'YYYY_MM') || '_' || pg_current_xact_id();
  asking text := current_setting('gatehouse.tenant', true);
  one uuid;
  found_more boolean;
  stays boolean;
  whose uuid[];
BEGIN
  IF gatehouse_tenant() IS NULL THEN RAISE EXCEPTION 'no tenant is set' USING ERRCODE = 'insufficient_privilege'; END IF;
  IF (wanted + interval '1 month') AT TIME ZONE 'UTC' > clock_timestamp() THEN RETURN; END IF;
  -- The first look holds up nobody; only a month that seems to be over is locked and looked at again.
  FOR look IN 1..2 LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'public.events'::regclass AND c.relname = partition_name)
    THEN RETURN; END IF;
    IF look = 2 THEN EXECUTE format('LOCK TABLE ONLY %I IN SHARE ROW EXCLUSIVE MODE', partition_name); END IF;
    one := '00000000-0000-0000-0000-000000000000';
    whose := '{}';
    LOOP
      EXECUTE format('SELECT e.tenant_id FROM %I e WHERE e.tenant_id > $1 ORDER BY e.tenant_id LIMIT 1', partition_name) INTO one USING one;
      EXIT WHEN one IS NULL;
      whose := whose || one;
      PERFORM set_config('gatehouse.tenant', one::text, true);
      stays := gatehouse_is_held();
      IF NOT stays THEN
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I e WHERE e.tenant_id = $1 AND (%s) IS NOT TRUE)', partition_name, gatehouse_over_rule())
          INTO stays USING one;
      END IF;
      PERFORM set_config('gatehouse.tenant', asking, true);
      IF stays THEN RETURN; END IF;
    END LOOP;
  END LOOP;
  -- From here on all wait who read or write events; whoever reads long is not waited for, and the month stays until another time.
  PERFORM set_config('lock_timeout', '500ms', true);
  EXECUTE format('ALTER TABLE events DETACH PARTITION %I', partition_name);
  EXECUTE format('ALTER TABLE %I RENAME TO %I', partition_name, retired_name);
  IF whose = '{}' THEN EXECUTE format('DROP TABLE %I', retired_name); END IF;
  FOREACH one IN ARRAY whose LOOP
    EXECUTE format('SELECT count(*), count(DISTINCT e.person_id) FROM %I e WHERE e.tenant_id = $1', retired_name) INTO events, people USING one;
    INSERT INTO retired_months (tenant_id, name, events) VALUES (one, retired_name, events);
    tenant_id := one;
    RETURN NEXT;
  END LOOP;
END
$$;

-- Takes away up to `most` events of the running tenant that are over in a month in which others stay, and what recognised them.
CREATE FUNCTION gatehouse_retire_rows(wanted date, most integer, OUT events bigint, OUT people uuid[], OUT sessions uuid[], OUT devices uuid[])
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  tenant uuid := gatehouse_tenant();
  partition_name text := 'events_' || to_char(wanted, 'YYYY_MM');
BEGIN
  events := 0; people := '{}'; sessions := '{}'; devices := '{}';
  IF tenant IS NULL THEN RAISE EXCEPTION 'no tenant is set' USING ERRCODE = 'insufficient_privilege'; END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'public.events'::regclass AND c.relname = partition_name)
    OR gatehouse_is_held() THEN RETURN; END IF;
  EXECUTE format($q$
    WITH over AS (SELECT e.occurred_at, e.id FROM %1$I e WHERE %2$s LIMIT $2),
    gone AS (DELETE FROM %1$I e USING over o WHERE e.tenant_id = $1 AND e.occurred_at = o.occurred_at AND e.id = o.id
      RETURNING e.id, e.provider_id, e.source_event_id, e.person_id, e.session_id, e.device_id),
    forgotten AS (DELETE FROM event_ids i USING gone g WHERE i.tenant_id = $1 AND i.provider_id = g.provider_id
      AND i.source_event_id = g.source_event_id AND i.event_id = g.id RETURNING i.provider_id, i.source_event_id),
    variants AS (DELETE FROM event_variants v USING forgotten f WHERE v.tenant_id = $1 AND v.provider_id = f.provider_id
      AND v.source_event_id = f.source_event_id),
    tokens AS (UPDATE ssf_sets s SET token = '\x' FROM forgotten f JOIN ssf_receivers r ON r.tenant_id = $1 AND r.provider_id = f.provider_id
      WHERE s.tenant_id = $1 AND s.receiver_id = r.id AND s.issuer || ' ' || s.jti = f.source_event_id)
    SELECT count(*), COALESCE(array_agg(DISTINCT g.person_id) FILTER (WHERE g.person_id IS NOT NULL), '{}'),
      COALESCE(array_agg(DISTINCT g.session_id) FILTER (WHERE g.session_id IS NOT NULL), '{}'),
      COALESCE(array_agg(DISTINCT g.device_id) FILTER (WHERE g.device_id IS NOT NULL), '{}') FROM gone g$q$,
    partition_name, gatehouse_over_rule()) INTO events, people, sessions, devices USING tenant, most;
END
$$;

-- The months that were taken out and are not dropped yet, in all tenants: whoever finds one finishes it.
CREATE FUNCTION gatehouse_retired_months() RETURNS TABLE (tenant_id uuid, name text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT r.tenant_id, r.name FROM retired_months r ORDER BY r.name, r.tenant_id
$$;

-- Of whom a month that was taken out speaks, in order of their ids, from after one on: people, sessions or devices of the running tenant.
CREATE FUNCTION gatehouse_retired_ids(retired_name text, of_whom text, past uuid, most integer) RETURNS SETOF uuid
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF of_whom NOT IN ('person_id', 'session_id', 'device_id') THEN RAISE EXCEPTION 'no such column'; END IF;
  IF NOT EXISTS (SELECT 1 FROM retired_months r WHERE r.tenant_id = gatehouse_tenant() AND r.name = retired_name) THEN RETURN; END IF;
  RETURN QUERY EXECUTE format('SELECT DISTINCT e.%1$I FROM %2$I e WHERE e.tenant_id = $1 AND e.%1$I > $2 ORDER BY 1 LIMIT $3', of_whom, retired_name)
    USING gatehouse_tenant(), past, most;
END
$$;

-- Forgets what recognised the running tenant's events of a month that was taken out, and drops it when no other tenant has work left in
-- it. True when it was dropped.
CREATE FUNCTION gatehouse_drop_retired(retired_name text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE tenant uuid := gatehouse_tenant();
BEGIN
  -- One after the other: of two that finish at once, one is the last.
  PERFORM pg_advisory_xact_lock(hashtext('gatehouse_drop_retired'));
  IF NOT EXISTS (SELECT 1 FROM retired_months r WHERE r.tenant_id = tenant AND r.name = retired_name) THEN RETURN false; END IF;
  EXECUTE format($q$
    WITH forgotten AS (DELETE FROM event_ids i USING %I e WHERE e.tenant_id = $1 AND i.tenant_id = $1 AND i.provider_id = e.provider_id
      AND i.source_event_id = e.source_event_id AND i.event_id = e.id RETURNING i.provider_id, i.source_event_id),
    variants AS (DELETE FROM event_variants v USING forgotten f WHERE v.tenant_id = $1 AND v.provider_id = f.provider_id
      AND v.source_event_id = f.source_event_id)
    UPDATE ssf_sets s SET token = '\x' FROM forgotten f JOIN ssf_receivers r ON r.tenant_id = $1 AND r.provider_id = f.provider_id
      WHERE s.tenant_id = $1 AND s.receiver_id = r.id AND s.issuer || ' ' || s.jti = f.source_event_id$q$, retired_name) USING tenant;
  DELETE FROM retired_months r WHERE r.tenant_id = tenant AND r.name = retired_name;
  IF EXISTS (SELECT 1 FROM retired_months r WHERE r.name = retired_name) THEN RETURN false; END IF;
  EXECUTE format('DROP TABLE %I', retired_name);
  RETURN true;
END
$$;

REVOKE ALL ON FUNCTION gatehouse_over_rule(), gatehouse_is_held(), gatehouse_take_out_month(date), gatehouse_retire_rows(date, integer),
  gatehouse_retired_months(), gatehouse_retired_ids(text, text, uuid, integer), gatehouse_drop_retired(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse_take_out_month(date), gatehouse_retire_rows(date, integer), gatehouse_retired_months(),
  gatehouse_retired_ids(text, text, uuid, integer), gatehouse_drop_retired(text) TO gatehouse_retention;
