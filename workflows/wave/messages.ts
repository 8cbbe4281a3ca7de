/** How a wave handles each message: it changes the state, or refuses with a reason and changes nothing. All times are plan time. */
import { mayAct } from '../../domain/authority/who-may.ts';
import { blackoutAt } from '../../domain/blackouts.ts';
import { sha256Hex } from '../../domain/canonical.ts';
import type { MessageOf, WaveMessage } from '../../domain/messages.ts';
import type { PackageSection, WaveSection } from '../../domain/plan/section.ts';
import { evidenceExpiry, type Evidence } from '../../domain/readiness.ts';
import { requiredSigners } from '../../domain/authority/sign-offs.ts';
import type { Refusal } from '../shared/inbox.ts';
import { newProgress, voidPreview, type PackageProgress, type WaveState } from './state.ts';

export function receiveWaveMessage(state: WaveState, message: WaveMessage, jws: string, section: WaveSection | undefined): Refusal | undefined {
  for (const progress of Object.values(state.data.packages)) if (progress.problem) progress.problem.retryAtMs = 0;
  return refusalOf(state, message) ?? apply(state, message, jws, section);
}

function refusalOf(state: WaveState, message: WaveMessage): Refusal | undefined {
  if (state.data.ended) return { code: 'wrong-stage', message: `wave '${state.section.wave.id}' is ${state.data.ended.stage}: ${state.data.ended.why}` };
  const target = message.package === undefined ? undefined : state.sectionOf(message.package);
  if (message.package !== undefined && !target)
    return {
      code: 'unknown-package',
      message: `wave '${state.section.wave.id}' has no package '${message.package}'; it has ${state.section.packages.map((entry) => entry.package.id).join(', ')}`,
    };
  return mayAct({ section: target, wave: state.section.wave, operators: state.section.operators }, message.type, message.by, state.nowMs(), message.body);
}

function apply(state: WaveState, message: WaveMessage, jws: string, section: WaveSection | undefined): Refusal | undefined {
  const nowMs = state.nowMs();
  switch (message.type) {
    case 'signOff':
      return signOff(state, message, nowMs);
    case 'evidence':
      return addEvidence(state, message, nowMs);
    case 'note':
      state.inbox.note(message.by, nowMs, message.body.text);
      log(state, nowMs, message, 'note', message.body.text);
      return undefined;
    case 'holdBack':
      return forPackage(state, message, (progress) => {
        if (progress.released) return alreadyOut(message.package);
        progress.heldBack = { code: 'person', by: message.by, text: message.body.reason, atMs: nowMs };
        progress.goLive = 'none';
        log(state, nowMs, message, 'held-back', message.body.reason);
        return undefined;
      });
    case 'setDate':
      return setDate(state, message, nowMs);
    case 'liftHold':
      return liftHold(state, message, nowMs);
    case 'abort':
      state.data.abort = { by: message.by, reason: message.body.reason, jws };
      log(state, nowMs, message, 'aborted', message.body.reason);
      return undefined;
    case 'review':
      if (!state.settled())
        return {
          code: 'wrong-stage',
          message: 'a review closes the wave, but packages are still being watched. Wait until each is stable, rolled back or retired',
        };
      state.data.review = { ...message.body, by: message.by, atMs: nowMs };
      log(state, nowMs, message, 'reviewed', message.body.successes, { ...message.body });
      return undefined;
    case 'revise':
      return revise(state, message, section, nowMs);
  }
}

function signOff(state: WaveState, message: MessageOf<'signOff'>, nowMs: number): Refusal | undefined {
  return forPackage(state, message, (progress, section) => {
    if (progress.released) return alreadyOut(message.package);
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
    if (decision === 'reject' && !reason) return { code: 'missing-reason', message: 'a rejection needs a reason' };
    const own = requiredSigners(section, state.section.wave.alsoSigns).includes(message.by);
    progress.signOffs.push({
      id: message.id,
      by: message.by,
      as: own ? message.by : section.package.owner,
      decision,
      planDigest,
      previewDigest: previewed,
      atMs: nowMs,
      ...(reason === undefined ? {} : { reason }),
    });
    log(state, nowMs, message, decision === 'approve' ? 'approved' : 'rejected', reason ?? `${decision}d what was shown`, {
      planDigest,
      previewDigest: previewed,
    });
    return undefined;
  });
}

function addEvidence(state: WaveState, message: MessageOf<'evidence'>, nowMs: number): Refusal | undefined {
  return forPackage(state, message, (progress, section) => {
    const { item, reference, waived, expiresMs: given, tookMs } = message.body;
    if (progress.released) return alreadyOut(message.package);
    const expiresMs = evidenceExpiry(section, item, given, nowMs);
    if (expiresMs !== undefined && expiresMs <= nowMs)
      return { code: 'expired', message: `this evidence for '${item}' has already expired. Record evidence that is valid at go-live` };
    if (item === 'riskAcceptance' && expiresMs === undefined) return { code: 'missing-reason', message: 'a risk acceptance needs an expiry date' };
    const evidence: Evidence = {
      by: message.by,
      atMs: nowMs,
      reference,
      waived,
      ...(expiresMs === undefined ? {} : { expiresMs }),
      ...(tookMs === undefined ? {} : { tookMs }),
    };
    progress.facts.evidence[item] = evidence;
    log(state, nowMs, message, `evidence-${item}`, reference, { waived, expiresMs: expiresMs ?? null });
    return undefined;
  });
}

function setDate(state: WaveState, message: MessageOf<'setDate'>, nowMs: number): Refusal | undefined {
  const { goLiveMs } = message.body;
  if (state.onHold()) return { code: 'wrong-stage', message: `wave '${state.section.wave.id}' is on hold. Lift the hold, which sets a date` };
  if (goLiveMs + state.section.wave.window <= nowMs) return inThePast(goLiveMs, nowMs);
  const { despiteBlackout } = message.body;
  const refused = inBlackout(state, message, goLiveMs);
  if (refused) return refused;
  if (message.package === undefined) {
    state.data.goLiveMs = goLiveMs;
    decided(state.data, despiteBlackout);
    log(state, nowMs, message, 'date-set', dateText(goLiveMs, despiteBlackout));
    return undefined;
  }
  return forPackage(state, message, (progress) => {
    if (progress.released) return alreadyOut(message.package);
    progress.goLive = goLiveMs;
    decided(progress, despiteBlackout);
    delete progress.heldBack;
    log(state, nowMs, message, 'date-set', dateText(goLiveMs, despiteBlackout));
    return undefined;
  });
}

/** A date in a blackout needs a reason. */
function inBlackout(state: WaveState, message: MessageOf<'setDate'>, goLiveMs: number): Refusal | undefined {
  if (message.body.despiteBlackout !== undefined) return undefined;
  const concerned = state.unreleased().filter((section) => message.package === undefined || section.package.id === message.package);
  for (const section of concerned) {
    const blackout = blackoutAt(state.section.blackouts, section.package.id, goLiveMs);
    if (blackout)
      return {
        code: 'blackout',
        message: `${iso(goLiveMs)} is in the blackout '${blackout.id}' (${blackout.reason}), which ends on ${iso(blackout.untilMs)}: choose a date after it, or give the reason why it goes live during the blackout`,
      };
  }
  return undefined;
}

function decided(about: { despiteBlackout?: string }, reason: string | undefined): void {
  if (reason === undefined) delete about.despiteBlackout;
  else about.despiteBlackout = reason;
}

const dateText = (goLiveMs: number, despiteBlackout: string | undefined) =>
  `go-live on ${iso(goLiveMs)}${despiteBlackout === undefined ? '' : `, despite a blackout: ${despiteBlackout}`}`;

function liftHold(state: WaveState, message: MessageOf<'liftHold'>, nowMs: number): Refusal | undefined {
  const { hold } = state.section.wave;
  if (!hold || !state.onHold()) return { code: 'not-on-hold', message: `wave '${state.section.wave.id}' is not on hold` };
  const { goLiveMs, pilot, reason } = message.body;
  if (goLiveMs <= nowMs) return inThePast(goLiveMs, nowMs);
  const first = state.data.lifts.find(({ by }) => by !== message.by);
  if (first && (first.goLiveMs !== goLiveMs || String(first.pilot?.toSorted()) !== String(pilot?.toSorted())))
    return {
      code: 'pilot-mismatch',
      message: `${first.by} lifted the hold for ${first.pilot?.join(', ') ?? 'everyone'} on ${iso(first.goLiveMs)}. Approve the same, or agree on something else`,
    };
  state.data.lifts = [...state.data.lifts.filter(({ by }) => by !== message.by), { by: message.by, goLiveMs, ...(pilot ? { pilot: pilot.toSorted() } : {}) }];
  log(state, nowMs, message, 'hold-lifted', `${state.data.lifts.length} of ${hold.approvals}: ${reason}`, { pilot: pilot ?? null });
  if (state.onHold()) return undefined;
  state.data.goLiveMs = goLiveMs;
  for (const progress of Object.values(state.data.packages)) {
    if (pilot) progress.pilot = pilot.toSorted();
    voidPreview(progress);
  }
  return undefined;
}

function revise(state: WaveState, message: MessageOf<'revise'>, section: WaveSection | undefined, nowMs: number): Refusal | undefined {
  const { revision, sectionDigest } = message.body;
  if (!section || sha256Hex(section) !== sectionDigest)
    return { code: 'malformed', message: 'the section sent with this revision is not the one that was sealed' };
  if (section.plan !== message.plan || section.wave.id !== message.wave || section.revision !== revision)
    return { code: 'wrong-address', message: 'the section belongs to another plan, wave or revision' };
  if (revision < state.section.revision)
    return { code: 'older-revision', message: `this wave already has revision ${state.section.revision}; revision ${revision} is older` };
  if (revision === state.section.revision) return undefined;
  const before = new Map(state.section.packages.map((entry) => [entry.package.id, entry]));
  // A released package stays as it was signed and released. A change to it goes live in its own wave.
  const asReleased = (entry: PackageSection) => (state.data.packages[entry.package.id]?.released ? (before.get(entry.package.id) ?? entry) : entry);
  const named = new Set(section.packages.map((entry) => entry.package.id));
  const outAndUnnamed = [...before.values()].filter(({ package: { id } }) => !named.has(id) && state.data.packages[id]?.released);
  state.data.section = { ...section, packages: [...section.packages.map(asReleased), ...outAndUnnamed] };
  for (const entry of section.packages) {
    const progress = (state.data.packages[entry.package.id] ??= newProgress());
    if (!progress.released && before.get(entry.package.id)?.planDigest !== entry.planDigest) voidPreview(progress);
  }
  for (const gone of before.keys()) if (!state.sectionOf(gone)) delete state.data.packages[gone];
  log(state, nowMs, message, 'revised', `revision ${revision}`);
  return undefined;
}

function forPackage(
  state: WaveState,
  message: WaveMessage,
  act: (progress: PackageProgress, section: PackageSection) => Refusal | undefined,
): Refusal | undefined {
  const section = message.package === undefined ? undefined : state.sectionOf(message.package);
  const progress = message.package === undefined ? undefined : state.data.packages[message.package];
  if (!section || !progress)
    return { code: 'unknown-package', message: `'${message.type}' must name one of ${state.section.packages.map((entry) => entry.package.id).join(', ')}` };
  return act(progress, section);
}

function log(state: WaveState, atMs: number, message: WaveMessage, kind: string, text: string, data?: Record<string, unknown>): void {
  state.inbox.log(atMs, message.by, kind, text, {
    ...(message.package === undefined ? {} : { package: message.package }),
    data: { message: message.id, ...data },
  });
}

const iso = (ms: number) => new Date(ms).toISOString().slice(0, 16);
const alreadyOut = (packageId: string | undefined): Refusal => ({
  code: 'wrong-stage',
  message: `'${packageId}' is already released. Send this to the package itself, or roll it back`,
});
const inThePast = (goLiveMs: number, nowMs: number): Refusal => ({ code: 'in-the-past', message: `${iso(goLiveMs)} is in the past; it is now ${iso(nowMs)}` });
