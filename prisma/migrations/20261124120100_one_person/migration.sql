-- Two accounts that their owner proved to be one person's: who has both proposes or approves, not both.

ALTER TABLE "operators" ADD COLUMN "person_id" UUID;
CREATE INDEX "operators_person_id_idx" ON "operators"("person_id");

-- ---------------------------------------------------------------------------------------------------------------
-- Below: what Prisma's schema language cannot say.
-- ---------------------------------------------------------------------------------------------------------------

-- The person that an account was linked to, by itself or through another account with its mailbox.
CREATE FUNCTION gatehouse_linked_person(operator uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT COALESCE(o.person_id, (SELECT p.person_id FROM operators p WHERE p.person_id IS NOT NULL
    AND gatehouse_mailbox(p.email) = gatehouse_mailbox(o.email) ORDER BY p.person_id LIMIT 1))
  FROM operators o WHERE o.id = operator
$$;

CREATE OR REPLACE FUNCTION gatehouse_same_person(one uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT one = other OR COALESCE(gatehouse_linked_person(one) = gatehouse_linked_person(other), false)
    OR gatehouse_mailboxes_of(one) && gatehouse_mailboxes_of(other)
$$;

-- Of two approvals by one person one counts, also when the two accounts were linked afterwards.
CREATE OR REPLACE FUNCTION gatehouse_approvals_of(tenant uuid, proposal uuid) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT count(DISTINCT a.person)::int FROM approvals a JOIN proposals p ON p.tenant_id = a.tenant_id AND p.id = a.proposal_id
  WHERE a.tenant_id = tenant AND a.proposal_id = proposal AND a.part = 'approve' AND a.payload_digest = p.payload_digest
    AND a.person <> p.proposer_person AND NOT gatehouse_same_person(a.operator_id, p.proposer_id)
    AND NOT EXISTS (SELECT 1 FROM approvals b WHERE b.tenant_id = a.tenant_id AND b.proposal_id = a.proposal_id AND b.part = 'approve'
      AND b.operator_id < a.operator_id AND gatehouse_same_person(b.operator_id, a.operator_id))
$$;
