import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import {
  type ExportFormat,
  type ExportType,
  exportDefinitions,
  exportFormats,
  exportRows,
  exportTypes,
} from '#lib/audit/export-rows.ts';
import { examine } from '#lib/cli/doctor.ts';
import { type Common, declare, inTenant, print } from '#lib/cli/in-tenant.ts';
import { erasePerson } from '#lib/events/erase-person.ts';
import { linkPeople, unlinkPerson } from '#lib/events/linked-people.ts';
import { placeHold, releaseHold, setRetention } from '#lib/events/retention.ts';
import { runRetention } from '#lib/events/run-retention.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { type Filter, type FilterDeclaration, filterParameters, parseFilter } from '#lib/model/filter.ts';

type ExportOptions = Common & { type: ExportType; format: ExportFormat; where: string[]; output?: string };

/** What is done with the store: taking it out, keeping it short, looking whether it is whole. */
export function addStoreCommands(program: Command): void {
  declare(program, 'export', 'write everything a filter finds, latest first, to stdout or a file')
    .addOption(new Option('--type <type>', 'what').choices(exportTypes).makeOptionMandatory())
    .addOption(new Option('--format <format>', 'how; ocsf for events only').choices(exportFormats).default('ndjson'))
    .option(
      '--where <name=value>',
      "a condition under the list's own name, such as ip=192.0.2.0/24; again for more",
      collect,
      [],
    )
    .option('--output <file>', 'a file instead of stdout')
    .action((options: ExportOptions) => inTenant(options, (actor) => exportTo(options, actor)));

  const retention = program.command('retention').description('how long events are kept');
  declare(
    retention,
    'set <type> <days>',
    'keep events of a type (or * for the others) so many days; "forever" takes the rule away',
  ).action((eventType: string, days: string, options: Common) =>
    inTenant(options, async (actor) => {
      const keepDays = days === 'forever' ? null : Number(days);
      const set = await execute(pool('cli'), setRetention, actor, { eventType, keepDays });
      print(options, set, `${set.eventType}: ${set.keepDays === null ? 'kept for ever' : `kept ${set.keepDays} days`}`);
    }),
  );
  declare(retention, 'run', 'take away what is over, holds left alone').action((options: Common) =>
    inTenant(options, async (actor) => {
      const summary = await runRetention(pool('maintenance'), actor);
      const months = summary.months.length > 0 ? ` of ${summary.months.join(', ')}` : '';
      const later =
        summary.postponed.length > 0 ? `; in use, so left to the next run: ${summary.postponed.join(', ')}` : '';
      print(
        options,
        summary,
        `${summary.events} events${months} and ${summary.quarantined} quarantined records taken away, ${summary.partitionsDropped} partitions dropped${later}`,
      );
    }),
  );

  const hold = program.command('hold').description('legal holds');
  declare(hold, 'place <reason>', 'keep everything, or what is known of a person, whatever retention says')
    .option('--person <id>', 'of this person only')
    .action((reason: string, options: Common & { person?: string }) =>
      inTenant(options, async (actor) => {
        const made = await execute(pool('cli'), placeHold, actor, { reason, personId: options.person ?? null });
        print(options, made, made.id);
      }),
    );
  declare(hold, 'release <id>', 'release a hold').action((id: string, options: Common) =>
    inTenant(options, async (actor) => {
      await execute(pool('cli'), releaseHold, actor, { id });
      print(options, { id, released: true }, `released ${id}`);
    }),
  );

  const person = program.command('person').description('people in the store');
  declare(person, 'erase <id>', "take a person's personal data out; counts and the audit stay")
    .requiredOption('--reason <reason>', 'why, for the audit')
    .action((personId: string, options: Common & { reason: string }) =>
      inTenant(options, async (actor) => {
        const erased = await execute(pool('maintenance'), erasePerson, actor, { personId, reason: options.reason });
        print(options, erased, `erased from ${erased.events} events and ${erased.signals} signals`);
      }),
    );

  declare(person, 'link <id> <other>', "say that two accounts are one person's; the other by id, e-mail or subject")
    .requiredOption('--reason <reason>', 'how it is known, for the audit')
    .action((personId: string, other: string, options: Common & { reason: string }) =>
      inTenant(options, async (actor) => {
        const linked = await execute(pool('cli'), linkPeople, actor, { personId, other, reason: options.reason });
        print(options, linked, `linked ${linked.otherId}; ${linked.accounts} accounts of one person`);
      }),
    );
  declare(person, 'unlink <id>', 'take an account apart from the others of its person')
    .requiredOption('--reason <reason>', 'why, for the audit')
    .action((personId: string, options: Common & { reason: string }) =>
      inTenant(options, async (actor) => {
        await execute(pool('cli'), unlinkPerson, actor, { personId, reason: options.reason });
        print(options, { personId, unlinked: true }, `unlinked ${personId}`);
      }),
    );

  declare(program, 'doctor', 'what is configured, reachable, missing; exit 1 when a check fails')
    .option('--rebuild-check', 'derive people, their sign-outs, sessions and devices anew from all events and compare')
    .action((options: Common & { rebuildCheck?: boolean }) =>
      inTenant(options, async (actor, env) => {
        const findings = await examine(env, actor, { rebuild: options.rebuildCheck ?? false });
        const ok = findings.every(({ state }) => state !== 'failed');
        const sign = { ok: '✓', missing: '–', failed: '✗' } as const;
        print(
          options,
          { ok, findings },
          findings.map(({ check, state, detail }) => `${sign[state]} ${check}: ${detail}`).join('\n'),
        );
        if (!ok) process.exitCode = 1;
      }),
    );
}

async function exportTo(options: ExportOptions, actor: Actor): Promise<void> {
  const { filters } = exportDefinitions[options.type];
  const filter = filterOf(options, filters);
  const pieces = await exportRows(pool('cli'), actor, { type: options.type, format: options.format, filter });
  const target = options.output ? createWriteStream(options.output, { mode: 0o600 }) : process.stdout;
  // The stream waits for a slow reader, so memory stays within a page.
  await pipeline(Readable.from(pieces), target, { end: target !== process.stdout });
}

/**
 * The filter that the conditions of a command line mean. A misspelt one, one without a value or one given twice would silently
 * export more than was asked for.
 * @throws Refusal `invalid_input` naming each
 */
function filterOf(options: ExportOptions, declaration: FilterDeclaration): Filter {
  const pairs = options.where.map((pair) => {
    const at = pair.indexOf('=');
    return at < 0 ? [pair, ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  }) as [string, string][];
  const given = new Map(pairs);
  const { filter, problems } = parseFilter({ get: (name) => given.get(name) ?? null }, declaration);
  const known = filterParameters(declaration).map(({ name }) => name);
  const wrong = pairs.flatMap(([path, value], at) => {
    if (!known.includes(path)) return { path, message: `${options.type} have no such filter` };
    if (value === '') return { path, message: 'a value is missing: name=value' };
    if (pairs.findIndex(([name]) => name === path) !== at)
      return { path, message: 'given twice; write several values with commas' };
    return [];
  });
  if (problems.length + wrong.length > 0)
    throw new Refusal('invalid_input', 'The filter is not right. Nothing was exported.', {
      problems: [...problems, ...wrong],
    });
  return filter;
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}
