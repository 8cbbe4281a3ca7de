/** Makes the route of one message: the path names the subject, the body is the message, the token names the sender; `send` does the rest. */
import type { z } from 'zod';
import { packageMessageBodies, waveMessageBodies } from '../domain/messages.ts';
import type { PackageMessageType, WaveMessageType } from '../domain/messages.ts';
import { acceptedView, receivedView } from '../domain/views/message-status.ts';
import { idempotencyKey, spoken } from './bodies.ts';
import type { SpokenBody } from './bodies.ts';
import type { ErrorCode } from './errors.ts';
import { Problem } from './errors.ts';
import { messageId } from './message-id.ts';
import { defineRoute } from './route.ts';
import type { Asked, Route, Services } from './route.ts';
import { send } from './send.ts';
import { targetOf } from './target.ts';
import type { Target } from './target.ts';

type Spec = {
  /** Last part of the path, such as `sign-offs`. */
  segment: string;
  summary: string;
  /** The body, where the route takes more than the message's fields. */
  body?: z.ZodType<SpokenBody>;
  /** Makes the message's body from what was sent, where that is more than reading it. */
  complete?(sent: SpokenBody['body'], target: Target, services: Services): Promise<{ body: Record<string, unknown>; sameIf?: Record<string, unknown> }>;
  /** What it is sent for, where that is not what the path names. */
  aim?(services: Services, target: Target): Promise<Target>;
  /** Throws the problem for which this endpoint does not seal it now. What was accepted before is not asked again. */
  refusedHere?(services: Services, target: Target, body: Record<string, unknown>, by: string): Promise<void>;
  problems?: ErrorCode[];
} & ({ about: 'wave' | 'package'; to: 'wave'; type: WaveMessageType } | { about: 'package'; to: 'rolePackage'; type: PackageMessageType });

const paths = { wave: '/v1/waves/:plan/:wave', package: '/v1/packages/:plan/:wave/:package' } as const;

/** The problems of any message; routes add their own. */
export const commonProblems: ErrorCode[] = [
  'malformed',
  'not-authorized',
  'wrong-stage',
  'unknown-plan',
  'unknown-wave',
  'wave-not-started',
  'ended',
  'id-reused',
  'too-many-messages',
  'not-recorded-yet',
  'bad-signature',
  'unknown-key',
  'wrong-address',
  'message-expired',
  'too-many-refused',
  'engine-unreachable',
];

export function messageRoute(spec: Spec): Route {
  const { segment, summary, about, to, type, aim, complete, refusedHere, problems = [] } = spec;
  const domainBody = (to === 'wave' ? waveMessageBodies[type] : packageMessageBodies[type]) as z.ZodObject;
  return defineRoute<SpokenBody>({
    method: 'post',
    path: `${paths[about]}/${segment}`,
    group: about === 'wave' ? 'waves' : 'packages',
    reads: 'actors',
    summary,
    body: spec.body ?? spoken(domainBody),
    headers: { 'Idempotency-Key': 'idempotency key: a retry with the same key is the same message; the same as `id` in the body' },
    answers: {
      200: { what: 'accepted; `duplicate` when it was accepted before', schema: acceptedView },
      202: { what: 'received and stored, not decided yet: no worker answered in time; `statusUrl` shows later how it was decided', schema: receivedView },
    },
    problems: [
      ...commonProblems,
      ...(about === 'package' ? (['unknown-package'] as const) : []),
      ...(to === 'rolePackage' ? (['not-released'] as const) : []),
      ...problems,
    ],
    async handle(asked, services) {
      const named = targetOf(asked.params);
      const target = aim ? await aim(services, named) : named;
      const key = keyOf(asked);
      const completed = complete ? await complete(asked.body.body, target, services) : { body: asked.body.body };
      const id = messageId({ by: asked.by, target, type }, key);
      const outgoing = { id, keyed: key !== undefined, to, target, type, by: asked.by, ...completed };
      return send(services, { ...outgoing, ...(refusedHere ? { refusedHere: () => refusedHere(services, target, completed.body, asked.by) } : {}) });
    },
  });
}

function keyOf({ body, header }: Asked<SpokenBody, unknown>): string | undefined {
  const fromHeader = header('idempotency-key');
  if (fromHeader === undefined) return body.id;
  const checked = idempotencyKey.safeParse(fromHeader);
  if (!checked.success) throw new Problem('malformed', 'The header Idempotency-Key must be 8 to 100 printable characters without spaces.');
  if (body.id !== undefined && body.id !== fromHeader) throw new Problem('malformed', 'The header Idempotency-Key and `id` in the body differ. Omit one.');
  return fromHeader;
}
