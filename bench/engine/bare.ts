/**
 * The same wave, written by hand against bare Temporal in this one file. The product is measured against it. This file imports nothing from the
 * product, and does not change when the product is tuned.
 *
 * These parts are the same as in the product, for one wave with one package in one system:
 * - Messages. Each is a signal and an update of the same name, and both go to one reducer that accepts an id once. There are three pieces of
 *   evidence, one sign-off per owner (bound to the preview's digest), and the review that closes the wave. An update answers when the message is in
 *   the history.
 * - Activities. On the system's own task queue: preview, recheck, grant, verify and retire. On the main one: the baseline and each evaluation.
 * - A local activity that records. The wave records after the preview, after each message, after the release and at its end. The package records
 *   before and after it grants, after the first verdict, and when it is stable.
 * - Timers: the wave's go-live (or the end of its window, when the go-live has passed), the last day for the review, each evaluation, and the weekly
 *   evaluation of a stable package. Each timer is started once and never reset.
 * - A child workflow with ABANDON that the wave never awaits. It reports its outcome to the wave by a signal. One that already runs is adopted.
 * - A query that returns the digest to sign and the progress of the wave; summaries on timers and activities; the same time limits and retries.
 *
 * These parts are left out on purpose: activities do nothing and have no store, messages have no seal, and there are no checks of authority, search
 * attributes, current details, tunes, rollbacks, holds or revisions. The ratio to this workflow is what all of them cost.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import * as wf from '@temporalio/workflow';

export const queues = { engine: 'bare', system: 'bare.system' } as const;
const dayMs = 86_400_000;

/** `realDayMs`: the real length of a day. `evaluations`: days after go-live, ascending; the last one ends the watch. */
export interface BareWave {
  id: string;
  goLiveMs: number;
  windowMs: number;
  signers: string[];
  evaluations: number[];
  realDayMs?: number;
}
export interface BareMessage {
  id: string;
  by: string;
  /** The item that it is evidence of, the digest that a sign-off is bound to, or the text of a review. */
  about: string;
}
export interface BareAnswer {
  accepted: boolean;
  id: string;
  why?: string;
}
export interface BareView {
  digest?: string;
  released: boolean;
  outcome?: string;
}

// Activities: as many and of the same kinds as the product's, but they do nothing.

const done = async (_wave: string): Promise<void> => {};
export const activities = {
  previewSystem: async (wave: string): Promise<{ digest: string }> => ({ digest: `digest of ${wave}` }),
  readBaseline: done,
  recheckSystem: done,
  grantAccess: done,
  verifyAccess: done,
  retireLegacy: done,
  evaluate: async (_wave: string, _number: number): Promise<{ verdict: string }> => ({ verdict: 'healthy' }),
  record: async (_wave: string, _kind: string, _entries: string[]): Promise<void> => {},
};
type Work = typeof activities;

const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5 minutes' } as const;
const reading = (summary: string) =>
  wf.proxyActivities<Work>({ taskQueue: queues.system, summary, startToCloseTimeout: '5 minutes', heartbeatTimeout: '20s', retry });
const changing = (summary: string) =>
  wf.proxyActivities<Work>({ taskQueue: queues.system, summary, startToCloseTimeout: '6 hours', heartbeatTimeout: '20s', retry });
const measuring = (summary: string) => wf.proxyActivities<Work>({ summary, startToCloseTimeout: '5 minutes', heartbeatTimeout: '20s', retry });
const { record } = wf.proxyLocalActivities<Work>({
  startToCloseTimeout: '10s',
  localRetryThreshold: '10s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

// The wave

export const messageNames = ['evidence', 'signOff', 'review'] as const;
type MessageName = (typeof messageNames)[number];
export const packageOutcome = wf.defineSignal<[string]>('packageOutcome');
const evidenceWanted = ['handoff', 'notices', 'backup'];

export async function bareWave(wave: BareWave): Promise<string> {
  const seen = new Set<string>();
  const evidence = new Set<string>();
  const approvals = new Set<string>();
  const outbox: string[] = [];
  const state: BareView = { released: false };
  let reviewed = false;

  const refusal = (name: MessageName, { by, about }: BareMessage): string | undefined => {
    if (name === 'signOff' && !wave.signers.includes(by)) return `${by} does not sign`;
    if (name === 'signOff' && about !== state.digest) return 'this is not what was shown';
    if (name === 'review' && state.outcome === undefined) return 'the package is still being watched';
    return undefined;
  };
  const receive = (name: MessageName, message: BareMessage): BareAnswer => {
    const { id } = message;
    if (seen.has(id)) return { accepted: true, id };
    const why = refusal(name, message);
    if (why !== undefined) return { accepted: false, id, why };
    seen.add(id);
    if (name === 'evidence') evidence.add(message.about);
    if (name === 'signOff') approvals.add(message.by);
    if (name === 'review') reviewed = true;
    outbox.push(`${name} ${id} ${message.by} ${message.about}`);
    return { accepted: true, id };
  };
  for (const name of messageNames) {
    wf.setHandler(wf.defineSignal<[BareMessage]>(name), (message) => void receive(name, message));
    wf.setHandler(wf.defineUpdate<BareAnswer, [BareMessage]>(name), (message) => receive(name, message));
  }
  wf.setHandler(packageOutcome, (outcome) => {
    state.outcome = outcome;
  });
  wf.setHandler(wf.defineQuery<BareView>('state'), () => state);
  const post = async (kind: string) => record(wave.id, kind, outbox.splice(0));

  const [preview] = await Promise.all([reading('preview').previewSystem(wave.id), measuring('baseline').readBaseline(wave.id)]);
  state.digest = preview.digest;
  await post('previewed');

  const isReady = () => evidenceWanted.every((item) => evidence.has(item)) && wave.signers.every((signer) => approvals.has(signer));
  const goLive = alarm(wave.goLiveMs, 'go-live');
  let lastMoment: Alarm | undefined;
  while (!(isReady() && goLive.rang) || outbox.length > 0) {
    if (outbox.length > 0) await post('messages');
    if (goLive.rang && !isReady()) lastMoment ??= alarm(wave.goLiveMs + wave.windowMs, 'end of the go-live window');
    if (lastMoment?.rang) return 'held back';
    await wf.condition(() => outbox.length > 0 || lastMoment?.rang === true || (isReady() && goLive.rang) || (goLive.rang && lastMoment === undefined));
  }
  lastMoment?.stop();
  await reading('recheck').recheckSystem(wave.id);
  await startOrAdopt(wave);
  state.released = true;
  await post('released');

  await wf.condition(() => state.outcome !== undefined || outbox.length > 0);
  while (state.outcome === undefined) {
    await post('messages');
    await wf.condition(() => state.outcome !== undefined || outbox.length > 0);
  }
  await wf.condition(() => reviewed, 30 * (wave.realDayMs ?? dayMs), { summary: 'last day for the review' });
  await post('closed');
  return 'closed';
}

interface Alarm {
  readonly rang: boolean;
  stop(): void;
}

/** A timer that runs in the background. If its time has already passed, it has rung. */
function alarm(atMs: number, summary: string): Alarm {
  const state = { rang: atMs <= Date.now() };
  const scope = new wf.CancellationScope();
  if (!state.rang) {
    const ring = async () => {
      await wf.sleep(atMs - Date.now(), { summary });
      state.rang = true;
    };
    scope.run(ring).catch((error: unknown) => {
      if (!wf.isCancellation(error)) throw error;
    });
  }
  return {
    get rang() {
      return state.rang;
    },
    stop: () => scope.cancel(),
  };
}

async function startOrAdopt(wave: BareWave): Promise<void> {
  try {
    await wf.startChild(barePackage, {
      workflowId: `${wave.id}/access`,
      args: [wave, Date.now()],
      parentClosePolicy: wf.ParentClosePolicy.ABANDON,
      cancellationType: wf.ChildWorkflowCancellationType.ABANDON,
      workflowIdReusePolicy: wf.WorkflowIdReusePolicy.REJECT_DUPLICATE,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

// The package

export async function barePackage(wave: BareWave, startMs: number): Promise<void> {
  const realDayMs = wave.realDayMs ?? dayMs;
  const { id } = wave;
  await record(id, 'releasing', []);
  await changing('granting access').grantAccess(id);
  await changing('reading back').verifyAccess(id);
  await changing('retiring legacy access').retireLegacy(id);
  await record(id, 'granted', []);

  let verdict: string | undefined;
  let number = 0;
  const evaluation = async (atMs: number) => {
    if (atMs > Date.now()) await wf.sleep(atMs - Date.now(), { summary: 'next evaluation' });
    number += 1;
    const judged = await measuring(`evaluation ${number}`).evaluate(id, number);
    if (judged.verdict !== verdict) await record(id, 'verdict', [judged.verdict]);
    ({ verdict } = judged);
  };
  for (const day of wave.evaluations) await evaluation(startMs + day * realDayMs);
  await record(id, 'stable', []);
  await wf.getExternalWorkflowHandle(id).signal(packageOutcome, 'Stable');
  const stableSinceMs = startMs + (wave.evaluations.at(-1) ?? 0) * realDayMs;
  for (let week = 1; !wf.workflowInfo().continueAsNewSuggested; week += 1) await evaluation(stableSinceMs + 7 * week * realDayMs);
  await wf.continueAsNew<typeof barePackage>(wave, startMs);
}
