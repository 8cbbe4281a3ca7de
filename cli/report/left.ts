/** What is still open: every blocker, proposal, hold and failure, and who has to act. */
import { clearerText } from '../../domain/views/dependency.ts';
import { actionCommand } from '../action-command.ts';
import { grantText } from '../commands/claim.ts';
import { capital } from '../printable.ts';
import { frozenText } from '../proposal.ts';
import type { ReportData, ReportedPackage } from './data.ts';
import { html } from './html.ts';
import type { Html, Part } from './html.ts';
import { person, table, when } from './words.ts';
import { hasWatchEnded } from '../watch-words.ts';

export interface OpenLine {
  about: string;
  what: string;
  said: Part;
}

export function openLines({ wave, packages }: ReportData): OpenLine[] {
  const over = wave.stage === 'closed' || wave.stage === 'aborted';
  const ofPackages = packages.flatMap((entry) => {
    const lines = [...(over || entry.running ? [] : needsOf(entry)), ...(entry.running ? openSinceRelease(entry.running) : [])];
    return lines.map(({ what, said }) => ({ about: entry.planned.name, what, said }));
  });
  const review = { about: wave.wave, what: 'Review', said: 'every package is stable, rolled back or retired, but the review is not written yet' };
  const ofWave = (wave.requests ?? []).filter((request) => request.package === undefined && request.kind !== 'review' && request.kind !== 'liftHold');
  return [...ofPackages, ...ofWave.map(({ text }) => ({ about: wave.wave, what: 'Request', said: text })), ...(wave.stage === 'review' ? [review] : [])];
}

const isOfClaim = (kind: string): boolean => kind === 'claim' || kind === 'claimExpiry' || kind === 'claimProblem';

type Line = Omit<OpenLine, 'about'>;

function needsOf({ planned }: ReportedPackage): Line[] {
  const held = planned.heldBack === undefined ? [] : [{ what: 'Held back', said: planned.heldBack.text }];
  return [...held, ...planned.blockers.map(({ text }) => ({ what: 'Before release', said: text }))];
}

/** A request gets its own line where no proposal says the same: a certification, or a risk acceptance that expired. */
function openSinceRelease({ proposal, watch, grants, receipts, claims = [], requests = [] }: NonNullable<ReportedPackage['running']>): Line[] {
  const failed = receipts.reduce((sum, receipt) => sum + receipt.failed.length, 0);
  const lines: (Line | false | undefined)[] = [
    proposal && {
      what: proposal.kind === 'question' ? 'Question' : `${capital(proposal.kind)} proposed`,
      said: html`${proposal.why}, since
      ${when(proposal.proposedAtMs)}${frozenText(proposal) !== undefined && `, ${frozenText(proposal)}`}${(proposal.dependencies ?? [])
        .filter(({ clear }) => !clear)
        .map(({ line, clearedBy }) => html`; waits for: ${line}${clearedBy !== undefined && ` (cleared by ${clearerText(clearedBy)})`}`)}`,
    },
    ...claims.map(({ by, grants, untilMs, reason, keeps, overdue }) => ({
      what: keeps ? 'Kept for a claim' : 'Claimed',
      said: html`${grants.map(grantText).join(', ')}: ${keeps ? 'kept' : 'a rollback would keep it'} for ${by} until ${when(untilMs)}${overdue && ' (overdue)'}:
      ${reason}`,
    })),
    ...requests
      .filter(({ kind }) => proposal === undefined || kind === 'certification' || kind === 'cancelled' || kind === 'riskExpiry' || isOfClaim(kind))
      .map(({ text }) => ({ what: 'Request', said: text })),
    watch.paused !== undefined && { what: 'Watch paused', said: watch.paused },
    receipts.length === 0 && grants.failed > 0 && { what: 'Failed grants', said: `${grants.failed} could not be granted` },
    receipts.length === 0 && grants.unknown > 0 && { what: 'Unconfirmed grants', said: `${grants.unknown} could not be confirmed` },
    failed > 0 && { what: 'Rollback incomplete', said: `${failed} could not be undone` },
  ];
  return lines.filter((line): line is Line => line !== false && line !== undefined);
}

export function leftSection(data: ReportData): Html {
  const open = openLines(data);
  const goOn = data.packages.filter(({ running }) => running?.watch.nextEvaluationMs !== undefined && !hasWatchEnded(running));
  return html`<section aria-labelledby="left">
    <h2 id="left">Still open</h2>
    ${
      open.length === 0
        ? html`<p>Nothing is open.</p>`
        : table(
            'Still open',
            ['About', 'What', 'Details'],
            open.map(({ about, what, said }) => [about, what, said]),
            true,
          )
    }
    ${askedTable(data)}
    ${
      goOn.length > 0 &&
      html`<ul>
        ${goOn.map(({ planned, running }) => html`<li>Next evaluation of ${planned.name}: ${when(running?.watch.nextEvaluationMs ?? 0)}.</li>`)}
      </ul>`
    }
  </section> `;
}

/** Open requests: who was notified and has not answered. */
function askedTable({ wave, packages, plan }: ReportData): Html | false {
  const name = (id: string | undefined) => packages.find(({ planned }) => planned.package === id)?.planned.name ?? id ?? wave.wave;
  const requests = [
    ...(wave.requests ?? []).map((request) => ({ about: name(request.package), request })),
    ...packages.flatMap(({ planned, running }) => (running?.requests ?? []).map((request) => ({ about: planned.name, request }))),
  ];
  return (
    requests.length > 0 &&
    table(
      'Open requests',
      ['About', 'Who', 'What', 'By', 'Answer with'],
      requests.map(({ about, request: { to, text, byMs, action } }) => [
        about,
        to.map((id, index) => html`${index > 0 && ', '}${person(plan, id)}`),
        text,
        byMs !== undefined && when(byMs),
        html`<code>${actionCommand(action)}</code>`,
      ]),
    )
  );
}
