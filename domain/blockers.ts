/** What keeps a package from its release, from the facts of its wave. Pure; all times are plan time. */
import type { PackageSection } from './plan/section.ts';
import type { ReadinessItem } from './plan/schema.ts';
import { itemNames } from './readiness.ts';
import { instantText } from './time/instant.ts';
import { listText } from './watch/verdict-words.ts';
import type { Blocker, HeldBackReason } from './views/blocker.ts';
import type { ChecklistLine } from './views/checklist.ts';
import { stopsText, type Stop } from './views/stop.ts';

export interface ReleaseFacts {
  /** Judged at the go-live. */
  checklist: ChecklistLine[];
  previewed: boolean;
  /** Why the preview could not be taken. */
  previewProblem?: string | undefined;
  /** Whose sign-off is missing, and who rejected it. */
  missing: string[];
  rejectedBy: string[];
  /** Rules of the plan that stop it, as the preview shows. */
  stops?: Stop[] | undefined;
  /** Who else may give an approval that separation of duties asks for; absent where it asks for none. */
  another?: { people: string[]; text: string } | undefined;
}

/** Empty when the package is ready. Without a preview there is nothing to sign, so nobody's sign-off is missing yet. */
export function blockersOf(
  section: PackageSection,
  { checklist, previewed, previewProblem, missing, rejectedBy, another, stops = [] }: ReleaseFacts,
): Blocker[] {
  const open = checklist.filter(({ ok }) => !ok).map((line) => checklistBlocker(section, line));
  if (!previewed) return [...open, previewProblem === undefined ? notPreviewed : previewFailed(previewProblem)];
  return [
    ...open,
    ...stops,
    ...missing.map((person): Blocker => ({ code: 'signOff', person, text: `sign-off by ${person}` })),
    ...(another ? [{ code: 'anotherSigner' as const, people: another.people, text: `sign-off by ${another.text}` }] : []),
    ...rejectedBy.map((person): Blocker => ({ code: 'rejected', person, text: `sign-off by ${person}, who rejected it` })),
  ];
}

export const dateBlocker: Blocker = { code: 'date', text: 'a go-live date, set by an operator' };

export const holdBlocker = (approvals: number, people: string[]): Blocker => ({
  code: 'hold',
  approvals,
  people,
  text: `${approvals} of ${people.join(', ')} to lift the hold`,
});

/** Who is asked first for an item of the checklist. */
export const askedFor = (section: PackageSection, item: ReadinessItem): string =>
  (item === 'drill' ? section.package.requires.drill?.signedBy : undefined) ?? section.package.owner;

/** What a blocker is about, without naming a person. */
export function blockerSubject(blocker: Blocker): string {
  return blocker.code === 'evidence' ? itemNames[blocker.item] : subjects[blocker.code];
}

const subjects: Record<Exclude<Blocker['code'], 'evidence'>, string> = {
  metrics: 'metrics',
  preview: 'preview',
  previewFailed: 'preview',
  signOff: 'sign-off',
  anotherSigner: 'sign-off',
  rejected: 'sign-off',
  date: 'go-live date',
  hold: 'hold',
  earlierWave: 'earlier wave',
  blastRadius: 'blast radius',
  incompatible: 'incompatible entitlements',
  leavers: 'cohort',
  server: 'server of a system',
};

/** Why a package did not go live on its date. `others`: not ready, in a wave that goes live together; `buildsOn`: not released, of those that it builds on; `silent`: a system of the package did not answer; `behindOthers`: it was not asked, because others of the wave were. */
export function whyNotReleased(
  blockers: Blocker[],
  { others, buildsOn, silent = false, behindOthers = false }: { others: string[]; buildsOn: string[]; silent?: boolean; behindOthers?: boolean },
): HeldBackReason {
  if (blockers.length > 0) return { code: 'notReady', blockers, text: `not ready at go-live: ${blockers.map(({ text }) => text).join('; ')}` };
  if (buildsOn.length > 0) return { code: 'buildsOn', packages: buildsOn, text: `ready, but it builds on ${listText(buildsOn)}, not released yet` };
  if (others.length > 0)
    return { code: 'together', packages: others, text: `ready, but the wave goes live together with ${listText(others)}, not ready at go-live` };
  if (behindOthers) return { code: 'late', text: 'ready, but other packages of the wave were compared first until the window of its go-live ended' };
  if (silent) return { code: 'late', text: 'ready, but a system did not answer before the window of its go-live ended' };
  return { code: 'late', text: 'ready, but the window of its go-live ended before it could be released' };
}

const stopper = (stops: Stop[]): string => (stops.every(({ code }) => code === 'server') ? 'the server of a system stops' : 'the plan stops');
export const heldByStops = (stops: Stop[]): HeldBackReason => ({ code: 'stopped', stops, text: `${stopper(stops)} its release: ${stopsText(stops)}` });

export const heldByBlackout = ({ id, untilMs }: { id: string; untilMs: number }): HeldBackReason => ({
  code: 'blackout',
  blackout: id,
  untilMs,
  text: `blackout '${id}' until ${instantText(untilMs)}; a person decides on the date`,
});

export const heldWithOthers = (packages: string[]): HeldBackReason => ({
  code: 'together',
  packages,
  text: `the wave goes live together, and a blackout holds ${packages.join(', ')}; a person decides on the date`,
});

const notPreviewed: Blocker = { code: 'preview', text: 'a preview, not taken yet' };
const previewFailed = (problem: string): Blocker => ({ code: 'previewFailed', problem, text: `a preview, which failed: ${problem}` });

/** A preview is waited for because of this, as the systems said so far: it is tried again. */
export const previewTried = (blocker: Blocker, troubles: string[]): Blocker =>
  blocker.code === 'preview' && troubles.length > 0
    ? { code: 'previewFailed', problem: troubles.join('; '), text: `a preview, not taken yet and tried again: ${troubles.join('; ')}` }
    : blocker;

function checklistBlocker(section: PackageSection, { item, why }: ChecklistLine): Blocker {
  const text = `${itemNames[item]}: ${why}`;
  return item === 'metrics' ? { code: 'metrics', text } : { code: 'evidence', item, person: askedFor(section, item), text };
}
