/** What a wave asks of people before its packages are out, and of its operators at the end. Times are plan time. */
import { signsFor } from '../authority/who-may.ts';
import type { PackageSection, WaveSection } from '../plan/section.ts';
import type { ReadinessItem } from '../plan/schema.ts';
import { instantText } from '../time/instant.ts';
import type { ChecklistLine } from '../views.ts';
import type { PersonRequest } from './request.ts';

/** A package that is not released yet. */
export interface WaitingPackage {
  section: PackageSection;
  goLiveMs?: number;
  /** Judged at its go-live. */
  checklist: ChecklistLine[];
  /** Undefined: not taken yet, and `previewProblem` may say why not. */
  previewDigest?: string;
  previewProblem?: string;
  missingSigners: string[];
  rejectedBy: string[];
  heldBack?: string;
}

export interface WaveFacts {
  section: WaveSection;
  waiting: WaitingPackage[];
  /** People who may still lift the hold; undefined: not on hold. */
  holdWaitsFor?: { people: string[]; approvals: number };
  /** The last day for the review, once everything else is done. */
  reviewByMs?: number;
}

export function waveRequests(standing: WaveFacts, nowMs: number): PersonRequest[] {
  const { section, waiting, holdWaitsFor, reviewByMs } = standing;
  const name = `${section.plan}/${section.wave.id}`;
  return [
    // Lifting the hold says for whom, and voids what was signed before: first that, then everything else.
    ...(holdWaitsFor
      ? [liftHold(section, holdWaitsFor)]
      : [...waiting.flatMap((entry) => packageRequests(section, entry, nowMs)), ...dateOfWave(section, waiting)]),
    ...(reviewByMs === undefined
      ? []
      : [
          request({
            key: 'review',
            kind: 'review',
            to: section.operators,
            byMs: reviewByMs,
            text: `All packages of ${name} have come to rest: write its review, which closes it; without one it closes by itself.`,
            command: `rolewave review ${name} --successes "…" --challenges "…" --improvements "…"`,
          }),
        ]),
  ];
}

function packageRequests(wave: WaveSection, entry: WaitingPackage, nowMs: number): PersonRequest[] {
  const { section, goLiveMs } = entry;
  const { id, name, owner } = section.package;
  const target = `${wave.plan}/${wave.wave.id}/${id}`;
  const delegates = delegatesOf(section, nowMs);
  const when = goLiveMs === undefined ? '' : ` before its go-live on ${instantText(goLiveMs)}`;
  const common = { package: id, ...(goLiveMs === undefined ? {} : { byMs: goLiveMs }) };
  const about = (part: Omit<PersonRequest, 'package' | 'byMs' | 'delegates' | 'urgent'>, standsIn = delegates) =>
    request({ ...common, ...part, delegates: standsIn });

  const requests: PersonRequest[] = [];
  for (const [person, lines] of byPerson(section, entry.checklist)) {
    const items = lines.map(({ item, why }) => (why === 'no evidence yet' ? itemNames[item] : `${itemNames[item]} (${why})`));
    requests.push(
      about(
        {
          key: `evidence:${id}:${person}`,
          kind: 'evidence',
          to: [person],
          text: `${name} needs evidence${when}: ${items.join(', ')}.`,
          command: `rolewave evidence ${target} ${evidenceOf(lines)}`,
        },
        person === owner ? delegates : [],
      ),
    );
  }
  const unreadable = entry.checklist.find(({ item, ok, why }) => item === 'metrics' && !ok && why !== 'not read yet');
  if (unreadable)
    requests.push(
      about({
        key: `metrics:${id}`,
        kind: 'question',
        to: wave.operators,
        text: `${name} cannot be watched: ${unreadable.why}. Fix the source or the plan.`,
        command: `rolewave show ${target}`,
      }),
    );
  if (entry.previewProblem !== undefined)
    requests.push(
      about({
        key: `preview:${id}`,
        kind: 'question',
        to: wave.operators,
        text: `What ${name} will change cannot be read: ${entry.previewProblem}.`,
        command: `rolewave show ${target}`,
      }),
    );
  for (const person of entry.previewDigest === undefined ? [] : entry.missingSigners)
    requests.push(
      about(
        {
          key: `signOff:${id}:${person}:${entry.previewDigest?.slice(0, 12)}`,
          kind: 'signOff',
          to: [person],
          text: `${name} waits for the sign-off of ${person}${when}: look at what will change, and approve or reject it.`,
          command: `rolewave sign-off ${target}`,
        },
        person === owner ? delegates : [],
      ),
    );
  if (entry.rejectedBy.length > 0)
    requests.push(
      about({
        key: `rejected:${id}:${entry.previewDigest?.slice(0, 12)}`,
        kind: 'question',
        to: [owner],
        text: `${name} was rejected by ${entry.rejectedBy.join(', ')}: change the plan, or talk to them.`,
        command: `rolewave show ${target}`,
      }),
    );
  if (goLiveMs === undefined && entry.heldBack !== undefined)
    requests.push(
      about({
        key: `date:${id}:${entry.heldBack.slice(0, 40)}`,
        kind: 'date',
        to: [owner, ...wave.operators],
        text: `${name} was held back (${entry.heldBack}) and needs a new date.`,
        command: `rolewave set-date ${target} DATE`,
      }),
    );
  return requests;
}

/** Of the first that is missing; a drill says how long it took, and a risk is accepted until a day. */
function evidenceOf([first]: ChecklistLine[]): string {
  const also = first?.item === 'drill' ? ' --took DURATION' : first?.item === 'riskAcceptance' ? ' --expires DATE' : '';
  return `${first?.item ?? ''} --reference "…"${also}`;
}

/** Open lines that somebody can close, by who is asked for them first. */
function byPerson(section: PackageSection, checklist: ChecklistLine[]): Map<string, ChecklistLine[]> {
  const asked = checklist.filter(({ item, ok }) => !ok && item !== 'metrics');
  return Map.groupBy(asked, ({ item }) => (item === 'drill' ? section.package.requires.drill?.signedBy : undefined) ?? section.package.owner);
}

function liftHold({ plan, wave, operators }: WaveSection, { people, approvals }: NonNullable<WaveFacts['holdWaitsFor']>): PersonRequest {
  const target = `${plan}/${wave.id}`;
  return {
    key: `liftHold:${wave.id}`,
    kind: 'liftHold',
    to: people,
    delegates: [],
    text: `${target} is on hold (${wave.hold?.reason ?? 'no reason given'}): ${approvals} of ${people.length > 0 ? people.join(', ') : operators.join(', ')} must lift it, for the same people and date.`,
    command: `rolewave lift-hold ${target} --go-live DATE --reason "…"`,
    urgent: false,
  };
}

/** A wave without a date is tentative: whoever runs it is asked once its packages are otherwise ready. */
function dateOfWave(section: WaveSection, waiting: WaitingPackage[]): PersonRequest[] {
  const undated = waiting.filter(({ goLiveMs, heldBack }) => goLiveMs === undefined && heldBack === undefined);
  const ready = undated.some(
    ({ checklist, previewDigest, missingSigners, rejectedBy }) =>
      previewDigest !== undefined && missingSigners.length + rejectedBy.length === 0 && checklist.every(({ ok }) => ok),
  );
  if (!ready) return [];
  const target = `${section.plan}/${section.wave.id}`;
  return [
    request({
      key: 'date',
      kind: 'date',
      to: section.operators,
      text: `${target} has no date, and ${undated.map((entry) => entry.section.package.name).join(', ')} could go live.`,
      command: `rolewave set-date ${target} DATE`,
    }),
  ];
}

export const delegatesOf = (section: PackageSection, nowMs: number): string[] =>
  [...new Set(section.delegates.map(({ to }) => to))].filter((to) => signsFor(section, to, nowMs) === 'delegate');

const request = (part: Omit<PersonRequest, 'delegates' | 'urgent'> & { delegates?: string[] }): PersonRequest => ({ delegates: [], urgent: false, ...part });

const itemNames: Record<ReadinessItem, string> = {
  owner: 'an owner',
  handoff: 'the handoff',
  rollbackPath: 'a rollback path',
  drill: 'the drill',
  backup: 'the backup',
  notices: 'the notices to its people',
  training: 'the training',
  postLaunchChecks: 'post-launch checks',
  riskAcceptance: 'the acceptance of its risk',
  metrics: 'metrics',
};
