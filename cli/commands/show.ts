/** `rolewave show`: one wave or one package in full. */
import { Option } from 'commander';
import type { Command } from 'commander';
import type { AccessClaimView } from '../../domain/views/access-claim.ts';
import { grantText } from './claim.ts';
import { instantText } from '../../domain/time/instant.ts';
import { eventText } from '../../domain/event-text.ts';
import { openTo } from '../../domain/authority/answers.ts';
import { countsOf } from '../../domain/release/receipt.ts';
import type { ProposalView } from '../../domain/views/proposal.ts';
import type { PackageView } from '../../domain/views/package.ts';
import { tuneSteps } from '../../domain/tune/steps.ts';
import { verdictWords } from '../../domain/watch/verdict-words.ts';
import type { Io } from '../io.ts';
import { contextOf, type Context } from '../context.ts';
import type { PackageInFull } from '../../domain/views/package-in-full.ts';
import { nextOfRunning } from '../next.ts';
import { targetArgument } from '../options.ts';
import { grantLines, previewSections, readGrants, readPreview, type RowOrder } from '../people.ts';
import { cohortText } from '../../domain/access/cohort-words.ts';
import { numbersLine, numbersRows } from '../release-numbers.ts';
import { count, printable } from '../printable.ts';
import { answersOfOthers, proposalLines, requestLines } from '../proposal.ts';
import { overviewNote, readPackage, readReleased, readWave } from '../read.ts';
import { join, noteLine, refusalLine, section } from '../show/lines.ts';
import { doneLines, plannedLines, waveWords } from '../show/wave.ts';
import { parsePackageTarget, parseTarget, targetText } from '../target.ts';
import type { PackageTarget, Target } from '../target.ts';
import { workflowLinks } from '../temporal-ui.ts';

const eventsShown = 15;
const differencesShown = 20;

export function addShow(program: Command, io: Io): void {
  program
    .command('show')
    .description(
      'Shows a wave or a package in full: checklist, sign-offs, preview, watch, evaluations, what was granted and revoked, notes and events. Times are plan time.',
    )
    .addArgument(targetArgument())
    .option('--people', 'who gets, has and loses what; once the package is released: what became of each grant. For its owner, signers and operators')
    .addOption(new Option('--by <order>', 'with --people: the order').choices(['person', 'system']).default('person'))
    .option('--system <systems>', 'with --people: only in these systems, separated by commas')
    .option('--person <people>', 'with --people: only these people, separated by commas')
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave show role-packages/wave-1\n  rolewave show role-packages/wave-1/finance-month-end-operator --people\n  rolewave show role-packages/wave-1/finance-month-end-operator --json',
    )
    .action(async (text: string, options: PeopleOptions & { people?: boolean }, command: Command) => {
      const target = parseTarget(text);
      const context = contextOf(io, command);
      if (options.people) return showPeople(context, parsePackageTarget(text), options);
      if ('package' in target) {
        const { sent, view, part } = await readPackage(context.client, target);
        // Until it is released, the workflow of its wave decides for it.
        const workflow = view.running ? target : { plan: target.plan, wave: target.wave };
        context.answer(sent, withNote(packageWords(view, text, context.client.person), part, await linkOf(context, workflow)));
      } else {
        const { sent, view, part } = await readWave(context.client, target);
        // Of a released package the wave knows its state; what became of it, its own workflow does.
        const released = await readReleased(context.client, view);
        const { packages, silent } = released;
        const outcome = { ...(packages.length > 0 ? { released: packages } : {}), ...(silent.length > 0 ? { silent } : {}) };
        context.answer({ ...sent, ...outcome }, withNote(waveWords(view, released, context.client.person), part, await linkOf(context, target)));
      }
    });
}

const withNote = (words: string, part: 'full' | 'overview', link: string | undefined) =>
  join([words, ...(part === 'full' ? [] : ['', overviewNote]), ...(link === undefined ? [] : ['', "In Temporal's UI", `  ${printable(link)}`])]);

/** Not with --json, which is what the endpoint answered about the wave or the package. */
const linkOf = async ({ client, json }: Context, workflow: Target): Promise<string | undefined> =>
  json ? undefined : (await workflowLinks(client))(targetText(workflow));

interface PeopleOptions {
  by: RowOrder;
  system?: string;
  person?: string;
}

/** The preview before the release, and of what is only observed; otherwise the ledger. */
async function showPeople(context: Context, target: PackageTarget, { by, system, person }: PeopleOptions): Promise<void> {
  const { client } = context;
  const { package: planned, running } = (await readPackage(client, target)).view;
  const released = running !== null && running.change !== 'observe';
  const title = printable(`${(running ?? planned)?.name ?? target.package} (${targetText(target)})`);
  const filters = { by, system, person };
  if (released) {
    const grants = await readGrants(client, target, filters);
    return context.answer({ grants }, join([title, ...section('What became of each grant', grantLines(grants, by))]));
  }
  const preview = await readPreview(client, target, filters);
  context.answer(preview, join([title, ...previewSections(preview, by).flatMap((each) => section(each.title, each.lines))]));
}

function packageWords({ package: planned, running, definition, evaluations, ledger, numbers, events }: PackageInFull, target: string, reader?: string): string {
  return join([
    `${printable((running ?? planned)?.name ?? target)} (${target})`,
    ...(planned ? plannedLines(planned).map((line) => `  ${line}`) : []),
    ...section('Cohort', definition?.cohortQuery ? [cohortText(definition.cohortQuery, definition.people)] : []),
    ...(running ? runningLines(running, reader) : []),
    ...section(
      'Ledger',
      Object.entries(ledger).map(
        ([kind, outcomes]) =>
          `${effectWords[kind] ?? kind}: ${Object.entries(outcomes)
            .map(([outcome, number]) => `${number} ${outcomeWords[outcome] ?? outcome}`)
            .join(', ')}`,
      ),
    ),
    ...section('Done, and planned', numbers ? numbersRows(numbers).map(numbersLine) : []),
    ...section(
      'Evaluations',
      evaluations
        .slice(-eventsShown)
        .map(
          ({ number, purpose, dueMs, verdict }) =>
            `no. ${number}, on ${instantText(dueMs)} (${purpose}): ${verdictWords[verdict.kind].toLowerCase()}: ${printable(verdict.why)}`,
        ),
    ),
    ...differences(evaluations.at(-1)),
    ...section(
      `Last ${count(Math.min(events.length, eventsShown), 'event')}`,
      events.slice(-eventsShown).map((event) => `${instantText(event.atMs)}  ${event.actor}: ${eventText(event)}`),
    ),
  ]);
}

/** With who did it and when, where the system tells. */
function differences(newest: PackageInFull['evaluations'][number] | undefined): string[] {
  const { number, driftLines: lines = [] } = newest ?? {};
  const left = lines.length - differencesShown;
  return section(`What differed from what was reviewed at evaluation ${number}`, [
    ...lines.slice(0, differencesShown).map(printable),
    ...(left > 0 ? [`and ${left} more, which '--json' has`] : []),
  ]);
}

function runningLines(view: PackageView, reader?: string): string[] {
  const { proposal, tunes, receipts, requests, contents = [], supersededBy, certifiedMs, notes, refusals } = view;
  return [
    ...section('Since its release', [
      nextOfRunning(view, reader),
      ...doneLines(view),
      ...(supersededBy === undefined ? [] : [`superseded by ${supersededBy}, which watches it now; it continues if that release is rolled back`]),
      ...(certifiedMs === undefined ? [] : [`certified by its owner on ${instantText(certifiedMs)}`]),
    ]),
    ...section(
      'Waits for a system',
      (view.waits ?? []).map(({ text }) => text),
    ),
    ...section('Open proposal', proposal ? [...proposalLines(proposal), ...answeredBy(proposal, view, reader)] : []),
    ...section('Claims on its access', (view.claims ?? []).map(claimLine)),
    ...section(
      'Roles that may do something else than was reviewed',
      contents.map(({ system, text }) => `${system}: ${text}`),
    ),
    ...section(
      'Open requests',
      (requests ?? []).flatMap((request) => requestLines(request, reader)),
    ),
    ...section(
      'Tunes',
      tunes.map(({ step, why, atMs, by, result }) => `${stepText(step)} on ${instantText(atMs)} by ${by}: ${why}: ${result}`),
    ),
    ...section(
      'Receipts',
      receipts.flatMap((receipt) => {
        const { system, granted, revoked, kept, restored, failed, check } = receipt;
        const counts = countsOf(receipt);
        const left = counts.kept + counts.failed - kept.length - failed.length;
        return [
          `${system}: ${granted} granted, ${revoked} revoked, ${counts.kept} kept, ${restored} restored, ${counts.failed} failed`,
          ...kept.map(({ role, account, why }) => `kept: ${account} ${role}: ${why}`),
          ...failed.map(({ role, account, why }) => `FAILED: ${account} ${role}: ${why}`),
          ...(left > 0 ? [`and ${left} more: 'rolewave show ${view.plan}/${view.wave}/${view.package} --people' has each with its reason`] : []),
          ...(check === '' ? [] : [`check it with: ${check}`]),
        ];
      }),
    ),
    ...section('Notes', notes.map(noteLine)),
    ...section('Not accepted', refusals.map(refusalLine)),
  ];
}

/** Where it is for others to answer, who they are. */
function answeredBy(proposal: ProposalView, view: PackageView, reader: string | undefined): string[] {
  if (proposal.answers?.length === 0) return [];
  const mine = reader === undefined || proposal.answers === undefined || openTo(proposal.answers, reader).length > 0;
  return [
    `${mine ? 'answer it with' : 'see what can be answered with'} 'rolewave decide ${view.plan}/${view.wave}/${view.package}'`,
    ...(mine ? [] : answersOfOthers(proposal, reader)),
  ];
}

const effectWords: Partial<Record<string, string>> = { grant: 'granted access', retire: 'legacy access' };
/** A newer server may know others. */
const outcomeWords: Partial<Record<string, string>> = {
  pending: 'under way',
  created: 'granted',
  preexisting: 'there already',
  unknown: 'not confirmed',
  notRestored: 'not restored',
};

/** `retireLegacy` is 'retire the legacy access again'. A newer server may know others. */
const stepText = (step: string): string => (Object.hasOwn(tuneSteps, step) ? tuneSteps[step as keyof typeof tuneSteps].title.toLowerCase() : step);

const claimLine = ({ id, by, grants, untilMs, reason, keeps, overdue }: AccessClaimView) =>
  `${by} ${keeps ? 'keeps' : 'would keep'} ${grants.map(grantText).join(', ')} until ${instantText(untilMs)}${overdue ? ' (OVERDUE: renew or end it)' : ''}: ${reason} (claim ${id})`;
