/**
 * A sign-off counts for exactly what was seen (R3): the digests of the package's plan and of its preview. A client that has not copied them
 * sends `"current": true`, and the endpoint fills in those that the wave shows now.
 */
import { z } from 'zod';
import { waveMessageBodies, waveWorkflowId } from '../../../domain/messages.ts';
import type { CarriedWaveView } from '../../../domain/views/texts.ts';
import { idempotencyKey } from '../../bodies.ts';
import { queryRunning } from '../../engine.ts';
import { Problem } from '../../errors.ts';
import { messageRoute } from '../../message-route.ts';
import { whyItTakesNoMessages } from '../../not-running.ts';
import type { Services } from '../../route.ts';
import type { Target } from '../../target.ts';

const { planDigest, previewDigest, ...said } = waveMessageBodies.signOff.shape;
const signOffBody = z
  .strictObject({
    id: idempotencyKey.optional(),
    ...said,
    planDigest: planDigest.optional(),
    previewDigest: previewDigest.optional(),
    current: z.boolean().optional().describe('sign what the wave shows now, instead of sending digests'),
  })
  .superRefine((given, context) => {
    const digests = [given.planDigest, given.previewDigest].filter((digest) => digest !== undefined).length;
    if (given.current && digests > 0) context.addIssue({ code: 'custom', path: ['current'], message: 'send either "current": true or digests, not both' });
    if (!given.current && digests < 2)
      context.addIssue({
        code: 'custom',
        path: [given.planDigest ? 'previewDigest' : 'planDigest'],
        message: 'is missing: send the planDigest and previewDigest that you read, or "current": true',
      });
  })
  .transform(({ id, ...body }) => ({ ...(id === undefined ? {} : { id }), body: body as Record<string, unknown> }));

export const routes = [
  messageRoute({
    segment: 'sign-offs',
    about: 'package',
    to: 'wave',
    type: 'signOff',
    summary: 'Sign off a package, reject it, or withdraw an earlier decision: for its owner, a delegate, and others who sign for the wave',
    body: signOffBody,
    complete: withDigests,
    problems: ['stale-digest', 'not-previewed', 'missing-field', 'rejected-by-owner', 'expired', 'no-worker'],
  }),
];

async function withDigests(sent: Record<string, unknown>, target: Target, services: Services) {
  const { current, ...body } = sent;
  if (!current) return { body };
  const wave = await queryRunning<CarriedWaveView>(services.engine, waveWorkflowId(target.plan, target.wave));
  if (!wave) throw await whyItTakesNoMessages(services, target, 'wave');
  const found = wave.packages.find((entry) => entry.package === target.package);
  if (!found) throw new Problem('unknown-package', `The wave '${target.wave}' has no package '${target.package}'.`);
  if (!found.previewDigest)
    throw new Problem(
      'not-previewed',
      `'${found.package}' has no preview yet: ${found.blockers.map(({ text }) => text).join('; ') || 'it is still being taken'}.`,
    );
  return { body: { ...body, planDigest: found.planDigest, previewDigest: found.previewDigest }, sameIf: body };
}
