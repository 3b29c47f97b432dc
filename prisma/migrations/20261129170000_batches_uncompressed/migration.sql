-- Ids and addresses hardly compress; trying costs every append.
ALTER TABLE "event_batches"
  ALTER COLUMN "event_ids" SET STORAGE EXTERNAL,
  ALTER COLUMN "person_ids" SET STORAGE EXTERNAL,
  ALTER COLUMN "ips" SET STORAGE EXTERNAL;
