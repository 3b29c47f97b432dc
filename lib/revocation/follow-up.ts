import type { JsonObject } from '#lib/model/event.ts';
import { scopeAddress } from '#lib/model/revocation-scope.ts';
import type { RevocationParameters } from '#lib/revocation/scope.ts';

/** The address that rehearses the same scope again, with what appeared meanwhile; `null` for a scope that cannot grow. */
export function followUpHref(parameters: JsonObject): string | null {
  const { scope } = parameters as unknown as Partial<RevocationParameters>;
  if (!scope || scope.by === 'list' || scope.by === 'sessions') return null;
  return scopeAddress(scope);
}
