/** The applications that sign people in through the sample provider. Served by one process, each with a secret of its own. */
export const sampleClients = [
  { id: 'payroll', name: 'Payroll', path: '/payroll' },
  { id: 'wiki', name: 'Wiki', path: '/wiki' },
] as const;
export type SampleClientId = (typeof sampleClients)[number]['id'];

/** The name people know a client by. */
export function clientName(id: string): string {
  return sampleClients.find((client) => client.id === id)?.name ?? id;
}

/** Where a client takes the code, takes logout tokens, and returns to after signing out. */
export function clientAddresses(appUrl: string, path: string): { redirect: string; backchannel: string; home: string } {
  return {
    redirect: `${appUrl}${path}/callback`,
    backchannel: `${appUrl}${path}/backchannel-logout`,
    home: `${appUrl}${path}`,
  };
}
