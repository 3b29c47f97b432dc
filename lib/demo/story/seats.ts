import type { Employee, Site } from '#lib/demo/company.ts';
import { chanceOf } from '#lib/demo/story/chance.ts';

/** Where and with what somebody sits down to sign in. */
export type Seat = { ip: string; userAgent: string; deviceId: string | null };

/** Networks (first three parts of an address) as the bundled city database places them; a test holds it to that. */
export const networks = {
  hamburg: { office: '212.8.200', homes: ['77.1.7', '77.14.206', '2.210.234', '94.134.108'], utcHours: 1 },
  lyon: { office: '168.87.123', homes: ['176.184.213', '90.114.161', '2.3.147', '128.79.183'], utcHours: 1 },
  lisbon: { office: '193.126.218', homes: ['85.244.1', '77.91.204'], utcHours: 0 },
  toronto: { office: '204.11.48', homes: ['174.114.112', '99.240.229', '99.211.106'], utcHours: -5 },
  sydney: { office: '202.170.199', homes: ['101.191.175', '121.219.73'], utcHours: 11 },
} as const satisfies Record<Site, { office: string; homes: readonly string[]; utcHours: number }>;

/** Where nobody of the company lives: a business trip, and those who should not be there. */
export const elsewhere = {
  london: '176.254.126.21',
  singapore: '14.0.57.118',
  saoPaulo: '177.141.20.203',
  amsterdam: '146.190.226.40',
  bucharest: '92.83.124.77',
  warsaw: '5.173.10.9',
  sofia: '78.83.66.10',
} as const;

const windows = 'Windows NT 10.0; Win64; x64';
const mac = 'Macintosh; Intel Mac OS X 10_15_7';
const chrome = (system: string, version: number) =>
  `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`;
const laptops = [
  chrome(windows, 141),
  chrome(windows, 142),
  `${chrome(windows, 142)} Edg/142.0.0.0`,
  `Mozilla/5.0 (${windows}; rv:144.0) Gecko/20100101 Firefox/144.0`,
  chrome(mac, 142),
  `Mozilla/5.0 (${mac}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15`,
  'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
] as const;
const phones = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
] as const;

/** What an intruder's browser calls itself here. */
export const intruderAgent = chrome('X11; Linux x86_64', 128);

/** The browser and the address a person has at work, at home and in the pocket: always the same for the same person. */
export function seatOf(employee: Employee, place: 'office' | 'home' | 'phone'): Seat {
  const chance = chanceOf('seat', employee.staffNumber);
  const site = networks[employee.site];
  const home = `${chance.pick(site.homes as unknown as readonly [string, ...string[]])}.${chance.between(20, 220)}`;
  const [laptop, phone] = [chance.pick(laptops), chance.pick(phones)];
  return {
    ip: place === 'office' ? `${site.office}.${chance.between(4, 9)}` : home,
    userAgent: place === 'phone' ? phone : laptop,
    deviceId: `dev-${employee.staffNumber.toLowerCase()}-${place === 'phone' ? 'phone' : 'laptop'}`,
  };
}
