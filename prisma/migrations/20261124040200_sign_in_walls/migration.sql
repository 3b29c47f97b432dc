-- Sign-in providers belong to a tenant but are looked up before one is known: the same wall as the other staff tables.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['sign_in_providers']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY tenant_wall ON %I USING (gatehouse_tenant() IS NULL OR tenant_id = gatehouse_tenant())
      WITH CHECK (gatehouse_tenant() IS NULL OR tenant_id = gatehouse_tenant())', t);
  END LOOP;
END
$$;
