import { auth0 } from '#lib/providers/auth0/auth0.ts';
import type { ProviderDefinition } from '#lib/providers/definition.ts';
import { duo } from '#lib/providers/duo/duo.ts';
import { entra } from '#lib/providers/entra/entra.ts';
import { google } from '#lib/providers/google/google.ts';
import { keycloak } from '#lib/providers/keycloak/keycloak.ts';
import { ocsf } from '#lib/providers/ocsf/ocsf.ts';
import { okta } from '#lib/providers/okta/okta.ts';
import { onelogin } from '#lib/providers/onelogin/onelogin.ts';
import { sample } from '#lib/providers/sample/sample.ts';
import { ssf } from '#lib/providers/ssf/ssf.ts';

/** Every provider Gatehouse understands, one line each. */
export const providers: readonly ProviderDefinition[] = [
  ocsf,
  okta,
  auth0,
  entra,
  keycloak,
  google,
  duo,
  onelogin,
  sample,
  ssf,
];

/** The provider of a `{provider}` path or `--provider` option; `undefined` when there is none. */
export function findProvider(kind: string): ProviderDefinition | undefined {
  return providers.find((provider) => provider.kind === kind);
}
