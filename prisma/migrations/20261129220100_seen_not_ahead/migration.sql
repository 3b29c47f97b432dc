-- Views take an event as seen when it happened, but never later than it came in. Whom and what earlier events wrote ahead of the clock
-- speak of is noted here as if a month had been taken out: the worker's next retention run derives these views anew and drops the note.
CREATE TABLE "derive_not_ahead" AS SELECT tenant_id, provider_id, source_event_id, NULL::uuid AS id, person_id, session_id, device_id FROM events LIMIT 0;
DO $$
DECLARE
  tenant uuid;
  before text := current_setting('gatehouse.tenant', true);
BEGIN
  FOR tenant IN SELECT t.id FROM tenants t LOOP
    PERFORM set_config('gatehouse.tenant', tenant::text, true);
    INSERT INTO derive_not_ahead SELECT DISTINCT e.tenant_id, NULL::uuid, NULL::text, NULL::uuid, e.person_id, e.session_id, e.device_id
      FROM events e WHERE e.tenant_id = tenant AND e.occurred_at > e.received_at;
    INSERT INTO retired_months (tenant_id, name, events)
      SELECT tenant, 'derive_not_ahead', 0 WHERE EXISTS (SELECT 1 FROM derive_not_ahead d WHERE d.tenant_id = tenant);
  END LOOP;
  PERFORM set_config('gatehouse.tenant', COALESCE(before, ''), true);
  IF NOT EXISTS (SELECT 1 FROM retired_months WHERE name = 'derive_not_ahead') THEN DROP TABLE derive_not_ahead; END IF;
END
$$;
