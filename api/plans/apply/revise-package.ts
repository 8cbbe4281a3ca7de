/** Sends a revision to a released package, which takes from it only who is asked, who may act, and the blackouts. */
import { WorkflowNotFoundError } from '@temporalio/client';
import { packageWorkflowId, validFor, validFrom, type Message } from '../../../domain/messages.ts';
import type { AppliedPackage } from '../../../domain/views/apply.ts';
import type { Revision } from '../../../store/contract.ts';
import { messageId } from '../../message-id.ts';
import type { Services } from '../../route.ts';
import type { SealedPart } from '../plan-work.ts';
import type { Sender } from './revise-wave.ts';

/** Never throws: one package that cannot be reached must not keep the revision from the others. Sent as a signal, which Temporal keeps until a worker runs. */
export async function revisePackage(
  services: Services,
  revision: Revision,
  { wave, package: id }: { wave: string; package: string },
  part: SealedPart | undefined,
  { by, administrator }: Sender,
): Promise<AppliedPackage> {
  const target = { plan: revision.plan, wave, package: id };
  const about = { package: id, wave };
  if (!part?.section.packages.some((entry) => entry.package.id === id))
    return { ...about, status: 'skipped', message: `It is no longer in wave '${wave}' of this plan, so it keeps its current people.` };
  const { section, digest: sectionDigest } = part;
  const { engine, sealer, answerWithinMs, log } = services;
  try {
    const message: Message = {
      // The same revision from the same person is the same message, so that an apply can be repeated.
      id: messageId({ by, target, type: 'revise' }, `revision-${revision.number}`),
      ...target,
      by,
      ...validFrom(Date.now(), validFor.waiting),
      type: 'revise',
      body: { revision: revision.number, sectionDigest, ...(administrator === undefined ? {} : { administrator }) },
    };
    const jws = await sealer.seal(message);
    const handle = engine.client.workflow.getHandle(packageWorkflowId(revision.plan, wave, id));
    await engine.client.connection.withDeadline(Date.now() + answerWithinMs, () => handle.signal('revise', jws, section));
    return { ...about, status: 'sent' };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { ...about, status: 'ended', message: 'It is not running: it has ended, or is not released yet.' };
    log.error({ err: error, ...target }, 'a revision did not reach its package');
    return { ...about, status: 'failed', message: error instanceof Error ? error.message : 'unknown error' };
  }
}
