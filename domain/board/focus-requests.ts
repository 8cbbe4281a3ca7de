/** Requests that nobody answered in time, and those that name a fault: a metric that cannot be read, a preview that failed, a risk that expires. */
import type { RequestKind } from '../notices/request.ts';
import { isOverview } from '../is-overview.ts';
import type { RequestView } from '../views/request.ts';
import { requestsOf, type BoardEntry } from './entry.ts';
import { personIn } from './facts.ts';
import type { Matter } from './matter.ts';
import { listText } from '../watch/verdict-words.ts';
import { capital, idInWords, spanInWords } from './words.ts';

const dayMs = 86_400_000;

/** A fault at once, the others when nobody answers: what nobody has done then. Undefined: another matter of the board is about it. */
const kinds: Record<RequestKind, { title: string; fault?: true } | undefined> = {
  metrics: { title: 'Fix the metrics of', fault: true },
  preview: { title: 'Fix the preview of', fault: true },
  rejection: { title: 'Resolve the rejection of', fault: true },
  cancelled: { title: 'Decide on access after the cancellation of', fault: true },
  riskExpiry: { title: 'Renew the risk acceptance of', fault: true },
  signOff: { title: 'signed off' },
  evidence: { title: 'supplied the evidence for' },
  liftHold: { title: 'lifted the hold on' },
  claimProblem: { title: 'Revoke what is no longer claimed of', fault: true },
  claimExpiry: { title: 'decided on the claim on' },
  claim: undefined,
  certification: { title: 'certified' },
  review: undefined,
  date: { title: 'set a date for' },
  tune: undefined,
  rollback: undefined,
  question: undefined,
  freezeExpiry: undefined,
  dependency: undefined,
  overruled: undefined,
  waitsForSystem: undefined,
  withoutAccess: { title: 'Give back access that a switch took from people of', fault: true },
};

export function matterOfRequest(entry: BoardEntry): Matter[] {
  const open = requestsOf(entry).filter((request) => kinds[request.kind] !== undefined && !isDrill(request) && !isNewDate(entry, request));
  const [faults, others] = [open.filter(isFault), open.filter((request) => !isFault(request) && isLate(entry, request))];
  const [ofWave, ofPackage] = [others.filter(isOfWave), others.filter((request) => !isOfWave(request))];
  return [
    ...faults.map((request): Matter => ({
      kind: 'request',
      title: titleOf(entry, [request]),
      why: `${request.text} ${capital(askedOf(entry, [request]))}`,
      ...left(entry, [request]),
    })),
    ...ofWave.map((request): Matter => ({
      kind: 'overdue',
      title: titleOf(entry, [request]),
      why: askedOf(entry, [request]),
      ofWave: true,
      ...left(entry, [request]),
    })),
    // What one package waits for is one matter, however many it waits for.
    ...(ofPackage.length === 0
      ? []
      : [{ kind: 'overdue' as const, title: titleOf(entry, ofPackage), why: askedOf(entry, ofPackage), ...left(entry, ofPackage) }]),
  ];
}

/** Of a wave whose packages are stable or have ended. */
export const reviewAsked = ({ wave }: BoardEntry): RequestView | undefined =>
  isOverview(wave) ? undefined : wave.requests?.find(({ kind }) => kind === 'review');

export function matterOfReview(entry: BoardEntry): Matter[] {
  const request = reviewAsked(entry);
  // Nobody else can do anything about it.
  if (!request?.to.includes(entry.reader.id)) return [];
  const why = `every package is stable or has ended; ${askedOf(entry, [request])}`;
  return [{ kind: 'request', title: `Review ${idInWords(entry.wave.wave)}, which closes it`, why, ofWave: true, ...left(entry, [request]) }];
}

const isFault = ({ kind }: RequestView): boolean => kinds[kind]?.fault === true;
const isOfWave = ({ package: id, action }: RequestView): boolean => id === undefined && !('package' in action.target);
const isLate = ({ nowMs }: BoardEntry, { sinceMs, byMs }: RequestView): boolean => nowMs - sinceMs >= dayMs || (byMs !== undefined && byMs <= nowMs);

function titleOf({ wave, planned }: BoardEntry, requests: RequestView[]): string {
  const [first] = requests;
  const about = first && isOfWave(first) ? idInWords(wave.wave) : planned.name;
  if (first && isFault(first)) return `${kinds[first.kind]?.title ?? 'Answer'} ${about}`;
  // What ends in 'for' or 'on' stands before the name.
  const done = [...new Set(requests.map(({ kind }) => kinds[kind]?.title ?? 'answered'))].toSorted((one, other) => Number(opens(one)) - Number(opens(other)));
  return `Nobody has ${listText(done)} ${about}`;
}

const opens = (title: string): boolean => / (for|on)$/.test(title);

function left({ nowMs }: BoardEntry, requests: RequestView[]): { leftMs?: number } {
  const dates = requests.flatMap(({ byMs }) => (byMs === undefined ? [] : [byMs - nowMs]));
  return dates.length === 0 ? {} : { leftMs: Math.min(...dates) };
}

/** What was held back has a matter of its own, which says why. */
const isNewDate = ({ planned }: BoardEntry, { kind, package: id }: RequestView): boolean =>
  kind === 'date' && id !== undefined && planned.heldBack !== undefined && planned.goLiveMs === undefined;

export const isDrill = ({ action }: RequestView) => action.type === 'evidence' && action.fields.item === 'drill';

/** 'asked 2 d 4 h ago: Ana and Ben; overdue by 3 h', by the oldest of them. */
function askedOf({ plan, nowMs }: BoardEntry, requests: RequestView[]): string {
  const people = [...new Set(requests.flatMap(({ to }) => to))];
  const names = people.slice(0, 3).map((id) => personIn(plan, id).name);
  const asked = people.length > 3 ? `${names.join(', ')} and ${people.length - 3} more` : listText(names);
  const sinceMs = Math.min(...requests.map((request) => request.sinceMs));
  const byMs = Math.min(...requests.map((request) => request.byMs ?? Infinity));
  const by = byMs === Infinity ? '' : byMs > nowMs ? `; needed in ${spanInWords(byMs - nowMs)}` : `; overdue by ${spanInWords(nowMs - byMs)}`;
  return `asked ${spanInWords(Math.max(0, nowMs - sinceMs))} ago: ${asked}${by}`;
}
