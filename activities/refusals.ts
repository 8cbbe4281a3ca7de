/** Every reason to refuse an effect, from what is in the store. Each throws one sentence that says what is missing, and changes nothing. */
import { blackoutAt, type BlackoutNow } from '../domain/blackouts.ts';
import type { Freeze } from '../domain/authority/proposals.ts';
import type { Message } from '../domain/messages.ts';
import { isLiftOf } from '../domain/holds.ts';
import { anotherText } from '../domain/authority/separation.ts';
import { signerIn, signOffStatus, type SignOff } from '../domain/authority/sign-offs.ts';
import { supersedingRelease } from '../domain/release/releases.ts';
import { instantText } from '../domain/time/instant.ts';
import type { ReleaseRef } from './contract.ts';
import { notCovered, stopped } from './failures.ts';
import type { LoadedRelease } from './release.ts';
import type { EffectContext } from './authorized-messages.ts';

/** Nothing more is released during a blackout, unless a date within it was set together with a reason. */
export function refuseInBlackout(loaded: EffectContext, release: ReleaseRef, messages: Message[]): void {
  const blackout = blackoutAt(loaded.blackouts, release.package, loaded.planNowMs);
  if (blackout && !wentAhead(messages, blackout)) refuseForBlackout(blackout, loaded, release);
}

const wentAhead = (messages: Message[], { sinceMs, untilMs }: BlackoutNow): boolean =>
  messages.some(
    (message) =>
      message.type === 'setDate' && message.body.despiteBlackout !== undefined && message.body.goLiveMs >= sinceMs && message.body.goLiveMs < untilMs,
  );

/** A blackout that prevents the effect: it is in force now, or it began after the decision. */
export function refuseForBlackout(blackout: BlackoutNow | undefined, loaded: EffectContext, release: ReleaseRef): void {
  if (!blackout) return;
  const { id, untilMs } = blackout;
  const { planNowMs } = loaded;
  const { reason } = loaded.blackouts.find((each) => each.id === id) ?? { reason: '' };
  throw stopped(
    planNowMs < untilMs
      ? `the blackout '${id}' (${reason}) lasts until ${instantText(untilMs)}, and nobody decided during it to change '${release.package}', so nothing was changed`
      : `the blackout '${id}' (${reason}) began after the decision on '${release.package}' and has ended. Decide again. Nothing was changed`,
  );
}

export function refuseIfFrozen(freeze: Freeze | undefined, release: ReleaseRef): void {
  if (freeze) throw notCovered(`'${release.package}' is frozen by ${freeze.by} (${freeze.reason}) until someone decides, so nothing was changed`);
}

export function refuseIfObserved({ section }: LoadedRelease, release: ReleaseRef): void {
  if (section.change === 'observe') throw notCovered(`'${release.package}' is only observed by wave '${release.wave}', so nothing was changed`);
}

export function refuseUnlessSigned(loaded: LoadedRelease, release: ReleaseRef, messages: Message[]): void {
  refuseIfObserved(loaded, release);
  const { section, plan, wave, planTime, planNowMs } = loaded;
  const { alsoSigns } = wave;
  const signOffs: SignOff[] = messages.flatMap((message) => {
    if (message.type !== 'signOff' || message.package === undefined) return [];
    const { decision, planDigest, previewDigest } = message.body;
    const atMs = planTime(message.atMs);
    return [{ id: message.id, by: message.by, ...signerIn(section, alsoSigns, message.by, atMs), decision, planDigest, previewDigest, atMs }];
  });
  const deciding = { section, alsoSigns, operators: plan.operators, nowMs: planNowMs };
  const { missing, rejectedBy, another } = signOffStatus(deciding, signOffs, release);
  if (rejectedBy.length > 0) throw notCovered(`'${release.package}' was rejected by ${rejectedBy.join(', ')}, so nothing was changed`);
  if (missing.length > 0) {
    const last = section.saidElsewhere?.at(-1);
    const rejected = last?.decision === 'reject' && missing.includes(section.package.owner) ? `, whose rejection in wave '${last.wave}' stands,` : '';
    throw notCovered(
      `'${release.package}' has no valid sign-off by ${missing.join(', ')}${rejected} for exactly this plan and preview, so nothing was changed`,
    );
  }
  if (another) throw notCovered(`'${release.package}' has no valid sign-off by ${anotherText(section, alsoSigns, another)}, so nothing was changed`);
}

/** Enough different people lifted the hold as it was when the package was released, all for the same people, and the signed preview contains nobody else. */
export function refuseUnlessLifted({ wave, contents }: LoadedRelease, release: ReleaseRef, messages: Message[]): void {
  if (wave.status !== 'on-hold') return;
  if (!wave.hold) throw notCovered(`wave '${wave.id}' is on hold, but the plan names nobody who may lift it`);
  const { hold } = wave;
  const latest = new Map(messages.flatMap((message) => (message.type === 'liftHold' && isLiftOf(message.body, hold) ? [[message.by, message] as const] : [])));
  const byPilot = Map.groupBy(latest.values(), ({ body }) => JSON.stringify(body.pilot?.toSorted() ?? null));
  const people = [...contents.values()].flatMap((content) => [...content.people, ...(content.drop ?? [])].map(({ person }) => person));
  for (const lifts of byPilot.values()) {
    const pilot = lifts[0]?.body.pilot;
    if (lifts.length >= hold.approvals && (pilot === undefined || people.every((person) => pilot.includes(person)))) return;
  }
  throw notCovered(
    `wave '${wave.id}' is on hold: ${wave.hold.approvals} of ${wave.hold.liftedBy.join(', ')} must lift it for the people of '${release.package}'. Nothing was changed`,
  );
}

export function refuseIfAborted(messages: Message[], release: ReleaseRef): void {
  const abort = messages.find(({ type }) => type === 'abort');
  if (abort) throw stopped(`'${release.package}' was aborted by ${abort.by}, so nothing more is granted`);
}

export function refuseIfRolledBack({ receipts }: EffectContext, release: ReleaseRef): void {
  if (receipts.length > 0)
    throw notCovered(`'${release.package}' was rolled back in ${receipts.map(({ system }) => system).join(', ')}, so this release grants nothing more`);
}

/** While a later release of the same package stands, that one decides what the package grants. */
export function refuseIfSuperseded({ releases }: Pick<EffectContext, 'releases'>, release: ReleaseRef): void {
  const later = supersedingRelease(releases, release.wave);
  if (later) throw notCovered(`'${release.package}' was released again by ${later.wave}: tune or roll back that release first; nothing was changed`);
}

/** A rollback without anybody's approval needs its reason on record: a verdict of this release, or a person who asked for it. */
export function refuseUnlessProposed({ verdicts, section }: EffectContext, release: ReleaseRef, messages: Message[]): void {
  const judged = verdicts.includes('rollback') || (section.rollbackOnly && verdicts.includes('tune'));
  const asked = messages.some(({ type, body }) => type === 'rollback' || (type === 'decide' && body.kind === 'question' && body.answer === 'decline'));
  if (!judged && !asked)
    throw notCovered(`no evaluation of '${release.package}' has called for a rollback, and nobody has asked for one, so nothing was revoked`);
}
