import { generateSync } from 'otplib';
import { employeesAt } from '#lib/demo/company.ts';
import { sampleClients } from '#lib/demo/provider/clients.ts';
import { phoneSecret, sampleSubject } from '#lib/demo/provider/people.ts';
import type { DemoSecrets } from '#lib/demo/secrets.ts';
import { chanceOf } from '#lib/demo/story/chance.ts';
import { openPersonBrowser } from '#lib/demo/story/person-browser.ts';
import { seatOf } from '#lib/demo/story/seats.ts';
import { log } from '#lib/kernel/log.ts';
import type { Capabilities } from '#lib/providers/definition.ts';

/** These stay away, so that whoever tries the demo can sign in as one of them and find exactly that session. */
const leftToTheVisitor = 3;

/**
 * Everybody at the sample provider who is not signed in there signs in now, by real HTTP requests through the whole flow, from
 * where they work; some open the other application too. Who is signed in already stays so, and is not doubled.
 */
export async function signInToday(secrets: DemoSecrets, provider: Capabilities, signal: AbortSignal): Promise<number> {
  const [issuer, app] = [`http://127.0.0.1:${secrets.providerPort}`, `http://127.0.0.1:${secrets.appPort}`];
  let signedIn = 0;
  for (const employee of employeesAt('sample').slice(leftToTheVisitor)) {
    signal.throwIfAborted();
    const living = await provider.listSessions?.({ subject: sampleSubject(employee.staffNumber) }, signal);
    if (living && living.sessions.length > 0) continue;
    const chance = chanceOf('sample sign-in', employee.staffNumber);
    const { ip, userAgent } = seatOf(employee, chance.happens(0.6) ? 'office' : 'home');
    const browser = openPersonBrowser({ ip, userAgent, edgeKey: secrets.edgeKey }, [issuer, app]);
    const [first, second] = chance.happens(0.5) ? sampleClients : [...sampleClients].reverse();
    const credentials = {
      email: employee.email,
      password: secrets.password,
      code: () => generateSync({ secret: phoneSecret(secrets.password, employee.staffNumber) }),
    };
    const landed = await browser.signIn({ application: `${app}${first?.path}`, ...credentials });
    if (landed.status === 200) signedIn += 1;
    else
      log.warn({ staffNumber: employee.staffNumber, status: landed.status }, 'somebody of the story could not sign in');
    if (landed.status === 200 && chance.happens(0.6))
      await browser.signIn({ application: `${app}${second?.path}`, ...credentials });
    await browser.close();
  }
  return signedIn;
}
