/**
 * What is shown and signed before a release: preview and baseline from the systems, the evidence that people supply, and their sign-offs. Only this file
 * changes them. A sign-off takes effect through state.blockers in release.ts.
 */
import { previewDigest, type IncompatibleCounts, type PreviewPart } from '../../domain/access/preview.ts';
import { keptText } from '../../domain/kept-text.ts';
import { signOffEvents } from '../../domain/authority/event-of-message.ts';
import { hasDecided, overrules, signerIn, withSignOff } from '../../domain/authority/sign-offs.ts';
import type { MessageOf } from '../../domain/messages.ts';
import type { PackageSection, WaveInput } from '../../domain/plan/section.ts';
import { evidenceOf, evidenceRefusal } from '../../domain/readiness.ts';
import { instantText } from '../../domain/time/instant.ts';
import { toPlan } from '../../domain/time/plan-clock.ts';
import { groupsOf, orRefusal, postRecords, systemWork, measuring, telemetry } from '../shared/activities.ts';
import type { Refusal } from '../shared/inbox.ts';
import { lineOf, metricsLine, readFor, systemsRead, type PreviewRead, type Wait } from './reads.ts';
import type { About, PackageProgress, WaveState } from './state.ts';

const retryPreviewAfterMs = 3_600_000;

/** Takes the preview and the baseline of every package that needs them. Changes nothing in any system. `adopt` is called for a package that turns out to be released already. */
export async function prepare(state: WaveState, input: WaveInput, adopt: (section: PackageSection) => Promise<void>): Promise<void> {
  const wanted = state.previewsWanted();
  if (wanted.length === 0) return;
  await state.during('preview', async () => {
    await postRecords(state.inbox);
    for (const some of groupsOf(wanted, (section) => systemsRead(section).length + 1))
      await Promise.all(some.map((section) => preview(state, input, section, adopt)));
  });
}

/**
 * As `prepare`, beside the main loop: it waits for the first of the previews that it starts, and no longer than there is nothing else to do. The others are
 * taken when they are there.
 */
export async function prepareBeside(state: WaveState, input: WaveInput, adopt: (section: PackageSection) => Promise<void>, wait: Wait): Promise<void> {
  if (state.previewsWanted().length > 0) {
    await postRecords(state.inbox);
    const started = state.previewsWanted().filter((section) => startPreview(state, input, section));
    if (started.length > 0) await wait();
  }
  for (const {
    package: { id },
  } of state.section.packages) {
    const ended = state.previews.take(id);
    if (ended) await taken(state, ended.found, adopt);
  }
  state.previews.keepOnly(state.unreleased().map((section) => section.package.id));
}

function startPreview(state: WaveState, input: WaveInput, section: PackageSection): boolean {
  const { revision } = state.section;
  const lines = [...systemsRead(section).map((system) => lineOf(system, section)), metricsLine];
  const started = state.previews.start(section.package.id, lines, async (answered) => ({
    section,
    revision,
    read: await previewRead(state, input, section, answered),
  }));
  const progress = state.progressOf(section);
  // Cleared with the start, because a revision or a pilot that arrives in the meantime needs another preview.
  if (started) progress.previewWanted = false;
  // It is when there is room, and at no instant.
  else if (progress.problem) progress.problem.retryAtMs = 0;
  return started;
}

/** Before the run continues as new: what has not been taken is wanted still, also what ended while the last messages were decided. */
export function wantAgain(state: WaveState): void {
  for (const id of state.previews.untaken()) {
    const section = state.sectionOf(id);
    if (section) state.progressOf(section).previewWanted = true;
  }
}

async function preview(state: WaveState, input: WaveInput, section: PackageSection, adopt: (section: PackageSection) => Promise<void>): Promise<void> {
  const { revision } = state.section;
  state.progressOf(section).previewWanted = false;
  await taken(state, { section, revision, read: await previewRead(state, input, section) }, adopt);
}

async function previewRead(
  state: WaveState,
  input: WaveInput,
  section: PackageSection,
  answered: (line: string) => void = () => undefined,
): Promise<PreviewRead['read']> {
  const { plan, revision } = state.section;
  const { id } = section.package;
  const ref = { plan, wave: state.section.wave.id, package: id, revision };
  const { pilot } = state.data.goLives;
  const at = { atMs: state.nowMs(), ...(pilot ? { pilot } : {}), ...(input.clock ? { clock: input.clock } : {}) };
  const { systems, across: isAcross } = readFor(section);
  const read = await orRefusal(
    Promise.all([
      Promise.all(
        systems.map((system) =>
          systemWork(system, 'read', `preview of ${id} in ${system}`)
            .previewSystem(ref, system, pilot)
            .finally(() => answered(lineOf(system, section))),
        ),
      ),
      measuring(`baseline of ${id}`)
        .readBaseline(ref, at)
        .finally(() => answered(metricsLine)),
    ]),
  );
  if ('refusal' in read) return read;
  const [parts, baseline] = read.done;
  if (!isAcross) return { done: { parts, baseline, across: [] } };
  const digests = parts.map(({ system, digest }) => ({ system, digest }));
  const across = await orRefusal(telemetry(`who would hold what together, of ${id}`).incompatibleAcross(ref, digests));
  return 'refusal' in across ? across : { done: { parts, baseline, across: across.done } };
}

async function taken(state: WaveState, { section, revision, read }: PreviewRead, adopt: (section: PackageSection) => Promise<void>): Promise<void> {
  // A revision that arrived in the meantime may have dropped the package.
  if (!state.sectionOf(section.package.id)) return;
  if ('refusal' in read) return read.type === 'AlreadyReleased' ? adopt(section) : failed(state, section, read.refusal);
  const progress = state.progressOf(section);
  const {
    parts,
    baseline: { baseline, readable },
    across,
  } = read.done;
  if (progress.previewWanted || state.section.revision !== revision) {
    progress.previewWanted = true;
    state.changed = true;
    return;
  }
  progress.baseline = baseline;
  progress.facts.metrics = readable;
  previewed(state, section, parts, across);
}

function previewed(state: WaveState, section: PackageSection, parts: PreviewPart[], across: IncompatibleCounts[]): void {
  const progress = state.progressOf(section);
  progress.preview = { digest: previewDigest(parts), parts, ...(across.length > 0 ? { across } : {}) };
  delete progress.problem;
  const { digest } = progress.preview;
  // From the parts, anyone who signs later can be shown what differs from this preview.
  const data = { digest, parts: parts.map((part) => ({ system: part.system, digest: part.digest })) };
  state.event('previewed', summaryOf(parts), { package: section.package.id, data });
}

/** The systems refused for good. It is retried in an hour, and when anything changes. */
function failed(state: WaveState, section: PackageSection, why: string): void {
  const progress = state.progressOf(section);
  progress.previewWanted = true;
  if (progress.problem?.why !== keptText(why)) state.event('preview-failed', why, { package: section.package.id });
  progress.problem = { why: keptText(why), retryAtMs: state.nowMs() + retryPreviewAfterMs };
}

/** Any message may mean that the problem is solved. */
export function retryPreviews(state: WaveState): void {
  for (const { problem } of Object.values(state.data.packages)) if (problem) problem.retryAtMs = 0;
}

/** Earlier sign-offs stay on record but no longer count, because they contain the old digest. */
export function voidPreview(progress: PackageProgress): void {
  delete progress.preview;
  delete progress.problem;
  progress.previewWanted = true;
}

/** Counts for exactly what was shown (R3): the digest of the plan's section, and that of the preview. */
export function signOff(state: WaveState, message: MessageOf<'signOff'>, about: About): Refusal | undefined {
  const { progress, section } = about;
  if (!progress.preview)
    return {
      code: 'not-previewed',
      message: `there is no preview of '${section.package.id}' yet, so there is nothing to sign. Try again once its state shows one`,
    };
  const { decision, planDigest, previewDigest: previewed, reason } = message.body;
  const shown = { planDigest: section.planDigest, previewDigest: progress.preview.digest };
  if (planDigest !== shown.planDigest || previewed !== shown.previewDigest)
    return {
      code: 'stale-digest',
      message: `'${section.package.id}' has changed since it was shown. Review it again and sign what you see (plan ${shown.planDigest.slice(0, 12)}…, preview ${shown.previewDigest.slice(0, 12)}…)`,
    };
  if (decision === 'reject' && !reason) return { code: 'missing-field', message: 'a rejection needs a reason' };
  const { owner } = section.package;
  const signer = signerIn(section, state.section.wave.alsoSigns, message.by, state.nowMs());
  const rejection = overrules({ by: message.by, as: signer.as, decision, atMs: state.nowMs() }, progress.signOffs, section.saidElsewhere);
  if (rejection)
    return {
      code: 'rejected-by-owner',
      message: `${owner} rejected '${section.package.id}'${rejection.wave === undefined ? '' : ` in wave '${rejection.wave}'`} on ${instantText(rejection.atMs)} (${rejection.reason}), and only ${owner} can change that: by approving it, or by withdrawing the rejection`,
    };
  const isRejectedElsewhere = message.by === owner && section.saidElsewhere !== undefined;
  if (decision === 'withdraw' && !isRejectedElsewhere && !hasDecided(message.by, progress.signOffs))
    return { code: 'wrong-stage', message: `${message.by} has neither approved nor rejected '${section.package.id}', so there is nothing to withdraw` };
  progress.signOffs = withSignOff(progress.signOffs, {
    id: message.id,
    by: message.by,
    ...signer,
    decision,
    planDigest,
    previewDigest: previewed,
    atMs: state.nowMs(),
    ...(reason === undefined ? {} : { reason: keptText(reason) }),
  });
  state.logMessage(message, signOffEvents[decision].kind, reason ?? signOffEvents[decision].text, {
    planDigest,
    previewDigest: previewed,
  });
  return undefined;
}

export function addEvidence(state: WaveState, message: MessageOf<'evidence'>, about: About): Refusal | undefined {
  const { progress, section } = about;
  const { item, reference, waived, tookMs } = message.body;
  const evidence = evidenceOf(section, message, Math.round(toPlan(message.atMs, state.input.clock)));
  const refusal = evidenceRefusal(item, evidence, state.nowMs());
  if (refusal) return refusal;
  progress.facts.evidence[item] = evidence;
  state.logMessage(message, `evidence-${item}`, reference, {
    waived,
    expiresMs: evidence.expiresMs ?? null,
    ...(tookMs === undefined ? {} : { tookMs }),
  });
  return undefined;
}

const summaryOf = (parts: PreviewPart[]) =>
  parts
    .map(
      (part) =>
        `${part.system}: ${part.toGrant} to grant, ${part.alreadyThere} already granted, ${part.toRetire} to retire${part.toDrop === undefined ? '' : `, ${part.toDrop} to revoke from the previous release`}`,
    )
    .join('; ');
