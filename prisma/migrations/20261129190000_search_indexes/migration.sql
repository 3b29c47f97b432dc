-- Words one searches events by every day, of which each has few values: a new row goes beside the last one of its value, so such an
-- index costs the least there is. Rows that say nothing are left out.
CREATE INDEX "events_client" ON "events" ("tenant_id", "client", "occurred_at") WHERE "client" IS NOT NULL;
CREATE INDEX "events_provider_type" ON "events" ("tenant_id", "provider_type", "occurred_at");
CREATE INDEX "events_device_label" ON "events" ("tenant_id", "device_label", "occurred_at") WHERE "device_label" IS NOT NULL;
CREATE INDEX "events_reason" ON "events" ("tenant_id", "reason", "occurred_at") WHERE "reason" IS NOT NULL;
CREATE INDEX "events_provider" ON "events" ("tenant_id", "provider_id", "occurred_at");
-- Service accounts and workloads are looked for, people are everybody.
CREATE INDEX "events_account_type" ON "events" ("tenant_id", "account_type", "occurred_at") WHERE "account_type" <> 'human';
-- Times that cannot be right are few.
CREATE INDEX "events_doubtful_time" ON "events" ("tenant_id", "time_quality", "occurred_at") WHERE "time_quality" IN ('future', 'absurd');
-- Rows lie in the order in which they came in, so a few words a range of pages say which were taken in when.
CREATE INDEX "events_received" ON "events" USING brin ("received_at") WITH (pages_per_range = 64);
