-- Two administrators are two people, not two accounts; and nobody raises their own role through another account of theirs.

-- What an account shares with every other account of its person: a mailbox, or the person that its owner linked it to.
CREATE FUNCTION gatehouse_person_keys(operator uuid) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT array_remove(gatehouse_mailboxes_of(operator) || ('person ' || gatehouse_linked_person(operator)::text), NULL)
$$;
CREATE OR REPLACE FUNCTION gatehouse_same_person(one uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT one = other OR gatehouse_person_keys(one) && gatehouse_person_keys(other)
$$;

-- How many people stand behind these accounts of a tenant. What two accounts share passes on: one and two, two and three are three
-- accounts of one person. The tenant is set meanwhile, because a sign-in provider's addresses stand behind its wall.
CREATE FUNCTION gatehouse_people_among(tenant uuid, accounts uuid[]) RETURNS integer
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  before text := current_setting('gatehouse.tenant', true);
  people integer;
BEGIN
  PERFORM set_config('gatehouse.tenant', tenant::text, true);
  WITH RECURSIVE keys AS MATERIALIZED (
    SELECT account, key FROM (SELECT DISTINCT unnest(accounts)) AS a (account), unnest(gatehouse_person_keys(account)) AS key
  ), shared AS MATERIALIZED (
    SELECT DISTINCT a.account AS one, b.account AS other FROM keys a JOIN keys b ON b.key = a.key
  ), reached (one, other) AS (
    SELECT one, other FROM shared
    UNION
    SELECT r.one, s.other FROM reached r JOIN shared s ON s.one = r.other
  )
  SELECT count(DISTINCT first)::int INTO people FROM (SELECT min(other::text) AS first FROM reached GROUP BY one) AS each;
  PERFORM set_config('gatehouse.tenant', COALESCE(before, ''), true);
  RETURN people;
END
$$;

-- The accounts of administrators who can act in a tenant: enabled, not suspended, with a passkey, and not the sealed account.
CREATE FUNCTION gatehouse_able_administrator_accounts(tenant uuid) RETURNS SETOF uuid
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT r.operator_id FROM operator_roles r JOIN operators o ON o.id = r.operator_id AND o.disabled_at IS NULL
  WHERE r.tenant_id = tenant AND r.role = 'administrator'
    AND EXISTS (SELECT 1 FROM passkeys k WHERE k.operator_id = r.operator_id)
    AND NOT EXISTS (SELECT 1 FROM operator_suspensions s WHERE s.tenant_id = r.tenant_id AND s.operator_id = r.operator_id)
    AND NOT EXISTS (SELECT 1 FROM break_glass_accounts b WHERE b.tenant_id = r.tenant_id AND b.operator_id = r.operator_id)
$$;
CREATE OR REPLACE FUNCTION gatehouse_able_administrators(tenant uuid) RETURNS integer
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT gatehouse_people_among(tenant, ARRAY(SELECT gatehouse_able_administrator_accounts(tenant)))
$$;
REVOKE ALL ON FUNCTION gatehouse_people_among(uuid, uuid[]), gatehouse_able_administrator_accounts(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gatehouse_people_among(uuid, uuid[]), gatehouse_able_administrator_accounts(uuid) TO gatehouse_app;

CREATE FUNCTION gatehouse_role_from_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- One account alone is the table's own constraint.
  IF NEW.granted_by_id <> NEW.operator_id AND gatehouse_same_person(NEW.granted_by_id, NEW.operator_id) THEN
    RAISE EXCEPTION 'nobody raises their own role, through whichever account' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER role_from_another BEFORE INSERT ON "operator_roles" FOR EACH ROW EXECUTE FUNCTION gatehouse_role_from_another();
