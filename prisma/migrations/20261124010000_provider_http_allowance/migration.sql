-- What one provider may be called at beyond public addresses over https (networks, ports, plain http). NULL: nothing beyond.
ALTER TABLE "providers" ADD COLUMN "http_allowance" JSONB;
