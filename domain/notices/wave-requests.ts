/** What a wave asks of people before its packages are released, and of its operators at the end. Times are plan time. */
import { anotherText, standingDelegates } from '../authority/separation.ts';
import type { PackageSection, WaveSection } from '../plan/section.ts';
import { instantText } from '../time/instant.ts';
import { askedFor } from '../blockers.ts';
import { itemNames } from '../readiness.ts';
import type { HeldBack } from '../views/blocker.ts';
import type { ChecklistLine } from '../views/checklist.ts';
import { stopsText, type Stop } from '../views/stop.ts';
import type { ActionOf } from './action.ts';
import type { PersonRequest } from './request.ts';

/** A package that is not released yet. */
export interface WaitingPackage {
  section: PackageSection;
  goLiveMs?: number;
  /** As of its go-live. */
  checklist: ChecklistLine[];
  /** Undefined: there is no preview yet, and `previewProblem` may say why. */
  previewDigest?: string;
  previewProblem?: string;
  /** Rules of the plan that stop its release, as the preview shows. */
  stops?: Stop[];
  missingSigners: string[];
  rejectedBy: string[];
  /** Who may give the approval that separation of duties asks for besides; absent: it asks for none. */
  anotherSigner?: string[];
  heldBack?: HeldBack;
}

export interface WaveFacts {
  section: WaveSection;
  waiting: WaitingPackage[];
  /**
   * People who may still lift the hold, and what the earlier approvals named. `since`: the revision since which it is held like this; `wasLifted`: someone approved
   * lifting it before. Undefined: not on hold.
   */
  holdWaitsFor?: { people: string[]; approvals: number; since?: number; wasLifted?: boolean; agreed?: { goLiveMs: number; pilot?: string[] } };
  /** The last day for the review, once everything else is done. */
  reviewByMs?: number;
}

export function waveRequests(standing: WaveFacts, nowMs: number): PersonRequest[] {
  const { section, waiting, holdWaitsFor, reviewByMs } = standing;
  const name = `${section.plan}/${section.wave.id}`;
  return [
    // Lifting the hold sets the people and voids earlier sign-offs, so it comes before everything else.
    ...(section.packages.length === 0
      ? [] // Its packages have left the plan: there is nothing to lift its hold for.
      : holdWaitsFor
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
            text: `Every package of ${name} is stable, rolled back or retired. Write the review, which closes the wave. Without one it closes automatically on ${instantText(reviewByMs)}.`,
            action: {
              type: 'review',
              target: { plan: section.plan, wave: section.wave.id },
              fields: { supply: ['successes', 'challenges', 'improvements'] },
            },
          }),
        ]),
  ];
}

function packageRequests(wave: WaveSection, entry: WaitingPackage, nowMs: number): PersonRequest[] {
  const { section, goLiveMs } = entry;
  const { id, owner } = section.package;
  const name = `'${id}'`;
  const target = { plan: wave.plan, wave: wave.wave.id, package: id };
  const show: PersonRequest['action'] = { type: 'show', target, fields: {} };
  const delegates = delegatesOf(section, nowMs);
  const when = goLiveMs === undefined ? '' : ` before its go-live on ${instantText(goLiveMs)}`;
  const common = { package: id, ...(goLiveMs === undefined ? {} : { byMs: goLiveMs }) };
  const about = (part: Omit<PersonRequest, 'package' | 'byMs' | 'delegates' | 'urgent'>, standsIn = delegates) =>
    request({ ...common, ...part, delegates: standsIn });

  const requests: PersonRequest[] = [];
  for (const [person, lines] of byPerson(section, entry.checklist)) {
    const items = lines.map((line) =>
      line.code === 'missing' && line.timeboxMs === undefined ? itemNames[line.item] : `${itemNames[line.item]} (${line.why})`,
    );
    requests.push(
      about(
        {
          key: `evidence:${id}:${person}`,
          kind: 'evidence',
          to: [person],
          text: `${name} needs evidence${when}: ${items.join(', ')}.`,
          action: { type: 'evidence', target, fields: evidenceOf(lines) },
        },
        person === owner ? delegates : [],
      ),
    );
  }
  const unreadable = entry.checklist.find(({ code }) => code === 'unreadable');
  if (unreadable)
    requests.push(
      about({
        key: `metrics:${id}`,
        kind: 'metrics',
        to: wave.operators,
        text: `${name} cannot be watched, because metrics cannot be read: ${unreadable.why}. Fix the data source or the plan.`,
        action: show,
      }),
    );
  if (entry.previewProblem !== undefined)
    requests.push(
      about({
        key: `preview:${id}`,
        kind: 'preview',
        to: wave.operators,
        text: `The preview of ${name} failed: ${entry.previewProblem}. Fix the problem. Rolewave retries the preview every hour.`,
        action: show,
      }),
    );
  const { previewDigest, stops = [] } = entry;
  if (stops.length > 0)
    requests.push(
      about({
        key: `stopped:${id}:${previewDigest?.slice(0, 12)}:${[...new Set(stops.map(({ code }) => code))].join()}`,
        kind: 'preview',
        to: [owner, ...wave.operators],
        text: `The plan stops the release of ${name}: ${stopsText(stops)}. Change the plan, or change who has what in the system and set its date again, which takes a new preview.`,
        action: show,
      }),
    );
  for (const person of previewDigest === undefined ? [] : entry.missingSigners)
    requests.push(
      about(
        {
          key: `signOff:${id}:${person}:${previewDigest?.slice(0, 12)}`,
          kind: 'signOff',
          to: [person],
          text: `${name} needs the sign-off of ${person}${when}. Review what will change, then approve or reject it.`,
          action: {
            type: 'signOff',
            target,
            fields: { planDigest: section.planDigest, previewDigest: previewDigest ?? '', signer: person, supply: ['decision'] },
          },
        },
        person === owner ? delegates : [],
      ),
    );
  if (previewDigest !== undefined && entry.anotherSigner) requests.push(about(anotherSigner(wave, section, entry.anotherSigner, previewDigest), []));
  if (entry.rejectedBy.length > 0)
    requests.push(
      about({
        key: `rejected:${id}:${previewDigest?.slice(0, 12)}`,
        kind: 'rejection',
        to: [owner],
        text: `${name} was rejected by ${entry.rejectedBy.join(', ')}. Change the plan, or resolve the issue with them so that they sign off.`,
        action: show,
      }),
    );
  if (goLiveMs === undefined && entry.heldBack !== undefined)
    requests.push(
      about({
        key: `date:${id}:${entry.heldBack.atMs}`,
        kind: 'date',
        to: [owner, ...wave.operators],
        text: `${name} was held back (${entry.heldBack.text}). Set a new go-live date.`,
        action: { type: 'setDate', target, fields: { supply: ['goLiveMs'] } },
      }),
    );
  return requests;
}

/** Separation of duties: someone who neither applied the change nor receives the access. Where the plan names nobody, its operators change it. */
function anotherSigner(
  { plan, wave, operators }: WaveSection,
  section: PackageSection,
  people: string[],
  previewDigest: string,
): Pick<PersonRequest, 'key' | 'kind' | 'to' | 'text' | 'action'> {
  const { id } = section.package;
  const target = { plan, wave: wave.id, package: id };
  const needs = `'${id}' needs the sign-off of ${anotherText(section, wave.alsoSigns, people)}.`;
  const common = { key: `signOff:${id}:another:${previewDigest.slice(0, 12)}`, kind: 'signOff' as const };
  if (people.length === 0) return { ...common, to: operators, text: needs, action: { type: 'show', target, fields: {} } };
  return {
    ...common,
    to: people,
    text: `${needs} Review what will change, then approve or reject it.`,
    action: { type: 'signOff', target, fields: { planDigest: section.planDigest, previewDigest, by: people, supply: ['decision'] } },
  };
}

/** For the first missing item. A drill needs its duration, and a risk acceptance needs an end date. */
function evidenceOf([{ item }]: [ChecklistLine, ...ChecklistLine[]]): ActionOf<'evidence'>['fields'] {
  return { item, supply: ['reference', ...(item === 'drill' ? (['tookMs'] as const) : item === 'riskAcceptance' ? (['expiresMs'] as const) : [])] };
}

/** Open lines that someone can close, grouped by who is asked first. */
function byPerson(section: PackageSection, checklist: ChecklistLine[]): Map<string, [ChecklistLine, ...ChecklistLine[]]> {
  const asked = checklist.filter(({ item, ok }) => !ok && item !== 'metrics');
  const groups = Map.groupBy(asked, ({ item }) => askedFor(section, item));
  return groups as Map<string, [ChecklistLine, ...ChecklistLine[]]>;
}

function liftHold(
  { plan, wave, operators }: WaveSection,
  { people, approvals, since, wasLifted = false, agreed }: NonNullable<WaveFacts['holdWaitsFor']>,
): PersonRequest {
  const candidates = people.length > 0 ? people : operators;
  const again = wasLifted ? ` Revision ${since ?? 1} changed the hold or added a package to the wave, so earlier approvals no longer count.` : '';
  return {
    key: `liftHold:${wave.id}${since === undefined ? '' : `:${since}`}`,
    kind: 'liftHold',
    to: people,
    delegates: [],
    text: `${plan}/${wave.id} is on hold. To lift it, ${approvals} of ${candidates.join(', ')} must approve the same people and go-live date.${again}`,
    action: {
      type: 'liftHold',
      target: { plan, wave: wave.id },
      fields: { ...agreed, ...(since === undefined ? {} : { since }), by: people, supply: agreed ? ['reason'] : ['goLiveMs', 'reason'] },
    },
    urgent: false,
  };
}

/** A wave without a date is tentative. Its operators are asked for a date once a package is otherwise ready. */
function dateOfWave(section: WaveSection, waiting: WaitingPackage[]): PersonRequest[] {
  const undated = waiting.filter(({ goLiveMs, heldBack }) => goLiveMs === undefined && heldBack === undefined);
  const ready = undated.some(
    ({ checklist, previewDigest, stops = [], missingSigners, rejectedBy, anotherSigner: another }) =>
      previewDigest !== undefined && stops.length === 0 && !another && missingSigners.length + rejectedBy.length === 0 && checklist.every(({ ok }) => ok),
  );
  if (!ready) return [];
  return [
    request({
      key: 'date',
      kind: 'date',
      to: section.operators,
      text: `${section.plan}/${section.wave.id} has no go-live date, and ${undated.map((entry) => `'${entry.section.package.id}'`).join(', ')} could go live. Set a date.`,
      action: { type: 'setDate', target: { plan: section.plan, wave: section.wave.id }, fields: { supply: ['goLiveMs'] } },
    }),
  ];
}

export const delegatesOf = standingDelegates;

const request = (part: Omit<PersonRequest, 'delegates' | 'urgent'> & { delegates?: string[] }): PersonRequest => ({ delegates: [], urgent: false, ...part });
