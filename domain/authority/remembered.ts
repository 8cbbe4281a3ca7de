/**
 * Which messages a workflow has decided, so that each counts once and a refused one never counts later. Plain JSON in lists: the ids come from outside, and
 * a name such as `__proto__` is an id like any other, which an object would lose. All times are real time.
 *
 * What has expired is forgotten, because nobody can send it again. Of one sender only so many refusals are remembered one by one; the rest by an instant:
 * what the sender sealed up to then, and is not known to be accepted, counts no more.
 */
import { clockToleranceMs, type RefusalCode, type SealedMessage } from '../messages.ts';

type Sealed = Pick<SealedMessage, 'id' | 'by' | 'atMs' | 'expiresMs'>;

export interface Refusal {
  code: RefusalCode;
  message: string;
}

interface RememberedMessage extends Sealed {
  /** Absent: it was accepted. */
  refusal?: Refusal;
  decidedMs: number;
}

export interface Remembered {
  accepted: RememberedMessage[];
  refused: RememberedMessage[];
  /** `by` absent: of anyone. */
  passedOver: { by?: string; sealedMs: number; expiresMs: number }[];
}

export const nothingRemembered = (): Remembered => ({ accepted: [], refused: [], passedOver: [] });

/** `refusedOfOne`: remembered one by one. `refusedAtOnce`: one sender's within `quotaMs`, before the next message is not even looked at. */
export const memory = { acceptedAtLeast: 1_000, refusedOfOne: 40, refusedInAll: 400, sendersPassedOver: 100, refusedAtOnce: 20, quotaMs: 15 * 60_000 } as const;

/** How this message was decided before: `accepted`, or why it was refused. Undefined: it was not. */
export function decidedBefore(remembered: Remembered, message: Sealed): 'accepted' | Refusal | undefined {
  if (remembered.accepted.some((one) => isSame(one, message))) return 'accepted';
  const refused = remembered.refused.find((one) => isSame(one, message))?.refusal;
  if (refused) return { code: refused.code, message: `${refused.message} (this message was refused before, and stays refused: send a new one)` };
  const passedOver = remembered.passedOver.some(({ by, sealedMs }) => (by === undefined || by === message.by) && message.atMs <= sealedMs);
  return passedOver
    ? { code: 'too-many-refused', message: 'too many messages sealed after this one were refused, so it no longer counts: send a new one' }
    : undefined;
}

/** Whether so many messages of this sender were refused lately that the next one is refused without being looked at. */
export function overQuota({ refused }: Remembered, by: string, nowMs: number): Refusal | undefined {
  const lately = refused.filter((one) => one.by === by && one.decidedMs > nowMs - memory.quotaMs);
  if (lately.length < memory.refusedAtOnce) return undefined;
  return {
    code: 'too-many-refused',
    message: `${lately.length} messages of '${by}' were refused within ${memory.quotaMs / 60_000} minutes, so this one was not looked at: wait, and send a new one`,
  };
}

export const withAccepted = (remembered: Remembered, { id, by, atMs, expiresMs }: Sealed, nowMs: number): Remembered => {
  const { accepted, ...rest } = withoutExpired(remembered, nowMs);
  return { ...rest, accepted: [...accepted, { id, by, atMs, expiresMs, decidedMs: nowMs }] };
};

export function withRefused(remembered: Remembered, { id, by, atMs, expiresMs }: Sealed, refusal: Refusal, nowMs: number): Remembered {
  const kept = withoutExpired(remembered, nowMs);
  if (kept.refused.some((one) => isSame(one, { id, by }))) return kept;
  const refused = [...kept.refused, { id, by, atMs, expiresMs, decidedMs: nowMs, refusal }];
  const own = refused.filter((one) => one.by === by);
  if (own.length > memory.refusedOfOne) return passingOver({ ...kept, refused }, own[0], by);
  return refused.length > memory.refusedInAll ? passingOver({ ...kept, refused }, refused[0], undefined) : { ...kept, refused };
}

/** Forgets one refusal, and with it whatever the sender (or anyone) sealed before it. */
function passingOver(remembered: Remembered, forgotten: RememberedMessage | undefined, by: string | undefined): Remembered {
  if (!forgotten) return remembered;
  const before = remembered.passedOver.find((one) => one.by === by);
  const next = {
    ...(by === undefined ? {} : { by }),
    sealedMs: Math.max(forgotten.atMs, before?.sealedMs ?? 0),
    expiresMs: Math.max(forgotten.expiresMs, before?.expiresMs ?? 0),
  };
  const refused = remembered.refused.filter((one) => one !== forgotten);
  return { ...remembered, refused, passedOver: fewest([...remembered.passedOver.filter((one) => one !== before), next]) };
}

/** More senders than anyone tells apart are passed over together. */
function fewest(passedOver: Remembered['passedOver']): Remembered['passedOver'] {
  if (passedOver.length <= memory.sendersPassedOver) return passedOver;
  return [{ sealedMs: Math.max(...passedOver.map(({ sealedMs }) => sealedMs)), expiresMs: Math.max(...passedOver.map(({ expiresMs }) => expiresMs)) }];
}

function withoutExpired({ accepted, refused, passedOver }: Remembered, nowMs: number): Remembered {
  const canCome = ({ expiresMs }: { expiresMs: number }) => nowMs <= expiresMs + clockToleranceMs;
  return {
    accepted:
      accepted.length > memory.acceptedAtLeast
        ? [...accepted.slice(0, -memory.acceptedAtLeast).filter(canCome), ...accepted.slice(-memory.acceptedAtLeast)]
        : accepted,
    refused: refused.filter(canCome),
    passedOver: passedOver.filter(canCome),
  };
}

/** Of one sender: nobody can take the id of another person's message. */
const isSame = (one: Pick<Sealed, 'id' | 'by'>, other: Pick<Sealed, 'id' | 'by'>): boolean => one.id === other.id && one.by === other.by;
