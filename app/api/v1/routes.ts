import type { RouteHandler } from '#app/api/route-definition.ts';
import * as attestation from '#app/api/v1/attestations/[id]/route.ts';
import * as attestationSigning from '#app/api/v1/attestations/[id]/signing-options/route.ts';
import * as auditBundle from '#app/api/v1/audit/bundle/route.ts';
import * as audit from '#app/api/v1/audit/route.ts';
import * as breakGlassKeyAdmission from '#app/api/v1/break-glass/keys/[id]/admission/route.ts';
import * as breakGlassKey from '#app/api/v1/break-glass/keys/[id]/route.ts';
import * as breakGlassKeyOptions from '#app/api/v1/break-glass/keys/options/route.ts';
import * as breakGlassKeys from '#app/api/v1/break-glass/keys/route.ts';
import * as breakGlass from '#app/api/v1/break-glass/route.ts';
import * as devices from '#app/api/v1/devices/route.ts';
import * as rawRecord from '#app/api/v1/events/[id]/raw/route.ts';
import * as events from '#app/api/v1/events/route.ts';
import * as auditExport from '#app/api/v1/export/audit/route.ts';
import * as devicesExport from '#app/api/v1/export/devices/route.ts';
import * as eventsExport from '#app/api/v1/export/events/route.ts';
import * as peopleExport from '#app/api/v1/export/people/route.ts';
import * as sessionsExport from '#app/api/v1/export/sessions/route.ts';
import * as signalsExport from '#app/api/v1/export/signals/route.ts';
import * as hooks from '#app/api/v1/hooks/[id]/route.ts';
import * as ingest from '#app/api/v1/ingest/[provider]/route.ts';
import * as issuerPolicy from '#app/api/v1/keys/issuers/[id]/policy/route.ts';
import * as rotationAbandonment from '#app/api/v1/keys/rotations/[id]/abandonment/route.ts';
import * as rotationResumption from '#app/api/v1/keys/rotations/[id]/resumption/route.ts';
import * as rotation from '#app/api/v1/keys/rotations/[id]/route.ts';
import * as rotations from '#app/api/v1/keys/rotations/route.ts';
import * as keys from '#app/api/v1/keys/route.ts';
import * as releaseOfHold from '#app/api/v1/legal-holds/[id]/release/route.ts';
import * as legalHolds from '#app/api/v1/legal-holds/route.ts';
import * as live from '#app/api/v1/live/route.ts';
import * as otherAccountOptions from '#app/api/v1/me/accounts/options/route.ts';
import * as ownAccounts from '#app/api/v1/me/accounts/route.ts';
import * as ownAuthenticators from '#app/api/v1/me/authenticators/route.ts';
import * as confirmCodeGenerator from '#app/api/v1/me/code-generator/confirmation/route.ts';
import * as beginCodeGenerator from '#app/api/v1/me/code-generator/route.ts';
import * as ownIdentity from '#app/api/v1/me/identities/[id]/route.ts';
import * as acceptInvitation from '#app/api/v1/me/invitations/route.ts';
import * as ownAddresses from '#app/api/v1/me/notification-addresses/route.ts';
import * as ownPasskey from '#app/api/v1/me/passkeys/[id]/route.ts';
import * as ownPasskeyOptions from '#app/api/v1/me/passkeys/options/route.ts';
import * as ownPasskeys from '#app/api/v1/me/passkeys/route.ts';
import * as ownPassword from '#app/api/v1/me/password/route.ts';
import * as ownRecoveryCodes from '#app/api/v1/me/recovery-codes/route.ts';
import * as ownSession from '#app/api/v1/me/session/route.ts';
import * as ownSessions from '#app/api/v1/me/sessions/route.ts';
import * as stepUpOptions from '#app/api/v1/me/step-up/options/route.ts';
import * as stepUp from '#app/api/v1/me/step-up/route.ts';
import * as ownTenant from '#app/api/v1/me/tenant/route.ts';
import * as description from '#app/api/v1/openapi.json/route.ts';
import * as operatorIdentities from '#app/api/v1/operators/[id]/identities/route.ts';
import * as personOfOperator from '#app/api/v1/operators/[id]/person/route.ts';
import * as roleOfOperator from '#app/api/v1/operators/[id]/roles/[role]/route.ts';
import * as rolesOfOperator from '#app/api/v1/operators/[id]/roles/route.ts';
import * as sessionOfOperator from '#app/api/v1/operators/[id]/sessions/[session]/route.ts';
import * as sessionsOfOperator from '#app/api/v1/operators/[id]/sessions/route.ts';
import * as suspensionOfOperator from '#app/api/v1/operators/[id]/suspension/route.ts';
import * as invitations from '#app/api/v1/operators/invitations/route.ts';
import * as operators from '#app/api/v1/operators/route.ts';
import * as erasureOfPerson from '#app/api/v1/people/[id]/erasure/route.ts';
import * as linksOfPerson from '#app/api/v1/people/[id]/links/route.ts';
import * as people from '#app/api/v1/people/route.ts';
import * as proposalApproval from '#app/api/v1/proposals/[id]/approval/route.ts';
import * as proposalDrift from '#app/api/v1/proposals/[id]/drift/route.ts';
import * as proposalRejection from '#app/api/v1/proposals/[id]/rejection/route.ts';
import * as proposal from '#app/api/v1/proposals/[id]/route.ts';
import * as proposalSigningOptions from '#app/api/v1/proposals/[id]/signing-options/route.ts';
import * as proposalTargets from '#app/api/v1/proposals/[id]/targets/route.ts';
import * as proposalWithdrawal from '#app/api/v1/proposals/[id]/withdrawal/route.ts';
import * as proposals from '#app/api/v1/proposals/route.ts';
import * as providerPulls from '#app/api/v1/provider-pulls/[id]/route.ts';
import * as providerConnection from '#app/api/v1/providers/[id]/connection/route.ts';
import * as providerHooks from '#app/api/v1/providers/[id]/hooks/route.ts';
import * as providerReplay from '#app/api/v1/providers/[id]/replay/route.ts';
import * as providerTest from '#app/api/v1/providers/[id]/test/route.ts';
import * as providers from '#app/api/v1/providers/route.ts';
import * as quarantine from '#app/api/v1/quarantine/route.ts';
import * as recoveryProofs from '#app/api/v1/recovery-cases/[id]/proofs/route.ts';
import * as recoveryProposal from '#app/api/v1/recovery-cases/[id]/proposal/route.ts';
import * as recoveryRejection from '#app/api/v1/recovery-cases/[id]/rejection/route.ts';
import * as recoveryCase from '#app/api/v1/recovery-cases/[id]/route.ts';
import * as recoveryCases from '#app/api/v1/recovery-cases/route.ts';
import * as recoveryAssertion from '#app/api/v1/recovery-requests/assertion/route.ts';
import * as recoveryBindingCode from '#app/api/v1/recovery-requests/binding-code/route.ts';
import * as recoveryCode from '#app/api/v1/recovery-requests/code/route.ts';
import * as recoveryRequests from '#app/api/v1/recovery-requests/route.ts';
import * as recoveryStatus from '#app/api/v1/recovery-requests/status/route.ts';
import * as recoveryVeto from '#app/api/v1/recovery-requests/veto/route.ts';
import * as retention from '#app/api/v1/retention/route.ts';
import * as revocationProposal from '#app/api/v1/revocations/[id]/proposal/route.ts';
import * as revocations from '#app/api/v1/revocations/route.ts';
import * as rolePolicy from '#app/api/v1/role-policies/[role]/route.ts';
import * as role from '#app/api/v1/roles/[name]/route.ts';
import * as roles from '#app/api/v1/roles/route.ts';
import * as runAct from '#app/api/v1/runs/[id]/act/route.ts';
import * as runItems from '#app/api/v1/runs/[id]/items/route.ts';
import * as runReceipt from '#app/api/v1/runs/[id]/receipt/route.ts';
import * as run from '#app/api/v1/runs/[id]/route.ts';
import * as runStream from '#app/api/v1/runs/[id]/stream/route.ts';
import * as runs from '#app/api/v1/runs/route.ts';
import * as search from '#app/api/v1/search/route.ts';
import * as savedSearch from '#app/api/v1/searches/[id]/route.ts';
import * as savedSearches from '#app/api/v1/searches/route.ts';
import * as revocationOfSession from '#app/api/v1/sessions/[id]/revocation/route.ts';
import * as introspection from '#app/api/v1/sessions/introspect/route.ts';
import * as sessions from '#app/api/v1/sessions/route.ts';
import * as signInProvider from '#app/api/v1/sign-in-providers/[id]/route.ts';
import * as signInProviders from '#app/api/v1/sign-in-providers/route.ts';
import * as assigneeOfSignal from '#app/api/v1/signals/[id]/assignee/route.ts';
import * as decisionOnSignal from '#app/api/v1/signals/[id]/decision/route.ts';
import * as signal from '#app/api/v1/signals/[id]/route.ts';
import * as signals from '#app/api/v1/signals/route.ts';
import * as ssfHeld from '#app/api/v1/ssf/receivers/[id]/held/route.ts';
import * as ssfReceiver from '#app/api/v1/ssf/receivers/[id]/route.ts';
import * as ssfStream from '#app/api/v1/ssf/receivers/[id]/stream/route.ts';
import * as ssfSwitch from '#app/api/v1/ssf/receivers/[id]/switch/route.ts';
import * as ssfReceivers from '#app/api/v1/ssf/receivers/route.ts';
import * as token from '#app/api/v1/tokens/[id]/route.ts';
import * as tokens from '#app/api/v1/tokens/route.ts';

/** Every route file under app/api/v1, one line each; a test compares this with the folders. */
const files: Record<string, RouteHandler>[] = [
  savedSearch,
  savedSearches,
  breakGlass,
  breakGlassKeys,
  breakGlassKeyOptions,
  breakGlassKey,
  breakGlassKeyAdmission,
  acceptInvitation,
  ownAccounts,
  otherAccountOptions,
  ownTenant,
  invitations,
  operators,
  rolesOfOperator,
  roleOfOperator,
  personOfOperator,
  suspensionOfOperator,
  sessionsOfOperator,
  sessionOfOperator,
  roles,
  role,
  tokens,
  token,
  auditExport,
  devicesExport,
  peopleExport,
  retention,
  legalHolds,
  releaseOfHold,
  erasureOfPerson,
  linksOfPerson,
  eventsExport,
  sessionsExport,
  signalsExport,
  attestation,
  attestationSigning,
  recoveryCases,
  recoveryCase,
  recoveryProofs,
  recoveryProposal,
  recoveryRejection,
  recoveryRequests,
  recoveryAssertion,
  recoveryBindingCode,
  recoveryCode,
  recoveryStatus,
  recoveryVeto,
  assigneeOfSignal,
  audit,
  auditBundle,
  decisionOnSignal,
  description,
  devices,
  events,
  rawRecord,
  ingest,
  issuerPolicy,
  keys,
  live,
  ownAuthenticators,
  confirmCodeGenerator,
  beginCodeGenerator,
  ownAddresses,
  ownPasskey,
  ownPasskeyOptions,
  ownPasskeys,
  ownPassword,
  ownRecoveryCodes,
  ownSessions,
  ownIdentity,
  operatorIdentities,
  rolePolicy,
  signInProvider,
  signInProviders,
  ownSession,
  people,
  revocationOfSession,
  rotation,
  rotationAbandonment,
  rotationResumption,
  rotations,
  search,
  sessions,
  signal,
  introspection,
  proposal,
  proposalApproval,
  proposalDrift,
  proposalRejection,
  proposalSigningOptions,
  proposalTargets,
  proposalWithdrawal,
  proposals,
  revocationProposal,
  revocations,
  run,
  runAct,
  runItems,
  runReceipt,
  runStream,
  runs,
  signals,
  ssfReceiver,
  hooks,
  providerPulls,
  providerConnection,
  providerHooks,
  providerReplay,
  providerTest,
  providers,
  quarantine,
  ssfHeld,
  ssfSwitch,
  ssfStream,
  ssfReceivers,
  stepUp,
  stepUpOptions,
];

/** Every handler there is. What the description and the refusal crawler walk. */
export const routes: readonly RouteHandler[] = files.flatMap((file) => Object.values(file));
