/** This desk as a WebAuthn relying party: the id is the host of GATEHOUSE_URL, the origin has to match exactly. */
export function relyingParty(): { id: string; name: string; origin: string } {
  const url = new URL(process.env.GATEHOUSE_URL ?? 'http://localhost:3000');
  return { id: url.hostname, name: 'Gatehouse', origin: url.origin };
}
