/** How the sample's sizes relate: like a company of `people` whose sessions see a handful of events each. */
const eventsPerSession = 8;
const userAgents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
];
const clients = ['Mail', 'Wiki', 'Payroll', 'Source code', 'Tickets'];

/**
 * OCSF Authentication records as a provider would send them, the same for the same arguments: sessions of some eight events
 * (a sign-in, second factors, token refreshes, a sign-out), one sign-in in twenty failing. Times end at `until` and lie `spanMs` back at most.
 */
export function* sampleRecords(options: {
  count: number;
  people: number;
  until: number;
  spanMs: number;
  prefix: string;
}): Generator<string> {
  const { count, people, until, spanMs, prefix } = options;
  for (let at = 0; at < count; at += 1) {
    const session = Math.floor(at / eventsPerSession);
    const step = at % eventsPerSession;
    const person = scatter(session) % people;
    const isSignIn = step === 0;
    const fails = isSignIn && session % 20 === 0;
    const record = {
      class_uid: 3002,
      class_name: 'Authentication',
      category_uid: 3,
      category_name: 'Identity & Access Management',
      activity_id: step === eventsPerSession - 1 ? 2 : isSignIn ? 1 : 3,
      type_uid: 300_201,
      severity_id: fails ? 3 : 1,
      time: until - Math.floor(((count - at) / count) * spanMs),
      metadata: {
        uid: `${prefix}-${at}`,
        version: '1.5.0',
        product: { name: 'Sample identity provider', vendor_name: 'Sample' },
      },
      status_id: fails ? 2 : 1,
      ...(fails ? { status_detail: 'invalid credentials' } : {}),
      user: {
        uid: `person-${person}`,
        name: `person${person}@example.org`,
        email_addr: `person${person}@example.org`,
        full_name: `Person ${person}`,
        type_id: 1,
      },
      session: { uid: `${prefix}-session-${session}`, issuer: 'https://id.example.org' },
      service: { name: clients[(scatter(session) + (step > 4 ? 1 : 0)) % clients.length] },
      src_endpoint: {
        ip: `${20 + (person % 60)}.${(person >> 6) % 256}.${scatter(person) % 256}.${1 + (session % 3)}`,
      },
      http_request: { user_agent: userAgents[(person + (session % 7 === 0 ? 1 : 0)) % userAgents.length] },
      auth_protocol: 'OpenID',
      auth_protocol_id: 6,
      is_mfa: !isSignIn,
      is_remote: true,
    };
    yield JSON.stringify(record);
  }
}

/** Spreads neighbours apart, the same way every time. */
function scatter(value: number): number {
  return Math.imul(value + 1, 2_654_435_761) >>> 8;
}
