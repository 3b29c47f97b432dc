-- Fields that not everybody sees (lib/model/field-groups.ts). The reader's transaction says that it may not search addresses.
CREATE FUNCTION gatehouse_addresses_hidden() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT current_setting('gatehouse.addresses', true) IS NOT DISTINCT FROM 'hidden' $$;

-- The same people as before; for whom addresses are hidden, by name and by a subject that is none.
CREATE OR REPLACE FUNCTION gatehouse_people_matching(pattern text) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT w.person_id FROM people_words w WHERE w.tenant_id = gatehouse_tenant() AND w.words ILIKE pattern
    AND (NOT gatehouse_addresses_hidden() OR EXISTS (SELECT 1 FROM people p WHERE p.tenant_id = w.tenant_id AND p.id = w.person_id
      AND (p.display_name ILIKE pattern OR (p.subject ILIKE pattern AND p.subject NOT LIKE '%@%'))))
$$;

-- What custom roles and tokens saw yesterday they see tomorrow; from now on the permission is given by name.
ALTER TABLE "custom_roles" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "service_tokens" NO FORCE ROW LEVEL SECURITY;
UPDATE "custom_roles" SET "permissions" = "permissions" || 'people:read-addresses'::text
  WHERE array_to_string("permissions", ',') ~ ':read(,|$)' AND NOT 'people:read-addresses' = ANY("permissions");
UPDATE "service_tokens" SET "scopes" = "scopes" || 'people:read-addresses'::text
  WHERE array_to_string("scopes", ',') ~ ':read(,|$)' AND NOT 'people:read-addresses' = ANY("scopes");
ALTER TABLE "custom_roles" FORCE ROW LEVEL SECURITY;
ALTER TABLE "service_tokens" FORCE ROW LEVEL SECURITY;
