import { type Employee, employees, employeesAt } from '#lib/demo/company.ts';
import { chanceOf } from '#lib/demo/story/chance.ts';
import { type StoryRecord, storyRecord } from '#lib/demo/story/provider-records.ts';
import { elsewhere, intruderAgent, type Seat, seatOf } from '#lib/demo/story/seats.ts';
import { stableId } from '#lib/kernel/ids.ts';

const minuteMs = 60_000;
const intruder = (ip: string): Seat => ({ ip, userAgent: intruderAgent, deviceId: null });

/** What went wrong shortly before the demo was first started (`anchor`), in the order of time. */
export function incidents(anchor: Date): StoryRecord[] {
  const before = (minutes: number, seconds = 0) => new Date(anchor.getTime() - minutes * minuteMs + seconds * 1_000);
  return [...spray(before), ...impossibleTraveller(before), ...stolenSession(before), ...guessing(before)].sort(
    (a, b) => a.at - b.at,
  );
}
type Before = (minutes: number, seconds?: number) => Date;

/** One address tries two passwords on everybody at Okta; Paloma Serrat's was one of them. */
function spray(before: Before): StoryRecord[] {
  const chance = chanceOf('spray');
  const seat = intruder(elsewhere.amsterdam);
  const people = employeesAt('okta');
  const tries = [0, 1].flatMap((round) =>
    people.map((employee, index) =>
      storyRecord(employee, seat, before(190 - round * 12, index * 24 + chance.between(0, 9)), {
        kind: 'wrong-password',
        app: 'Mail',
      }),
    ),
  );
  const victim = named('Paloma Serrat');
  const session = `idx${stableId('spray-success').replaceAll('-', '').slice(0, 20)}`;
  return [
    ...tries,
    storyRecord(victim, seat, before(168), { kind: 'sign-in', session, app: 'Mail' }),
    storyRecord(victim, seat, before(166, 20), { kind: 'open-app', session, app: 'Mail' }),
    storyRecord(victim, seat, before(164, 5), { kind: 'open-app', session, app: 'Expenses' }),
  ];
}

/** Greta Sonnwald is at her desk in Hamburg, and 40 minutes later in Singapore. */
function impossibleTraveller(before: Before): StoryRecord[] {
  const person = named('Greta Sonnwald');
  const [here, there] = [stableId('traveller', 'here'), stableId('traveller', 'there')];
  return [
    storyRecord(person, seatOf(person, 'office'), before(150), { kind: 'sign-in', session: here, app: 'Office' }),
    storyRecord(person, seatOf(person, 'office'), before(131), {
      kind: 'open-app',
      session: here,
      app: 'Design vault',
    }),
    storyRecord(person, intruder(elsewhere.singapore), before(110), { kind: 'sign-in', session: there, app: 'Office' }),
    storyRecord(person, intruder(elsewhere.singapore), before(104), {
      kind: 'open-app',
      session: there,
      app: 'Design vault',
    }),
  ];
}

/** Elias Tornquist's own session is used in São Paulo, from another device, while he goes on using it in Hamburg. */
function stolenSession(before: Before): StoryRecord[] {
  const person = named('Elias Tornquist');
  const session = `idx${stableId('stolen-session').replaceAll('-', '').slice(0, 20)}`;
  const [own, thief] = [seatOf(person, 'office'), intruder(elsewhere.saoPaulo)];
  return [
    storyRecord(person, own, before(95), { kind: 'sign-in', session, app: 'Mail' }),
    storyRecord(person, own, before(88), { kind: 'open-app', session, app: 'CRM' }),
    storyRecord(person, thief, before(71), { kind: 'open-app', session, app: 'CRM' }),
    storyRecord(person, thief, before(69, 30), { kind: 'open-app', session, app: 'Expenses' }),
    storyRecord(person, own, before(52), { kind: 'open-app', session, app: 'Wiki' }),
  ];
}

/** Somebody in Bucharest guesses Ilse Kornfeld's password, fourteen times, without luck. */
function guessing(before: Before): StoryRecord[] {
  const person = named('Ilse Kornfeld');
  return Array.from({ length: 14 }, (_, turn) =>
    storyRecord(person, intruder(elsewhere.bucharest), before(38, turn * 21), {
      kind: 'wrong-password',
      app: 'Tickets',
    }),
  );
}

function named(name: string): Employee {
  const found = employees.find((employee) => employee.name === name);
  if (!found) throw new Error(`nobody at the company is called ${name}`);
  return found;
}
