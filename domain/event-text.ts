/**
 * An event as people read it: what was done, with its numbers, and then the reason. Its `kind` is the verb, and its `text` is often only what a person
 * wrote.
 */
import type { ReadinessItem } from './plan/schema.ts';
import { itemNames } from './readiness.ts';
import { durationInWords } from './time/duration.ts';
import { instantText } from './time/instant.ts';
import { tuneSteps } from './tune/steps.ts';
import type { EventView } from './views/event.ts';

/** `'the text says it'`: the text is a sentence of its own. Otherwise the verb, which the text follows after a colon. */
const itself = 'the text says it';

const verbs: Record<string, string> = {
  'abort-not-passed-on': 'did not pass the abort on',
  aborted: 'aborted',
  'access-claimed': 'claimed access',
  adopted: 'adopted',
  applied: 'applied',
  approved: 'signed off',
  cancelled: itself,
  certified: 'certified that it is still needed',
  'claim-contested': 'contested a claim',
  'claim-withdrawn': 'withdrew a claim',
  'claims-not-settled': 'could not revoke what is no longer claimed',
  closed: 'closed the wave',
  'content-accepted': 'accepted what a role may do now',
  'date-set': 'set the go-live',
  'deferred-by-blackout': 'deferred by a blackout',
  'deferred-by-freeze': 'deferred by a freeze',
  ended: 'ended',
  evaluate: itself,
  extended: itself,
  granted: 'finished granting',
  'held-back': 'held back from the release',
  'kept-for-claims': 'rolled back, but for what people claim',
  'hold-lifted': 'approved lifting the hold',
  note: 'noted',
  'not-proven': 'said of somebody, and not proven',
  observing: 'observes',
  'outcome-not-believed': 'an outcome was not believed',
  overruled: itself,
  'owner-named': 'a new owner',
  paused: 'paused the watch',
  'preview-failed': 'the preview failed',
  previewed: 'took the preview',
  'question-proposed': 'asks',
  'question-waits': 'a question waits',
  'question-approve': 'answered the question: keep the access as it is',
  'question-decline': 'answered the question: propose a rollback',
  'question-finish': 'answered the question: finish granting',
  'question-freeze': 'answered the question: freeze',
  'question-afterBlackout': 'answered the question: after the blackout',
  reinstated: 'watched again',
  rejected: 'rejected',
  'release-not-notified': 'another release could not be told',
  released: 'released',
  releasing: 'releases',
  resumed: 'resumed the watch',
  reviewed: 'wrote the review',
  revised: 'follows a newer plan',
  'rollback-asked': 'asked for a rollback',
  'rollback-proposed': 'proposes a rollback',
  'rollback-approve': 'approved the rollback',
  'rollback-decline': 'declined the rollback',
  'rollback-freeze': 'froze the rollback',
  'rollback-afterBlackout': 'deferred the rollback until after the blackout',
  stable: 'stable',
  superseded: itself,
  'tune-asked': 'asked for a tune',
  'tune-proposed': 'proposes a tune',
  'tune-approve': 'approved the tune',
  'tune-decline': 'declined the tune',
  'tune-freeze': 'froze the tune',
  'tune-afterBlackout': 'deferred the tune until after the blackout',
  tuned: 'tuned',
  'wave-not-notified': itself,
  withdrawn: 'withdrew the earlier decision',
};

/** Kinds that have a word in them, such as the item of the checklist. */
const families: [start: string, verb: (rest: string, data: Record<string, unknown>) => string][] = [
  [
    'evidence-',
    (item, data) =>
      `${data['waived'] === true ? 'waived' : 'recorded'} the ${Object.hasOwn(itemNames, item) ? itemNames[item as ReadinessItem] : spaced(item)}`,
  ],
  ['verdict-', (verdict) => `evaluated as ${verdictWords[verdict] ?? spaced(verdict)}`],
];

const verdictWords: Record<string, string> = { noData: 'no data', learning: 'too early to tell', noBenefit: 'no benefit', error: 'could not be read' };

/** The text of a tune begins with the id of its step. */
export const tunedText = (text: string): string =>
  text.replace(/^(\w+): /, (all, step: string) => (Object.hasOwn(tuneSteps, step) ? `${tuneSteps[step as keyof typeof tuneSteps].doing}: ` : all));

/** `signed off: Looks good`. An unknown kind is its own verb, so that none is ever lost. */
export function eventText({ kind, text: recorded, data = {} }: Pick<EventView, 'kind' | 'text' | 'data'>): string {
  const text = kind === 'tuned' ? tunedText(recorded) : recorded;
  const verb = verbOf(kind, data);
  const numbers = numbersIn(data);
  const about = numbers.length === 0 ? '' : ` (${numbers.join(', ')})`;
  if (verb === itself || text.toLowerCase().startsWith(verb.toLowerCase())) return `${text}${about}`;
  return `${verb}${about}: ${text}`;
}

/** Whether the kind has words of its own. */
export const isKnownKind = (kind: string): boolean => Object.hasOwn(verbs, kind) || families.some(([start]) => kind.startsWith(start));

function verbOf(kind: string, data: Record<string, unknown>): string {
  if (Object.hasOwn(verbs, kind)) return verbs[kind] ?? itself;
  const family = families.find(([start]) => kind.startsWith(start));
  return family ? family[1](kind.slice(family[0].length), data) : spaced(kind);
}

/** `riskAcceptance` → `risk acceptance`. */
const spaced = (name: string): string => name.replaceAll('-', ' ').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** What a reason does not say by itself: for whom, until when, by which evaluation. */
function numbersIn(data: Record<string, unknown>): string[] {
  const list = (name: string) => (Array.isArray(data[name]) ? (data[name] as unknown[]).map(String).join(', ') : undefined);
  const [people, pilot] = [list('people'), list('pilot')];
  return [
    ...(typeof data['evaluation'] === 'number' ? [`evaluation ${data['evaluation']}`] : []),
    ...(typeof data['proposal'] === 'string' ? [data['proposal']] : []),
    ...(people === undefined ? [] : [`only for ${people}`]),
    ...(pilot === undefined ? [] : [`pilot: ${pilot}`]),
    ...(typeof data['tookMs'] === 'number' ? [`took ${durationInWords(data['tookMs'])}`] : []),
    ...until('until', data['untilMs']),
    ...until('valid until', data['expiresMs']),
    ...until('risk accepted until', data['riskUntilMs']),
  ];
}

const until = (word: string, ms: unknown): string[] => (typeof ms === 'number' ? [`${word} ${instantText(ms)}`] : []);
