/** Requests that nobody answered in time, and those that name a fault: a metric that cannot be read, a preview that failed, a risk that expires. */
import type { RequestKind } from '../notices/request.ts';
import type { RequestView } from '../views/request.ts';
import { requestsOf, type BoardEntry } from './entry.ts';
import { personIn } from './facts.ts';
import type { Matter } from './matter.ts';
import { spanInWords } from './words.ts';

const dayMs = 86_400_000;

/** A fault at once, the others when nobody answers. Undefined: another matter of the board is about it. */
const kinds: Record<RequestKind, { title: string; fault?: true } | undefined> = {
  metrics: { title: 'Fix the metrics of', fault: true },
  preview: { title: 'Fix the preview of', fault: true },
  rejection: { title: 'Resolve the rejection of', fault: true },
  cancelled: { title: 'Decide on access after the cancellation of', fault: true },
  riskExpiry: { title: 'Renew the risk acceptance of', fault: true },
  signOff: { title: 'Nobody has signed off' },
  evidence: { title: 'Nobody has supplied the evidence for' },
  liftHold: { title: 'Nobody has lifted the hold on' },
  certification: { title: 'Nobody has certified' },
  review: undefined,
  date: { title: 'Nobody has set a date for' },
  tune: undefined,
  rollback: undefined,
  question: undefined,
  freezeExpiry: undefined,
  dependency: undefined,
  overruled: undefined,
};

export function matterOfRequest(entry: BoardEntry): Matter[] {
  return requestsOf(entry).flatMap((request): Matter[] => {
    const kind = kinds[request.kind];
    if (!kind || isDrill(request)) return [];
    const late = entry.nowMs - request.sinceMs >= dayMs || (request.byMs !== undefined && request.byMs <= entry.nowMs);
    if (!kind.fault && !late) return [];
    const ofWave = request.package === undefined && !('package' in request.action.target);
    return [
      {
        kind: kind.fault ? 'request' : 'overdue',
        title: `${kind.title} ${ofWave ? entry.wave.wave : entry.planned.name}`,
        why: kind.fault ? `${askedOf(entry, request)}; ${request.text}` : askedOf(entry, request),
        leftMs: request.byMs === undefined ? undefined : request.byMs - entry.nowMs,
        ...(ofWave ? { ofWave: true as const } : {}),
      },
    ];
  });
}

const isDrill = ({ action }: RequestView) => action.type === 'evidence' && action.fields.item === 'drill';

/** 'asked Ana and Ben 2 d 4 h ago; overdue by 3 h' */
function askedOf({ plan, nowMs }: BoardEntry, { to, sinceMs, byMs }: RequestView): string {
  const names = to.slice(0, 3).map((id) => personIn(plan, id).name);
  const more = to.length > 3 ? ` and ${to.length - 3} more` : '';
  const by = byMs === undefined ? '' : byMs > nowMs ? `; needed in ${spanInWords(byMs - nowMs)}` : `; overdue by ${spanInWords(nowMs - byMs)}`;
  return `asked ${names.join(', ')}${more} ${spanInWords(Math.max(0, nowMs - sinceMs))} ago${by}`;
}
