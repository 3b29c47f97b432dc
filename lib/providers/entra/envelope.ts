import type { JsonObject } from '#lib/model/event.ts';
import { RecordRejected } from '#lib/providers/definition.ts';
import { RecordReader } from '#lib/providers/record-reader.ts';

/** `inner` holds the record proper; `outer` what Azure Monitor wrote around it. For Graph and table rows they are one. */
export type EntraRecord = { outer: RecordReader; inner: RecordReader };

/** @throws RecordRejected `envelope` for an Event Hub delivery, whose `records` are to be sent one by one. */
export function readEnvelope(record: JsonObject): EntraRecord {
  let outer = new RecordReader(record);
  if (outer.has('records') && !outer.has('category')) {
    const [only, ...more] = outer.list('records');
    if (!only || more.length > 0) {
      throw new RecordRejected(
        'envelope',
        'This is an Event Hub delivery; send the entries of "records" as records of their own.',
      );
    }
    outer = only;
  }
  const properties = outer.child('properties');
  return { outer, inner: properties.isEmpty ? outer : properties };
}

/**
 * `https://login.microsoftonline.com/{tid}/v2.0`, `null` when the record names no tenant (Graph v1.0 does not).
 * A Log Analytics row's `TenantId` is its workspace, so it is not read where the row has its own `AADTenantId` or a table type.
 */
export function readIssuer({ outer, inner }: EntraRecord): string | null {
  const isRow = outer === inner && outer.has('AADTenantId', 'TimeGenerated', 'Type', 'SourceSystem');
  const tenant =
    inner.text('homeTenantId', 'AADTenantId') ??
    outer.text('AADTenantId') ??
    (isRow ? null : (inner.text('tenantId') ?? outer.text('tenantId'))) ??
    /\/tenants\/([^/]+)/i.exec(outer.text('resourceId') ?? '')?.[1] ??
    inner.text('resourceTenantId');
  return tenant && /^[\w.-]+$/.test(tenant) ? `https://login.microsoftonline.com/${tenant.toLowerCase()}/v2.0` : null;
}

/** Microsoft writes blanks, all-zero ids, `<null>` and `{PII Removed}` where it has nothing. */
export function known(text: string | null): string | null {
  return text === null || /^(0{8}-0{4}-0{4}-0{4}-0{12}|<?null>?|unknown|none|\{pii removed.*)$/i.test(text.trim())
    ? null
    : text;
}
