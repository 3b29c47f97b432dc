import { auth0Examples } from '#lib/providers/auth0/auth0.examples.ts';
import { duoExamples } from '#lib/providers/duo/duo.examples.ts';
import { entraExamples } from '#lib/providers/entra/entra.examples.ts';
import { googleExamples } from '#lib/providers/google/google.examples.ts';
import { keycloakExamples } from '#lib/providers/keycloak/keycloak.examples.ts';
import { ocsfExamples } from '#lib/providers/ocsf/ocsf.examples.ts';
import { oktaExamples } from '#lib/providers/okta/okta.examples.ts';
import { oneloginExamples } from '#lib/providers/onelogin/onelogin.examples.ts';
import type { ProviderExample } from '#lib/providers/provider-example.ts';
import { sampleExamples } from '#lib/providers/sample/sample.examples.ts';
import { ssfExamples } from '#lib/providers/ssf/ssf.examples.ts';

/** Every provider's recorded examples, one line each; a test refuses a provider of the registry without any. */
export const allExamples: Readonly<Record<string, readonly ProviderExample[]>> = {
  okta: oktaExamples,
  auth0: auth0Examples,
  entra: entraExamples,
  keycloak: keycloakExamples,
  ocsf: ocsfExamples,
  google: googleExamples,
  duo: duoExamples,
  onelogin: oneloginExamples,
  sample: sampleExamples,
  ssf: ssfExamples,
};
