import { type Employee, employees } from '#lib/demo/company.ts';
import { type Chance, chanceOf } from '#lib/demo/story/chance.ts';
import {
  type Act,
  type StoryRecord,
  type StorySystem,
  serviceRecord,
  storyRecord,
} from '#lib/demo/story/provider-records.ts';
import { elsewhere, networks, type Seat, seatOf } from '#lib/demo/story/seats.ts';
import { stableId } from '#lib/kernel/ids.ts';

const hourMs = 3_600_000;
const apps: Record<StorySystem, readonly [string, ...string[]]> = {
  okta: ['Mail', 'Travel desk', 'CRM', 'Expenses', 'Wiki'],
  entra: ['Office', 'Teams', 'Design vault', 'Warehouse'],
  keycloak: ['Build farm', 'Code', 'Crane telemetry', 'Tickets'],
};
const services: readonly (readonly [StorySystem, string])[] = [
  ['okta', 'payroll-export'],
  ['entra', 'nightly-backup'],
  ['keycloak', 'telemetry-collector'],
];

/**
 * What everybody at the company does on one day (`YYYY-MM-DD`, UTC), in the order of time: office hours of their site, quiet weekends, a
 * mistyped password now and then, programs around the clock. The same day gives the same records whenever it is asked for.
 */
export function ordinaryDay(day: string): StoryRecord[] {
  const records = employees.filter(({ system }) => system !== 'sample').flatMap((employee) => dayOf(employee, day));
  const batch = services.flatMap(([system, name], index) =>
    Array.from({ length: 6 }, (_, turn) =>
      serviceRecord(
        system,
        name,
        new Date(Date.parse(`${day}T00:00:00Z`) + turn * 4 * hourMs + (index * 11 + 3) * 60_000),
        `${networks.hamburg.office}.2`,
      ),
    ),
  );
  return [...records, ...batch].sort((a, b) => a.at - b.at);
}

function dayOf(employee: Employee, day: string): StoryRecord[] {
  const system = employee.system as StorySystem;
  const chance = chanceOf('day', employee.staffNumber, day);
  const midnight = Date.parse(`${day}T00:00:00Z`) - networks[employee.site].utcHours * hourMs;
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  const isWeekend = weekday === 0 || weekday === 6;
  if (!chance.happens(isWeekend ? 0.05 : 0.93)) return [];
  const seat = seatToday(employee, weekday, isWeekend || chance.happens(0.3) ? 'home' : 'office');
  const session = sessionToday(employee, day, seat);
  const records: StoryRecord[] = [];
  let time =
    midnight + chance.between(isWeekend ? 600 : 455, isWeekend ? 1_140 : 585) * 60_000 + chance.between(0, 59_999);
  const act = (made: Act, at: Seat = seat) => records.push(storyRecord(employee, at, new Date(time), made));
  const wait = (fromMinutes: number, toMinutes: number) => {
    time += chance.between(fromMinutes * 60, toMinutes * 60) * 1_000 + chance.between(0, 999);
  };
  if (chance.happens(0.07)) {
    act({ kind: 'wrong-password', app: apps[system][0] });
    time += chance.between(8, 25) * 1_000;
  }
  act({ kind: 'sign-in', session, app: apps[system][0] });
  for (let turn = isWeekend ? 1 : chance.between(2, 4); turn > 0; turn -= 1) {
    wait(2, 110);
    act({ kind: chance.happens(0.7) ? 'open-app' : 'renew', session, app: chance.pick(apps[system]) });
  }
  if (!isWeekend && chance.happens(0.15))
    phoneTurn(employee, seatToday(employee, weekday, 'phone'), day, time, chance, records);
  wait(20, 130);
  if (chance.happens(0.9) && system !== 'entra') act({ kind: 'sign-out', session, app: apps[system][0] });
  return records;
}

/** Somebody looks something up on the phone over lunch: another device, the home's or the office's network. */
function phoneTurn(
  employee: Employee,
  seat: Seat,
  day: string,
  near: number,
  chance: Chance,
  records: StoryRecord[],
): void {
  const system = employee.system as StorySystem;
  const session = sessionToday(employee, day, seat);
  const at = new Date(near + chance.between(1, 40) * 60_000);
  records.push(storyRecord(employee, seat, at, { kind: 'sign-in', session, app: apps[system][0] }));
  if (system !== 'entra') {
    const later = new Date(at.getTime() + chance.between(20, 90) * 60_000);
    records.push(storyRecord(employee, seat, later, { kind: 'sign-out', session, app: apps[system][0] }));
  }
}

/** Stellan Norrgard visits the London customer on Wednesdays and Thursdays: a trip with time enough for the way, so no signal. */
function seatToday(employee: Employee, weekday: number, place: 'home' | 'office' | 'phone'): Seat {
  const seat = seatOf(employee, place);
  const travels = employee.name === 'Stellan Norrgard' && (weekday === 3 || weekday === 4);
  return travels ? { ...seat, ip: elsewhere.london } : seat;
}

/** Entra keeps a browser's session for weeks, the others for the day. */
function sessionToday(employee: Employee, day: string, seat: Seat): string {
  const span = employee.system === 'entra' ? String(Math.floor(Date.parse(day) / (14 * 24 * hourMs))) : day;
  const id = stableId('story-session', employee.staffNumber, span, seat.deviceId ?? '');
  return employee.system === 'okta' ? `idx${id.replaceAll('-', '').slice(0, 20)}` : id;
}
