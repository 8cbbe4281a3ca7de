/** Sends one wave a revision: starts its workflow if it is not running, and sends `revise` in the same step. */
import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { appliersOf } from '../../../domain/authority/applied.ts';
import { entryOf } from '../../../domain/entry-of.ts';
import { engineTaskQueue, validFor, validFrom, waveWorkflowId, workflowTypes } from '../../../domain/messages.ts';
import type { Acknowledgment } from '../../../domain/messages.ts';
import type { Plan } from '../../../domain/plan/schema.ts';
import type { WaveInput, WaveSection } from '../../../domain/plan/section.ts';
import { systemsBefore, type Released } from '../../../domain/release/definition-change.ts';
import { ofPackage, releasesBefore } from '../../../domain/release/releases.ts';
import { priorityOf, rightNameOf } from '../../../domain/site/rights.ts';
import type { AppliedWave } from '../../../domain/views/apply.ts';
import type { Revision } from '../../../store/contract.ts';
import { isAlreadyClosed, isRefusedCall } from '../../engine.ts';
import { recorded, refusalOf } from '../../send.ts';
import type { Services } from '../../route.ts';
import type { SealedPart } from '../plan-work.ts';
import { inTurn } from '../../../domain/in-turn.ts';
import { inParallel } from '../../in-parallel.ts';
import { rejectedElsewhere } from './rejected-elsewhere.ts';
import { reviseId } from './revise-id.ts';
import { sectionTurns } from './section-turns.ts';
import { waveDetails } from './wave-details.ts';

/** Who applied the revision; `administrator`: why, as a site administrator. */
export interface Sender {
  by: string;
  administrator?: string;
}

/** Of each wave, as the endpoint seals it: with who applied the changes of each package, and what the site lets be. */
export async function sectionsFor(services: Services, revision: Revision, waves: string[], releases: Released[]): Promise<Map<string, SealedPart>> {
  return sectionsOf(services, revision, revision.document, waves, releases);
}

/** Of one wave by an earlier revision, with no more than these packages: a plan has hundreds, each with its people, and few are released there. */
export async function sectionWith(
  services: Services,
  revision: Revision,
  wave: string,
  ids: readonly string[],
  releases: Released[],
): Promise<SealedPart | undefined> {
  const wanted = new Set(ids);
  const waves = revision.document.waves.map((each) =>
    each.id === wave ? { ...each, packages: each.packages.filter((entry) => wanted.has(entry.package)) } : each,
  );
  return (await sectionsOf(services, revision, { ...revision.document, waves }, [wave], releases)).get(wave);
}

async function sectionsOf(services: Services, revision: Revision, document: Plan, waves: string[], releases: Released[]): Promise<Map<string, SealedPart>> {
  const { site, plans } = services;
  const { number, record } = revision;
  const terms = await inParallel(1, waves, async (wave) => {
    const ids = document.waves.find(({ id }) => id === wave)?.packages.map((entry) => entry.package) ?? [];
    const appliedBy = new Map(ids.map((id) => [id, appliersOf(record, id, releasesBefore(ofPackage(releases, id), wave).at(-1)?.revision ?? 0)]));
    return {
      wave,
      systemsBefore: systemsBefore(document, wave, releases),
      appliedBy,
      heldSince: entryOf(record.heldSince ?? {}, wave),
      rejected: await rejectedElsewhere(services, { document, clock: revision.clock }, wave),
    };
  });
  return plans.work('sections', document, number, terms, site.now().separationOfDuties);
}

const sending = sectionTurns();

/** Never throws: one wave that cannot be reached must not keep the revision from the others. */
export const reviseWave = (services: Services, revision: Revision, part: SealedPart, sender: Sender): Promise<AppliedWave> =>
  sentInTurn(services, revision, part, sender, startAndRevise);

/** A wave that the plan no longer has: it is told where it still runs, and never started. */
export async function reviseLeftWave(services: Services, revision: Revision, part: SealedPart, sender: Sender): Promise<AppliedWave | undefined> {
  const answer = await sentInTurn(services, revision, part, sender, reviseOnly);
  if (answer.status === 'closed') return undefined;
  return answer.status === 'accepted'
    ? { ...answer, message: 'The plan no longer has this wave: nothing more is released in it. Abort it to end it, or bring it back by another revision.' }
    : answer;
}

async function sentInTurn(services: Services, revision: Revision, part: SealedPart, sender: Sender, send: typeof startAndRevise): Promise<AppliedWave> {
  const { plan } = revision;
  const turn = sending.take(part.bytes, { plan, right: rightNameOf(services.site.now(), plan) });
  return inTurn(turn, () => sendSection(services, revision, part, sender, send));
}

async function sendSection(
  services: Services,
  revision: Revision,
  { section, digest: sectionDigest }: SealedPart,
  { by, administrator }: Sender,
  send: typeof startAndRevise,
): Promise<AppliedWave> {
  const wave = section.wave.id;
  const target = { plan: revision.plan, wave };
  let id: string = randomUUID();
  try {
    id = await reviseId(services, { target, by, revision: revision.number, sectionDigest });
    const body = { revision: revision.number, sectionDigest, ...(administrator === undefined ? {} : { administrator }) };
    let sealed = '';
    const seal = async (validMs: number) =>
      (sealed = await services.sealer.seal({ id, ...target, by, ...validFrom(Date.now(), validMs), type: 'revise', body }));
    const answer = await send(services, revision, section, id, seal);
    if (answer === 'closed') return { wave, status: 'closed', id, message: 'This wave has ended. It keeps the revision that it ended with.' };
    if (answer === 'received')
      return {
        wave,
        status: 'received',
        id,
        message: send === startAndRevise ? 'Started, but no worker has processed it yet.' : 'Received, but no worker has processed it yet.',
      };
    // Its wave records it too; the next apply asks for the last that the wave was told.
    if (answer.accepted && !answer.duplicate) await recorded(services, sealed);
    if (answer.accepted) return { wave, status: 'accepted', id, ...(answer.duplicate ? { duplicate: true } : {}) };
    return { wave, status: 'refused', id, code: answer.code, message: answer.message };
  } catch (error) {
    services.log.error({ err: error, plan: revision.plan, wave }, 'a revision did not reach its wave');
    return { wave, status: 'failed', id, message: error instanceof Error ? error.message : 'unknown error' };
  }
}

async function reviseOnly(
  { engine, answerWithinMs }: Services,
  { plan }: Revision,
  section: WaveSection,
  id: string,
  seal: (validMs: number) => Promise<string>,
): Promise<Acknowledgment | 'closed' | 'received'> {
  const { client } = engine;
  const handle = client.workflow.getHandle(waveWorkflowId(plan, section.wave.id));
  const within = <T>(work: () => Promise<T>) => client.connection.withDeadline(Date.now() + answerWithinMs, work);
  try {
    const jws = await seal(validFor.usual);
    return await within(() => handle.executeUpdate<Acknowledgment, [string, WaveSection]>('revise', { args: [jws, section], updateId: id }));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || isAlreadyClosed(error)) return 'closed';
    if (isRefusedCall(error)) throw error;
    const refused = refusalOf(error, id);
    if (refused) return refused;
  }
  try {
    const jws = await seal(validFor.waiting);
    await within(() => handle.signal('revise', jws, section));
    return 'received';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'closed';
    throw error;
  }
}

/**
 * A task of a large wave is seconds of work, and on a busy machine more than Temporal's usual ten: it would be handed out again before it has ended, and again. A
 * worker that dies with one is missed as late.
 */
const taskWithinMs = ({ packages }: WaveSection): number => 10_000 + 100 * packages.length;

type StartWave = (input: WaveInput) => Promise<unknown>;

async function startAndRevise(
  { engine, site, answerWithinMs }: Services,
  revision: Revision,
  section: WaveSection,
  id: string,
  seal: (validMs: number) => Promise<string>,
): Promise<Acknowledgment | 'closed' | 'received'> {
  const { client } = engine;
  const input: WaveInput = { section, ...(revision.clock ? { clock: revision.clock } : {}) };
  const start = {
    workflowId: waveWorkflowId(section.plan, section.wave.id),
    taskQueue: engineTaskQueue,
    priority: priorityOf(site.now(), section.plan),
    workflowTaskTimeout: taskWithinMs(section),
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    args: [input],
    staticSummary: `Wave ${section.wave.id} of plan ${section.plan}`,
    staticDetails: waveDetails(revision.document, section),
  } as const;
  try {
    const jws = await seal(validFor.usual);
    return await client.connection.withDeadline(Date.now() + answerWithinMs, () =>
      client.workflow.executeUpdateWithStart<StartWave, Acknowledgment, [string, WaveSection]>('revise', {
        args: [jws, section],
        updateId: id,
        startWorkflowOperation: new WithStartWorkflowOperation<StartWave>(workflowTypes.wave, start),
      }),
    );
  } catch (error) {
    if (isAlreadyClosed(error)) return 'closed';
    if (isRefusedCall(error)) throw error;
    const refused = refusalOf(error, id);
    if (refused) return refused;
  }
  // No worker took the update in time: the same message goes as a signal, which Temporal keeps.
  try {
    const jws = await seal(validFor.waiting);
    await client.connection.withDeadline(Date.now() + answerWithinMs, () =>
      client.workflow.signalWithStart(workflowTypes.wave, { ...start, args: [input], signal: 'revise', signalArgs: [jws, section] }),
    );
    return 'received';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'closed';
    throw error;
  }
}
