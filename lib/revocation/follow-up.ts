import type { JsonObject } from '#lib/model/event.ts';
import type { RevocationParameters } from '#lib/revocation/scope.ts';

/** The address that rehearses the same scope again, with what appeared meanwhile; `null` for a scope that cannot grow. */
export function followUpHref(parameters: JsonObject): string | null {
  const { scope } = parameters as unknown as Partial<RevocationParameters>;
  if (scope?.by === 'filter') return `/revocations/new?${new URLSearchParams(scope.filter)}`;
  if (scope?.by === 'signal') return `/revocations/new?signal=${scope.signal}`;
  return null;
}
