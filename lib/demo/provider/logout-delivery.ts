import { importJWK, SignJWT } from 'jose';
import { clientAddresses, clientName, sampleClients } from '#lib/demo/provider/clients.ts';
import type { SigningKeys } from '#lib/demo/provider/signing-keys.ts';
import type { State } from '#lib/demo/provider/state.ts';
import { now } from '#lib/kernel/clock.ts';
import { type HttpClient, requireStatus } from '#lib/kernel/http/http-client.ts';
import { OutboundCallFailed } from '#lib/kernel/http/outbound-call-failed.ts';
import { newId } from '#lib/kernel/ids.ts';
import { log } from '#lib/kernel/log.ts';

/** What became of telling one application that a session is over. */
export type Delivery = {
  client: string;
  clientName: string;
  state: 'pending' | 'delivered' | 'refused' | 'given_up';
  attempts: number;
  detail: string;
};

const attemptsMax = 8;
/** A refusal is tried again too, a few times: an application may not have fetched the newest signing key yet. */
const refusalsMax = 3;

export type LogoutDelivery = {
  /** Tries every waiting delivery of a session once, side by side. */
  deliver(sessionUid: string): Promise<Delivery[]>;
  of(sessionUid: string): Delivery[];
  /** Tries what is due again. */
  deliverDue(): Promise<void>;
};

/**
 * Tells the applications of an ended session (OpenID Connect Back-Channel Logout 1.0, section 2.5). The deliveries stand in the
 * state before the first call, so that a provider killed in between goes on with them. Each attempt carries a new token of 2 min.
 */
export function openLogoutDelivery(context: {
  state: State;
  keys: SigningKeys;
  issuer: string;
  appUrl: string;
  http: HttpClient;
}): LogoutDelivery {
  const { sqlite } = context.state;

  const of = (sessionUid: string): Delivery[] =>
    sqlite
      .prepare('SELECT * FROM logout_deliveries WHERE session_uid = ? ORDER BY client_id')
      .all(sessionUid)
      .map((row) => ({
        client: String(row.client_id),
        clientName: clientName(String(row.client_id)),
        state: row.state as Delivery['state'],
        attempts: Number(row.attempts),
        detail: String(row.detail),
      }));

  async function attempt(row: Record<string, unknown>): Promise<void> {
    const [sessionUid, clientId, attempts] = [String(row.session_uid), String(row.client_id), Number(row.attempts) + 1];
    const outcome = await tell(clientId, String(row.person), String(row.sid));
    const goesOn = attempts < (outcome.state === 'refused' ? refusalsMax : attemptsMax);
    const state =
      outcome.state === 'delivered'
        ? 'delivered'
        : goesOn
          ? 'pending'
          : outcome.state === 'refused'
            ? 'refused'
            : 'given_up';
    sqlite
      .prepare(
        'UPDATE logout_deliveries SET state = ?, detail = ?, attempts = ?, next_at = ? WHERE session_uid = ? AND client_id = ?',
      )
      .run(
        state,
        outcome.detail,
        attempts,
        now().getTime() + Math.min(1_000 * 2 ** attempts, 60_000),
        sessionUid,
        clientId,
      );
  }

  async function tell(clientId: string, person: string, sid: string): Promise<Pick<Delivery, 'state' | 'detail'>> {
    const client = sampleClients.find((each) => each.id === clientId);
    if (!client) return { state: 'refused', detail: 'This application is not registered any more.' };
    const [jwk] = context.keys.privateJwks().keys;
    if (!jwk?.kid) return { state: 'pending', detail: 'There is no signing key.' };
    const token = await new SignJWT({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, sid })
      .setProtectedHeader({ alg: 'RS256', kid: jwk.kid, typ: 'logout+jwt' })
      .setIssuer(context.issuer)
      .setAudience(clientId)
      .setSubject(person)
      .setIssuedAt()
      .setExpirationTime('2 minutes')
      .setJti(newId())
      .sign(await importJWK(jwk, 'RS256'));
    context.keys.countSignature(jwk.kid);
    const request = {
      method: 'POST' as const,
      url: clientAddresses(context.appUrl, client.path).backchannel,
      body: new URLSearchParams({ logout_token: token }),
    };
    try {
      requireStatus(request, await context.http.call(request), [200, 204]);
      return { state: 'delivered', detail: 'The application ended its own session.' };
    } catch (error) {
      if (!(error instanceof OutboundCallFailed)) throw error;
      log.warn({ client: clientId, kind: error.kind, status: error.status }, 'an application did not take a logout');
      return { state: error.retryable ? 'pending' : 'refused', detail: error.message };
    }
  }

  return {
    of,
    async deliver(sessionUid) {
      const rows = sqlite
        .prepare(`SELECT * FROM logout_deliveries WHERE session_uid = ? AND state = 'pending'`)
        .all(sessionUid);
      await Promise.all(rows.map(attempt));
      return of(sessionUid);
    },
    async deliverDue() {
      const rows = sqlite
        .prepare(`SELECT * FROM logout_deliveries WHERE state = 'pending' AND next_at <= ? ORDER BY next_at LIMIT 20`)
        .all(now().getTime());
      await Promise.all(rows.map(attempt));
    },
  };
}
