-- A security event token names a person as its event does, so it goes with it: emptied when the event is retired or its person
-- erased. Issuer, id and digest stay, so that the same token sent again is still recognised.
CREATE OR REPLACE FUNCTION gatehouse_retire_month(wanted date, OUT events bigint, OUT partition_dropped boolean,
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
  WITH forgotten AS (
    DELETE FROM event_ids i USING gone g WHERE i.tenant_id = tenant AND i.event_id = g.id
      AND i.occurred_at >= wanted AND i.occurred_at < wanted + interval '1 month' + interval '1 day'
    RETURNING i.provider_id, i.source_event_id)
  UPDATE ssf_sets s SET token = '\x' FROM forgotten f JOIN ssf_receivers r ON r.tenant_id = tenant AND r.provider_id = f.provider_id
    WHERE s.tenant_id = tenant AND s.receiver_id = r.id AND s.issuer || ' ' || s.jti = f.source_event_id;
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

CREATE OR REPLACE FUNCTION gatehouse_erase_person(person uuid, OUT events bigint)
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
  UPDATE ssf_sets s SET token = '\x', subject_hash = '\x' FROM events e JOIN ssf_receivers r ON r.tenant_id = tenant AND r.provider_id = e.provider_id
    WHERE e.tenant_id = tenant AND e.person_id = person AND s.tenant_id = tenant AND s.receiver_id = r.id
      AND s.issuer || ' ' || s.jti = e.source_event_id;
  UPDATE events e SET person_issuer = 'urn:gatehouse:erased', person_subject = e.person_id::text, person_name = NULL, person_email = NULL,
    actor = NULL, ip = NULL, user_agent = NULL, region = NULL, city = NULL, latitude = NULL, longitude = NULL, radius_km = NULL,
    asn = NULL, as_name = NULL, detail = '{"erased": true}', raw = '\x7b7d',
    source_session_id = 'erased:' || e.session_id::text, device_fingerprint = 'erased:' || e.device_id::text,
    device_label = CASE WHEN e.device_id IS NULL THEN NULL ELSE 'Erased device' END
  WHERE e.tenant_id = tenant AND e.person_id = person;
  GET DIAGNOSTICS events = ROW_COUNT;
END
$$;
