import type { Command } from 'commander';
import { type Common, declare, inTenant } from '#lib/cli/in-tenant.ts';
import { backtest, settingsOf } from '#lib/detection/backtest.ts';
import { detectors } from '#lib/detection/registry.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { safeText } from '#lib/model/safe-text.ts';

type Options = Common & { detector: string; set: string[]; from: string; to: string };

/** `gatehouse backtest`: what a detector would have found in the stored events. Changes nothing. */
export function addBacktestCommand(program: Command): void {
  declare(program, 'backtest', 'what a detector would have found between two times, with settings of your own')
    .requiredOption('--detector <id>', `one of: ${detectors.map(({ id }) => id).join(', ')}`)
    .option('--set <key=value>', 'a setting other than its default; again for more', collect, [])
    .requiredOption('--from <time>', 'the first moment, such as 2026-11-01 or 2026-11-01T08:00:00Z')
    .requiredOption('--to <time>', 'the last moment')
    .action((options: Options) => {
      const detector = detectors.find(({ id }) => id === options.detector);
      if (!detector)
        throw new Refusal(
          'invalid_input',
          `There is no detector ${options.detector}. There are: ${detectors.map(({ id }) => id).join(', ')}.`,
        );
      const settings = settingsOf(detector, options.set);
      const [from, to] = [momentOf(options.from, '--from'), momentOf(options.to, '--to')];
      if (from > to) throw new Refusal('invalid_input', '--from is later than --to.');
      return inTenant(options, async (actor) => {
        const findings: object[] = [];
        const summary = await backtest(
          pool('cli'),
          actor.tenantId,
          { detector, settings, from, to },
          ({ key, severity, title, summary, firstAt, lastAt }) => {
            if (options.json) findings.push({ key, severity, title, summary, firstAt, lastAt });
            else
              process.stdout.write(
                `${firstAt.toISOString().slice(0, 16)}  ${severity.padEnd(8)}  ${safeText(summary)}\n`,
              );
          },
        );
        const counted = Object.entries(summary.bySeverity).map(([severity, count]) => `${severity} ${count}`);
        process.stdout.write(
          options.json
            ? `${JSON.stringify({ ...summary, list: findings })}\n`
            : `${summary.findings} findings (${counted.join(', ') || 'none'}) in ${summary.events} events of ${summary.subjects} ${detector.scope === 'person' ? 'people' : 'networks'}\n`,
        );
      });
    });
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function momentOf(text: string, option: string): Date {
  const moment = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(moment.getTime()))
    throw new Refusal('invalid_input', `${option} "${text}" is no time; expected one such as 2026-11-01T08:00:00Z.`);
  return moment;
}
