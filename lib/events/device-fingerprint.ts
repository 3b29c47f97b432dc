import { UAParser } from 'ua-parser-js';

export type DeviceFingerprint = { fingerprint: string; label: string; strong: boolean };

const known = new Map<string, { fingerprint: string; label: string } | null>();

/**
 * What makes a device the same one again: the provider's own device id, else browser and system of the user agent without
 * their versions (an update is no new device). `null` when neither says anything.
 */
export function fingerprintDevice(sourceDeviceId: string | null, userAgent: string | null): DeviceFingerprint | null {
  const agent = userAgent ? readUserAgent(userAgent) : null;
  if (sourceDeviceId)
    return { fingerprint: `id:${sourceDeviceId}`, label: agent?.label ?? 'Registered device', strong: true };
  return agent ? { ...agent, strong: false } : null;
}

function readUserAgent(userAgent: string): { fingerprint: string; label: string } | null {
  const cached = known.get(userAgent);
  if (cached !== undefined) return cached;
  const { browser, os, device } = new UAParser(userAgent.slice(0, 1000)).getResult();
  // What is no browser is named by its first word: "okhttp/4.9" and "okhttp/5.0" are one client.
  const first = /^[\w.-]+/.exec(userAgent)?.[0]?.replace(/[/_-]?v?\d[\w.]*$/, '');
  const name = browser.name ?? (first && first !== 'Mozilla' ? first : null);
  const result =
    name || os.name
      ? {
          fingerprint: `ua:${(name ?? '?').toLowerCase()}|${(os.name ?? '?').toLowerCase()}|${device.type ?? 'desktop'}`,
          label: name && os.name ? `${name} on ${os.name}` : (name ?? os.name ?? 'Unknown device'),
        }
      : null;
  // User agents are the sender's to choose, so the memory of them is bounded.
  if (known.size > 5_000) known.clear();
  known.set(userAgent, result);
  return result;
}
