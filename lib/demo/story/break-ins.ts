import { employeesAt } from '#lib/demo/company.ts';
import { sampleClients } from '#lib/demo/provider/clients.ts';
import type { DemoSecrets } from '#lib/demo/secrets.ts';
import { openPersonBrowser, type PersonBrowser } from '#lib/demo/story/person-browser.ts';
import { elsewhere, intruderAgent, seatOf } from '#lib/demo/story/seats.ts';
import { log } from '#lib/kernel/log.ts';

/**
 * A password spray with one success, an impossible traveller and a stolen session at the sample provider, by real requests: the
 * provider checks the passwords, keeps the sessions and reports what it saw. Sessions of the intruders live on until somebody at
 * the desk ends them. Takes seconds; made for the first start, once everybody is at work.
 */
export async function breakIn(secrets: DemoSecrets): Promise<void> {
  const people = employeesAt('sample');
  const [issuer, app] = [`http://127.0.0.1:${secrets.providerPort}`, `http://127.0.0.1:${secrets.appPort}`];
  const [payroll, wiki] = sampleClients.map(({ path }) => `${app}${path}`) as [string, string];
  const from = (ip: string, userAgent = intruderAgent) =>
    openPersonBrowser({ ip, userAgent, edgeKey: secrets.edgeKey }, [issuer, app]);
  const email = (name: string) => people.find((employee) => employee.name === name)?.email ?? '';
  const { password } = secrets;

  // One address tries one password on everybody, then what Rui Montalvo really uses.
  const sprayer = from(elsewhere.warsaw);
  for (const employee of people)
    await sprayer.signIn({ application: payroll, email: employee.email, password: 'Winter2026!' });
  await expectSignedIn(sprayer.signIn({ application: payroll, email: email('Rui Montalvo'), password }));

  // Priya Raghunath works in Sydney, and minutes later somebody signs in as her in Sofia.
  const traveller = from(elsewhere.sofia);
  await expectSignedIn(traveller.signIn({ application: wiki, email: email('Priya Raghunath'), password }));

  // Lukas Ohlmann signs in at home; the cookies of that browser open another application in São Paulo.
  const lukas = people.find(({ name }) => name === 'Lukas Ohlmann');
  const home = lukas && seatOf(lukas, 'home');
  const own = from(home?.ip ?? '', home?.userAgent);
  await expectSignedIn(own.signIn({ application: wiki, email: lukas?.email ?? '', password }));
  const thief = own.robbedBy({ ip: elsewhere.saoPaulo, userAgent: intruderAgent, edgeKey: secrets.edgeKey });
  await expectSignedIn(thief.signIn({ application: payroll, email: '', password: '' }));
  await Promise.all([sprayer, traveller, own, thief].map((browser) => browser.close()));
}

/** A story whose break-in failed goes on; what is missing from it is in the log. */
async function expectSignedIn(landing: ReturnType<PersonBrowser['signIn']>): Promise<void> {
  const { status, text } = await landing;
  if (status !== 200 || !text.includes('You are signed in as')) log.warn({ status }, 'a break-in of the story failed');
}
