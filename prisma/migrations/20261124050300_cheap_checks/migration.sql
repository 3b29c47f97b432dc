-- Led by the tenant, this index looked good to the planner for finding a target by its position while the table has no statistics,
-- and a claim read every target of the tenant for each item. By the target it serves look-ups of a target and nothing else.
DROP INDEX "proposal_targets_tenant_id_target_id_idx";
CREATE INDEX "proposal_targets_target_id_tenant_id_idx" ON "proposal_targets"("target_id", "tenant_id");

-- Each item stands for one frozen target of its run. Targets are numbered from one without a gap, so bounds say it, at one pass.
CREATE OR REPLACE FUNCTION gatehouse_run_items_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM (SELECT n.tenant_id, n.run_id, min(n.position) AS low, max(n.position) AS high, bool_and(n.state = 'planned') AS planned
      FROM added n GROUP BY 1, 2) AS s
    LEFT JOIN runs r ON r.tenant_id = s.tenant_id AND r.id = s.run_id
    LEFT JOIN proposals p ON p.tenant_id = r.tenant_id AND p.id = r.proposal_id
    WHERE p.id IS NULL OR s.low < 1 OR s.high > p.target_count OR NOT s.planned)
  THEN RAISE EXCEPTION 'run item is not in the frozen set of its proposal' USING ERRCODE = 'check_violation'; END IF;
  INSERT INTO run_tallies AS tally (tenant_id, run_id, lane, state, items)
  SELECT tenant_id, run_id, lane, state, count(*) FROM added GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
  ON CONFLICT (tenant_id, run_id, lane, state) DO UPDATE SET items = tally.items + excluded.items;
  RETURN NULL;
END
$$;
