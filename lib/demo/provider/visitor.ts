import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { isSecret, readCookie } from '#lib/demo/page.ts';
import type { Visitor } from '#lib/demo/provider/ocsf-record.ts';

export const deviceCookie = 'sample_device';

/**
 * Who asks. Behind its edge a provider believes the edge about the visitor's address; here the story's clients play that edge and
 * prove it with a key. A browser on this machine is seen as it comes, from loopback.
 */
export function visitorOf(request: IncomingMessage, edgeKey: string): Visitor {
  const header = (name: string) => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const claimed = isSecret(header('x-sample-edge'), edgeKey) ? header('x-sample-visitor') : undefined;
  const address = claimed ?? request.socket.remoteAddress ?? '';
  const device = readCookie(request, deviceCookie);
  return {
    ip: ipaddr.isValid(address) ? ipaddr.process(address).toString() : null,
    userAgent: header('user-agent')?.slice(0, 512) ?? null,
    device: device && /^[0-9a-f-]{36}$/.test(device) ? device : null,
  };
}
