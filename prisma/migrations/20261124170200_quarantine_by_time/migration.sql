-- The quarantine is read latest first, and the oldest goes first.
CREATE INDEX "quarantined_records_tenant_id_received_at_id_idx" ON "quarantined_records"("tenant_id", "received_at", "id");
