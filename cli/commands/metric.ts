/** `rolewave metric try`: what a metric of a plan measures now, before anyone signs it. */
import type { Command } from 'commander';
import type { MetricTrialView } from '../../domain/views/metric-trial.ts';
import { numberText, spanText, unitText } from '../../domain/watch/verdict-words.ts';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { readPlanFile } from '../plan-file.ts';
import { count, printable, sentence } from '../printable.ts';

export function addMetric(program: Command, io: Io): void {
  const metric = program.command('metric').description('Work on the metrics of a plan.');
  metric
    .command('try')
    .summary('show what a metric measures now: its range, its numbers and its newest row')
    .description(
      'Measures one metric of a plan now, as an evaluation and as a baseline would, and finds out how old its newest row is. A worker asks the system. Nothing is stored or changed. For operators of the plan; if it is the plan that is applied, also for owners and signers of the package.',
    )
    .argument('<file>', 'the plan (YAML)')
    .argument('<metric>', 'id of the metric')
    .option('--package <id>', 'the package for whose people it is measured (default: the first that watches it)')
    .addHelpText('after', '\nExample:\n  rolewave metric try plan.yaml close-exceptions\n\nExits with 3 when the metric cannot be read.')
    .action(async (file: string, name: string, options: { package?: string }, command: Command) => {
      const context = contextOf(io, command);
      const text = (await readPlanFile(file)).toString('utf8');
      const query = { metric: name, ...(options.package === undefined ? {} : { package: options.package }) };
      const trial = await context.client.postPlan<MetricTrialView>('/v1/plans/metric-trial', text, file, {}, query);
      const words = trialText(trial);
      if (trial.evaluation.measured.kind === 'error') throw new CommandFailure(exitCodes.refused, words, { code: 'metric-failed', ...trial });
      context.answer(trial, words);
    });
}

function trialText(trial: MetricTrialView): string {
  const { metric, package: rolePackage, kind, system, timeZone, people, evaluation, baseline } = trial;
  const zone = timeZone === undefined ? "the database's own time zone" : `time zone ${printable(timeZone)}`;
  const asked = system === undefined ? '' : `, in ${printable(system)} (${zone})`;
  return [
    `${printable(metric)}, a ${kind}, for the ${count(people, 'person', 'people')} of ${printable(rolePackage)}${asked}`,
    ...triedLines('An evaluation that is due now', evaluation),
    ...triedLines('A baseline that is taken now', baseline),
    sentence(newestText(trial)),
    'Nothing was stored or changed.',
  ].join('\n');
}

function triedLines(what: string, { fromMs, toMs, measured }: MetricTrialView['evaluation']): string[] {
  const length = (measured.toMs ?? toMs) - (measured.fromMs ?? fromMs);
  const range = toMs > fromMs ? `from ${secondText(fromMs)} to ${secondText(toMs)} (${spanText(length)})` : `at ${secondText(toMs)}`;
  return [`${what}, ${range}:`, `  ${sentence(measuredText(measured))}`];
}

/** To the second: a demonstration's day takes two. */
const secondText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

function measuredText(measured: MetricTrialView['evaluation']['measured']): string {
  if (measured.kind === 'error') return `could not be read: ${printable(measured.why)}`;
  if (measured.kind === 'noData') return 'no data';
  const { value, unit, n, count: counted } = measured;
  const of = counted === undefined ? '' : unit === 'ratio' ? ` (count ${numberText(counted)} of ${numberText(n ?? 0)})` : ` (count ${numberText(counted)})`;
  return `${numberText(value)}${unitText(unit)}${of}`;
}

function newestText({ kind, system, evaluation, baseline, newest, newestProblem }: MetricTrialView): string {
  if (newest) {
    const age = `Newest row: about ${spanText(newest.ageMs)} old (${secondText(newest.atMs)})`;
    return newest.late ? `${age}. That is long for its usual number of rows: if they arrive late, give the metric a delay` : age;
  }
  if (kind === 'gauge' || system === undefined) return `Newest row: ${kind === 'gauge' ? 'a gauge counts none' : 'a fixed answer has none'}`;
  if (newestProblem !== undefined) return `Newest row: not known: ${printable(newestProblem)}`;
  if ([evaluation, baseline].some(({ measured }) => measured.kind === 'error')) return 'Newest row: not known';
  return 'Newest row: none in the range of the baseline. If there should be some, check the time column and the time zone of the system';
}
