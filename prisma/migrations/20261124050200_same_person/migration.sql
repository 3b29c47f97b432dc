-- Two accounts are one person's when they share a mailbox: their own, or one of an identity (issuer, subject) linked to them.
CREATE FUNCTION gatehouse_mailbox(address text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT split_part(split_part(lower(normalize(address, NFKC)), '@', 1), '+', 1) || '@' || split_part(lower(normalize(address, NFKC)), '@', 2)
$$;
CREATE FUNCTION gatehouse_mailboxes_of(operator uuid) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT COALESCE(array_agg(DISTINCT gatehouse_mailbox(a.address)), '{}') FROM (
    SELECT o.email AS address FROM operators o WHERE o.id = operator
    UNION ALL
    SELECT p.email FROM operator_identities i JOIN people p ON p.tenant_id = gatehouse_tenant() AND p.issuer = i.issuer AND p.subject = i.subject
    WHERE i.operator_id = operator AND p.email IS NOT NULL) AS a
$$;
CREATE FUNCTION gatehouse_same_person(one uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT one = other OR gatehouse_mailboxes_of(one) && gatehouse_mailboxes_of(other)
$$;

-- How many distinct people other than the proposer signed exactly these bytes.
CREATE OR REPLACE FUNCTION gatehouse_approvals_of(tenant uuid, proposal uuid) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT count(DISTINCT a.person)::int FROM approvals a JOIN proposals p ON p.tenant_id = a.tenant_id AND p.id = a.proposal_id
  WHERE a.tenant_id = tenant AND a.proposal_id = proposal AND a.part = 'approve' AND a.payload_digest = p.payload_digest
    AND a.person <> p.proposer_person AND NOT gatehouse_same_person(a.operator_id, p.proposer_id)
$$;

-- Nobody approves what they asked for, through whatever account; and nobody signs twice through two.
CREATE FUNCTION gatehouse_approval_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.part = 'propose' THEN RETURN NEW; END IF;
  IF EXISTS (SELECT 1 FROM proposals p WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.proposal_id
    AND gatehouse_same_person(NEW.operator_id, p.proposer_id))
  THEN RAISE EXCEPTION 'nobody approves their own proposal' USING ERRCODE = 'check_violation'; END IF;
  IF EXISTS (SELECT 1 FROM approvals a WHERE a.tenant_id = NEW.tenant_id AND a.proposal_id = NEW.proposal_id AND a.part = 'approve'
    AND a.operator_id <> NEW.operator_id AND gatehouse_same_person(NEW.operator_id, a.operator_id))
  THEN RAISE EXCEPTION 'nobody signs twice' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER approval_once BEFORE INSERT ON "approvals" FOR EACH ROW EXECUTE FUNCTION gatehouse_approval_once();
