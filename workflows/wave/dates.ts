/**
 * When a wave and its packages go live: dates, overridden blackouts, holds, and packages that are held back. Only this file changes them, by the fold of
 * domain/go-live.ts, which the check before a release repeats.
 */
import { dateText } from '../../domain/authority/event-of-message.ts';
import { keptText } from '../../domain/kept-text.ts';
import { blackoutAt } from '../../domain/blackouts.ts';
import { disagreement, lateFrom, liftOf, liftsOf, withDate, withLift, withoutDate } from '../../domain/go-live.ts';
import { isLiftOf } from '../../domain/holds.ts';
import { instantText } from '../../domain/time/instant.ts';
import type { MessageOf } from '../../domain/messages.ts';
import type { PackageSection } from '../../domain/plan/section.ts';
import type { HeldBackReason } from '../../domain/views/blocker.ts';
import type { Refusal } from '../shared/inbox.ts';
import { voidPreview } from './previews.ts';
import type { About, WaveState } from './state.ts';

/** `about` undefined: the date of the wave. */
export function setDate(state: WaveState, message: MessageOf<'setDate'>, about: About | undefined): Refusal | undefined {
  const { goLiveMs, despiteBlackout } = message.body;
  const nowMs = state.nowMs();
  if (state.onHold()) return { code: 'wrong-stage', message: `wave '${state.section.wave.id}' is on hold. Lift the hold, which sets a date` };
  if (lateFrom({ atMs: goLiveMs }, state.section.wave) <= nowMs) return inThePast(goLiveMs, nowMs);
  const refused = inBlackout(state, message, goLiveMs);
  if (refused) return refused;
  state.data.goLives = withDate(state.data.goLives, message.body, about?.section.package.id);
  if (about) delete about.progress.heldBack;
  // What stopped it may be over: a new preview tells.
  for (const section of about ? [about.section] : state.unreleased()) if (state.stopsOf(section).length > 0) voidPreview(state.progressOf(section));
  state.logMessage(message, 'date-set', dateText(goLiveMs, despiteBlackout));
  return undefined;
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
        message: `${instantText(goLiveMs)} is in the blackout '${blackout.id}', which ends on ${instantText(blackout.untilMs)}: choose a date after it, or give the reason why it goes live during the blackout`,
      };
  }
  return undefined;
}

export function liftHold(state: WaveState, message: MessageOf<'liftHold'>): Refusal | undefined {
  const { hold } = state.section.wave;
  if (!hold || !state.onHold()) return { code: 'not-on-hold', message: `wave '${state.section.wave.id}' is not on hold` };
  const { goLiveMs, pilot, reason } = message.body;
  const nowMs = state.nowMs();
  if (goLiveMs <= nowMs) return inThePast(goLiveMs, nowMs);
  const lift = liftOf(message);
  if (!isLiftOf(lift, hold))
    return {
      code: 'stale-digest',
      message: `the hold of '${state.section.wave.id}' is another one since it was shown, or is for other packages. Review the wave again, and lift the hold that it shows`,
    };
  const other = disagreement(state.data.goLives, lift, state.section.wave);
  if (other)
    return {
      code: 'pilot-mismatch',
      message: `${other.by} lifted the hold for ${other.pilot?.join(', ') ?? 'everyone'} on ${instantText(other.goLiveMs)}. Approve the same, or agree on something else`,
    };
  state.data.goLives = withLift(state.data.goLives, lift, state.section.wave);
  state.logMessage(message, 'hold-lifted', `${liftsOf(state.section.wave, state.data.goLives).length} of ${hold.approvals}: ${reason}`, {
    pilot: pilot ?? null,
  });
  if (state.onHold()) return undefined;
  // A pilot limits the people, so there is a new preview, which everyone signs again.
  for (const progress of Object.values(state.data.packages)) voidPreview(progress);
  return undefined;
}

/** A person holds it back, until someone sets another date. */
export function holdBackAsAsked(state: WaveState, message: MessageOf<'holdBack'>, { section, progress }: About): undefined {
  const { by, body } = message;
  progress.heldBack = { code: 'person', by, text: keptText(body.reason), atMs: state.nowMs() };
  state.data.goLives = withoutDate(state.data.goLives, section.package.id);
  state.logMessage(message, 'held-back', body.reason);
  return undefined;
}

/** Its date passes without a release, and it waits for another date. */
export function holdBack(state: WaveState, section: PackageSection, why: HeldBackReason): void {
  const progress = state.progressOf(section);
  progress.heldBack = { ...why, text: keptText(why.text), atMs: state.nowMs() };
  state.data.goLives = withoutDate(state.data.goLives, section.package.id);
  state.event('held-back', why.text, { package: section.package.id, data: { code: why.code } });
}

/** Once released it is no longer held back. */
export function notHeldBack(state: WaveState, section: PackageSection): void {
  delete state.progressOf(section).heldBack;
}

const inThePast = (goLiveMs: number, nowMs: number): Refusal => ({
  code: 'in-the-past',
  message: `${instantText(goLiveMs)} is in the past; it is now ${instantText(nowMs)}`,
});
