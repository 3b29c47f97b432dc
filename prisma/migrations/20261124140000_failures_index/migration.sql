-- What failed is a small part of what happened and the part that is looked at: found and counted by an index of its own, which
-- answers a count without a look at the rows.
CREATE INDEX "events_not_success" ON "events" ("tenant_id", "type", "occurred_at") INCLUDE ("outcome") WHERE "outcome" <> 'success';
