-- Who attests a recovery is somebody else than whom it is about, who asked, who reviews, who proposes and who signs: by person, not by
-- mailbox, and also when the accounts were linked afterwards.

-- Whether somebody at the desk is the person of a case: by an address that person was ever known by, or by their account at a provider.
CREATE FUNCTION gatehouse_operator_is_person(tenant uuid, operator uuid, person uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT 1 FROM (SELECT operator AS id UNION SELECT r.operator_id FROM operator_roles r
      WHERE r.tenant_id = tenant AND gatehouse_same_person(r.operator_id, operator)) AS account
    WHERE gatehouse_mailboxes_of(account.id) && ARRAY(
        SELECT gatehouse_mailbox(p.email) FROM people p WHERE p.tenant_id = tenant AND p.id = person AND p.email IS NOT NULL
        UNION SELECT gatehouse_mailbox(a.address) FROM person_addresses a WHERE a.tenant_id = tenant AND a.person_id = person)
      OR EXISTS (SELECT 1 FROM operator_identities i JOIN people p ON p.tenant_id = tenant AND p.id = person
        AND p.issuer = i.issuer AND p.subject = i.subject WHERE i.operator_id = account.id))
$$;

-- The part somebody has in a recovery already: `person`, whom it is about; `attester`, who attested it; NULL for none.
CREATE FUNCTION gatehouse_part_in_recovery(tenant uuid, recovery uuid, operator uuid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN gatehouse_operator_is_person(tenant, operator, c.person_id) THEN 'person'
    WHEN EXISTS (SELECT 1 FROM recovery_proofs f WHERE f.tenant_id = tenant AND f.case_id = recovery AND f.kind = 'manager-attestation'
      AND f.state = 'passed' AND gatehouse_same_person(f.asked_of, operator)) THEN 'attester'
  END FROM recovery_cases c WHERE c.tenant_id = tenant AND c.id = recovery
$$;
-- The same for whoever proposes or signs it; NULL for proposals of other kinds.
CREATE FUNCTION gatehouse_part_in_proposal(tenant uuid, proposal uuid, operator uuid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN p.kind = 'recover-account' THEN (SELECT min(gatehouse_part_in_recovery(tenant, t.target_id, operator))
    FROM proposal_targets t WHERE t.tenant_id = tenant AND t.proposal_id = proposal AND t.target_type = 'recovery_case') END
  FROM proposals p WHERE p.tenant_id = tenant AND p.id = proposal
$$;
-- Whether somebody may attest a case: neither its person, nor who asked for this proof or another, nor who works on the case.
CREATE FUNCTION gatehouse_may_attest(tenant uuid, recovery uuid, asker uuid, attester uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT COALESCE(bool_and(NOT gatehouse_same_person(attester, asker)
    AND (c.reviewer_id IS NULL OR NOT gatehouse_same_person(attester, c.reviewer_id))
    AND NOT EXISTS (SELECT 1 FROM recovery_proofs f WHERE f.tenant_id = tenant AND f.case_id = recovery AND gatehouse_same_person(attester, f.asked_by))
    AND NOT COALESCE(gatehouse_operator_is_person(tenant, attester, c.person_id), false)), false)
  FROM recovery_cases c WHERE c.tenant_id = tenant AND c.id = recovery
$$;

CREATE OR REPLACE FUNCTION gatehouse_proof_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'asked' OR NEW.passed_at IS NOT NULL THEN RAISE EXCEPTION 'a proof begins as asked for' USING ERRCODE = 'check_violation'; END IF;
    IF NEW.kind = 'manager-attestation' AND (NEW.asked_of IS NULL OR NOT gatehouse_may_attest(NEW.tenant_id, NEW.case_id, NEW.asked_by, NEW.asked_of)) THEN
      RAISE EXCEPTION 'nobody attests a case that they work on or that is about them' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state = NEW.state THEN RETURN NEW; END IF;
  IF OLD.state <> 'asked' THEN RAISE EXCEPTION 'this proof is decided' USING ERRCODE = 'check_violation'; END IF;
  IF NEW.state = 'passed' THEN
    IF OLD.expires_at <= clock_timestamp() THEN RAISE EXCEPTION 'this proof has expired' USING ERRCODE = 'check_violation'; END IF;
    -- Accounts may have been linked, and another reviewer may have taken the case, since it was asked for.
    IF OLD.kind = 'manager-attestation' AND NOT gatehouse_may_attest(OLD.tenant_id, OLD.case_id, OLD.asked_by, OLD.asked_of) THEN
      RAISE EXCEPTION 'nobody attests a case that they work on or that is about them' USING ERRCODE = 'check_violation';
    END IF;
    NEW.passed_at := clock_timestamp();
  END IF;
  NEW.wrapped_secret := NULL;
  RETURN NEW;
END
$$;

-- As before, and whoever attested a case or is its person neither proposes nor signs it.
CREATE OR REPLACE FUNCTION gatehouse_recovery_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = NEW.state THEN
    IF NEW.release_at IS DISTINCT FROM OLD.release_at OR NEW.proposal_id IS DISTINCT FROM OLD.proposal_id
    THEN RAISE EXCEPTION 'what was approved is not changed' USING ERRCODE = 'check_violation'; END IF;
    RETURN NEW;
  END IF;
  IF OLD.closed_at IS NOT NULL OR (OLD.state, NEW.state) NOT IN (
    ('open', 'proposed'), ('proposed', 'open'), ('proposed', 'waiting'), ('waiting', 'code_shown'), ('code_shown', 'waiting'),
    ('code_shown', 'bound'), ('bound', 'done'), ('open', 'rejected'), ('open', 'expired'), ('waiting', 'expired'), ('code_shown', 'expired'),
    ('open', 'vetoed'), ('proposed', 'vetoed'), ('waiting', 'vetoed'), ('code_shown', 'vetoed'))
  THEN RAISE EXCEPTION 'a recovery case cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation'; END IF;
  IF NEW.state IN ('proposed', 'waiting') AND OLD.state <> 'code_shown' THEN
    IF NEW.person_id IS NULL OR NOT gatehouse_recovery_is_proved(NEW.tenant_id, NEW.id) THEN
      RAISE EXCEPTION 'the proofs of this case are not complete' USING ERRCODE = 'check_violation';
    END IF;
    IF gatehouse_part_in_recovery(NEW.tenant_id, NEW.id, NEW.reviewer_id) IS NOT NULL
      OR EXISTS (SELECT 1 FROM proposals p WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.proposal_id
        AND gatehouse_part_in_recovery(NEW.tenant_id, NEW.id, p.proposer_id) IS NOT NULL)
      OR EXISTS (SELECT 1 FROM approvals a WHERE a.tenant_id = NEW.tenant_id AND a.proposal_id = NEW.proposal_id AND a.part = 'approve'
        AND gatehouse_part_in_recovery(NEW.tenant_id, NEW.id, a.operator_id) IS NOT NULL) THEN
      RAISE EXCEPTION 'who attests a case, or is its person, neither proposes nor signs it' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NEW.state = 'waiting' AND OLD.state = 'proposed' THEN
    IF NOT EXISTS (SELECT 1 FROM proposals p JOIN proposal_targets t ON t.tenant_id = p.tenant_id AND t.proposal_id = p.id
      WHERE p.tenant_id = NEW.tenant_id AND p.id = OLD.proposal_id AND p.kind = 'recover-account' AND p.state = 'consumed' AND t.target_id = NEW.id
        AND gatehouse_approvals_of(p.tenant_id, p.id) >= p.approvals_needed)
    THEN RAISE EXCEPTION 'this case is not approved' USING ERRCODE = 'check_violation'; END IF;
    IF NEW.waiting_minutes IS NULL THEN RAISE EXCEPTION 'an approved case has its waiting time' USING ERRCODE = 'check_violation'; END IF;
    NEW.release_at := clock_timestamp() + make_interval(mins => NEW.waiting_minutes);
  END IF;
  IF NEW.state = 'code_shown' AND (NEW.release_at IS NULL OR NEW.release_at > clock_timestamp()) THEN
    RAISE EXCEPTION 'the waiting time of this case is not over' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state = 'code_shown' AND NOT EXISTS (SELECT 1 FROM recovery_notices n WHERE n.tenant_id = NEW.tenant_id AND n.case_id = NEW.id
    AND n.occasion = 'approved') THEN
    RAISE EXCEPTION 'nobody was told of this recovery' USING ERRCODE = 'check_violation';
  END IF;
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$$;

-- Nobody approves what they asked for, attested or gain by, through whatever account; and nobody signs twice through two.
CREATE OR REPLACE FUNCTION gatehouse_approval_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.part = 'propose' THEN RETURN NEW; END IF;
  IF EXISTS (SELECT 1 FROM proposals p WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.proposal_id
    AND gatehouse_same_person(NEW.operator_id, p.proposer_id))
  THEN RAISE EXCEPTION 'nobody approves their own proposal' USING ERRCODE = 'check_violation'; END IF;
  IF EXISTS (SELECT 1 FROM approvals a WHERE a.tenant_id = NEW.tenant_id AND a.proposal_id = NEW.proposal_id AND a.part = 'approve'
    AND a.operator_id <> NEW.operator_id AND gatehouse_same_person(NEW.operator_id, a.operator_id))
  THEN RAISE EXCEPTION 'nobody signs twice' USING ERRCODE = 'check_violation'; END IF;
  IF gatehouse_part_in_proposal(NEW.tenant_id, NEW.proposal_id, NEW.operator_id) IS NOT NULL
  THEN RAISE EXCEPTION 'nobody approves a recovery that they attested or that is about them' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END
$$;
