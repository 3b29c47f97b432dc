-- A store whose months are large keeps the next ones in three parts of some ten days. The indexes by session, person, device and address
-- take a new event at a place that has nothing to do with its time, so each event touches pages all over them; in the part of these days
-- they are a third as large. A small store keeps whole months: each part costs every search that names no time a little.
-- What stands below a month stands or goes with it: retention takes months out as before, and months there are stay as they are.

-- From how many bytes of rows on a month is large: some three quarters of a million events.
CREATE FUNCTION gatehouse_large_month() RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT 1073741824::bigint $$;

CREATE OR REPLACE FUNCTION gatehouse_ensure_event_months(months date[]) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  wanted date;
  ends date;
  first date;
  firsts date[];
  partition_name text;
  part_name text;
  in_parts boolean;
  made integer := 0;
BEGIN
  FOREACH wanted IN ARRAY months LOOP
    wanted := date_trunc('month', wanted)::date;
    IF wanted < DATE '1990-01-01' OR wanted > (now() + interval '62 days')::date THEN
      RAISE EXCEPTION 'event month % is outside what the store keeps', wanted;
    END IF;
    partition_name := 'events_' || to_char(wanted, 'YYYY_MM');
    IF NOT EXISTS (SELECT 1 FROM pg_class WHERE relname = partition_name AND relnamespace = 'public'::regnamespace) THEN
      PERFORM pg_advisory_xact_lock(hashtext('gatehouse_ensure_event_months'));
      -- Asked again by a query of its own: a look-up by name may still answer from before the wait.
      IF NOT EXISTS (SELECT 1 FROM pg_class WHERE relname = partition_name AND relnamespace = 'public'::regnamespace) THEN
        in_parts := EXISTS (SELECT 1 FROM pg_inherits i WHERE i.inhparent = 'public.events'::regclass
          AND (SELECT sum(pg_relation_size(t.relid)) FROM pg_partition_tree(i.inhrelid) t WHERE t.isleaf) >= gatehouse_large_month());
        ends := (wanted + interval '1 month')::date;
        EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)%s', partition_name,
          CASE WHEN in_parts THEN ' PARTITION BY RANGE (occurred_at)' END);
        firsts := CASE WHEN in_parts THEN ARRAY[wanted, wanted + 10, wanted + 20, ends] ELSE ARRAY[ends] END;
        FOR part IN 1..array_length(firsts, 1) - 1 LOOP
          first := firsts[part];
          -- A month that was taken out keeps the names of its parts until it is dropped, and may have come again by then.
          part_name := partition_name || '_' || to_char(first, 'DD') || '_' || pg_current_xact_id();
          EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part_name);
          EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition_name, part_name,
            first::timestamp AT TIME ZONE 'UTC', firsts[part + 1]::timestamp AT TIME ZONE 'UTC');
        END LOOP;
        EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition_name,
          wanted::timestamp AT TIME ZONE 'UTC', ends::timestamp AT TIME ZONE 'UTC');
        made := made + 1;
      END IF;
    END IF;
  END LOOP;
  RETURN made;
END
$$;

-- So that a process sees when a newer version has migrated the database under it. Where a tool tries migrations out there is no such table.
DO $$
BEGIN
  IF to_regclass('public._prisma_migrations') IS NOT NULL THEN GRANT SELECT ON public._prisma_migrations TO gatehouse_app; END IF;
END
$$;
