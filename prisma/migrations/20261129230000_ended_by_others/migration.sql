-- Where somebody was who ended another's session, and with what, says nothing of that session any more. The sessions of which that was
-- said are noted as if a month had been taken out: the worker's next retention run derives them anew and drops the note.
CREATE TABLE "derive_ended_by_others" AS SELECT tenant_id, provider_id, source_event_id, NULL::uuid AS id, person_id, session_id, device_id FROM events LIMIT 0;
DO $$
DECLARE
  tenant uuid;
  before text := current_setting('gatehouse.tenant', true);
BEGIN
  FOR tenant IN SELECT t.id FROM tenants t LOOP
    PERFORM set_config('gatehouse.tenant', tenant::text, true);
    INSERT INTO derive_ended_by_others SELECT DISTINCT e.tenant_id, NULL::uuid, NULL::text, NULL::uuid, NULL::uuid, e.session_id, NULL::uuid
      FROM events e WHERE e.tenant_id = tenant AND e.type IN ('session_ended', 'sign_out', 'session_revoked') AND e.actor IS NOT NULL
        AND e.session_id IS NOT NULL AND (e.ip IS NOT NULL OR e.client IS NOT NULL);
    INSERT INTO retired_months (tenant_id, name, events)
      SELECT tenant, 'derive_ended_by_others', 0 WHERE EXISTS (SELECT 1 FROM derive_ended_by_others d WHERE d.tenant_id = tenant);
  END LOOP;
  PERFORM set_config('gatehouse.tenant', COALESCE(before, ''), true);
  IF NOT EXISTS (SELECT 1 FROM retired_months WHERE name = 'derive_ended_by_others') THEN DROP TABLE derive_ended_by_others; END IF;
END
$$;
