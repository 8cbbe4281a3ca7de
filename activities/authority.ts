/**
 * The check before every effect. A workflow that says 'signed' is not believed: whoever reaches the engine's namespace can start one. The messages
 * are read from the store, their seals verified again, and judged by the same rules as when they were accepted (R3).
 */
import { mayAct, signsFor } from '../domain/authority/who-may.ts';
import { verifyMessage } from '../domain/authority/jws.ts';
import { packageMessageSchemas, waveMessageSchemas, type Message, type MessageOf } from '../domain/messages.ts';
import { checklist, evidenceExpiry, type Evidence } from '../domain/readiness.ts';
import { requiredSigners, signOffStanding, type SignOff } from '../domain/sign-offs.ts';
import type { ReleaseRef } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { notCovered, stopped } from './failures.ts';
import { nativeSignature } from './native-signatures.ts';
import { loadRelease, type LoadedRelease } from './release.ts';

/** To do anything that the sign-offs cover: every signer's latest decision on exactly these digests approves, and a hold was lifted. */
export async function requireSignOffs(deps: ActivityDeps, release: ReleaseRef): Promise<LoadedRelease> {
  const loaded = await loadRelease(deps, release);
  const messages = await rightfulMessages(deps, loaded, release);
  refuseUnlessSigned(loaded, release, messages);
  refuseUnlessLifted(loaded, release, messages);
  return loaded;
}

/** To give access for the first time: what sign-offs cover, a risk that is accepted today, and nobody has aborted or rolled back. */
export async function requireRelease(deps: ActivityDeps, release: ReleaseRef): Promise<LoadedRelease> {
  const loaded = await loadRelease(deps, release);
  const messages = await rightfulMessages(deps, loaded, release);
  refuseUnlessSigned(loaded, release, messages);
  refuseUnlessLifted(loaded, release, messages);
  refuseUnlessRiskIsAccepted(loaded, release, messages);
  const abort = messages.find(({ type }) => type === 'abort');
  if (abort) throw stopped(`'${release.package}' was aborted by ${abort.by}: nothing is given any more`);
  await refuseIfRolledBack(deps, release);
  return loaded;
}

/** To tune. What only brings back what was signed needs no more than its sign-offs; what takes access away needs its owner's word for exactly that. */
export async function requireTune(deps: ActivityDeps, release: ReleaseRef, tune: TuneRef): Promise<LoadedRelease> {
  const loaded = await loadRelease(deps, release);
  const messages = await rightfulMessages(deps, loaded, release);
  refuseUnlessSigned(loaded, release, messages);
  refuseUnlessLifted(loaded, release, messages);
  await refuseIfRolledBack(deps, release);
  if (tune.step !== 'tighten' && tune.step !== 'narrow') return loaded;
  const asked = messages.filter((message): message is MessageOf<'tune'> => message.type === 'tune' && sameTune(message.body, tune));
  const approved = messages.some((message) => message.id === tune.id && message.type === 'decide' && message.body.answer === 'approve');
  const byOwner = asked.some(({ id, by, atMs }) => id === tune.id && signsFor(loaded.section, by, loaded.planTime(atMs)) !== undefined);
  if (byOwner || (approved && asked.length > 0)) return loaded;
  throw notCovered(
    `'${tune.step}' takes access of '${release.package}' away, and ${loaded.rolePackage.owner} (or a delegate) has not asked for exactly this or approved it`,
  );
}

/** To roll back: the owner's approval of a proposed rollback, an abort, or a plan that says 'automatic'. Sign-offs are not asked: undoing what was done never waits for them. */
export async function requireRollback(deps: ActivityDeps, release: ReleaseRef, rollback: { approval: string }): Promise<LoadedRelease> {
  const loaded = await loadRelease(deps, release);
  if (rollback.approval === 'automatic') {
    if (loaded.rolePackage.rollback.approval === 'automatic') return loaded;
    throw notCovered(`the plan does not let '${release.package}' be rolled back by itself: its owner ${loaded.rolePackage.owner} must approve it`);
  }
  const messages = await rightfulMessages(deps, loaded, release);
  const approval = messages.find(({ id }) => id === rollback.approval);
  const approves =
    approval?.type === 'abort' || (approval?.type === 'decide' && approval.body.answer === 'approve' && approval.body.proposal.startsWith('rollback'));
  if (!approves)
    throw notCovered(
      `no message '${rollback.approval}' that approves a rollback of '${release.package}' by ${loaded.rolePackage.owner}, a delegate, or an abort is on record: nothing was taken back`,
    );
  return loaded;
}

type TuneRef = { id: string; step: string; people?: string[]; entitlement?: { system: string; role: string } };

/** This package's messages whose seal holds and whose sender had the right at the time, in the order in which they were accepted. */
async function rightfulMessages(deps: ActivityDeps, { section, wave, plan, planTime }: LoadedRelease, release: ReleaseRef): Promise<Message[]> {
  const stored = await deps.store.messages({ plan: release.plan, wave: release.wave });
  const schemas = { ...waveMessageSchemas, ...packageMessageSchemas };
  return stored.flatMap(({ id, type, jws, package: about }) => {
    if (about !== undefined && about !== release.package) return [];
    const verified = verifyMessage(jws, deps.trustedKeys, schemas, type, nativeSignature);
    if (!verified.ok) return [];
    const { message } = verified;
    // The row is a copy made for searching: the sealed words count.
    if (message.id !== id || message.plan !== release.plan || message.wave !== release.wave || message.package !== about) return [];
    const who = {
      section: message.package === undefined ? undefined : section,
      wave: { alsoSigns: wave.alsoSigns, hold: wave.hold },
      operators: plan.operators,
    };
    return mayAct(who, message.type, message.by, planTime(message.atMs), message.body) === undefined ? [message] : [];
  });
}

function refuseUnlessSigned({ section, wave, planTime }: LoadedRelease, release: ReleaseRef, messages: Message[]): void {
  const signers = requiredSigners(section, wave.alsoSigns);
  const signOffs: SignOff[] = messages.flatMap((message) => {
    if (message.type !== 'signOff' || message.package === undefined) return [];
    const { decision, planDigest, previewDigest } = message.body;
    const as = signers.includes(message.by) ? message.by : section.package.owner;
    return [{ id: message.id, by: message.by, as, decision, planDigest, previewDigest, atMs: planTime(message.atMs) }];
  });
  const { missing, rejectedBy } = signOffStanding(section, wave.alsoSigns, signOffs, release);
  if (rejectedBy.length > 0) throw notCovered(`'${release.package}' was rejected by ${rejectedBy.join(', ')}: nothing was changed`);
  if (missing.length > 0)
    throw notCovered(`'${release.package}' has no valid sign-off by ${missing.join(', ')} for exactly this plan and preview: nothing was changed`);
}

/** Enough different people lifted the hold, all for the same people, and the signed preview shows nobody beside them. */
function refuseUnlessLifted({ wave, contents }: LoadedRelease, release: ReleaseRef, messages: Message[]): void {
  if (wave.status !== 'on-hold') return;
  if (!wave.hold) throw notCovered(`wave '${wave.id}' is on hold, and the plan names nobody who may lift it`);
  const latest = new Map(messages.filter((message) => message.type === 'liftHold').map((message) => [message.by, message]));
  const byPilot = Map.groupBy(latest.values(), ({ body }) => JSON.stringify(body.pilot?.toSorted() ?? null));
  const people = [...contents.values()].flatMap((content) => content.people.map(({ person }) => person));
  for (const lifts of byPilot.values()) {
    const pilot = lifts[0]?.body.pilot;
    if (lifts.length >= wave.hold.approvals && (pilot === undefined || people.every((person) => pilot.includes(person)))) return;
  }
  throw notCovered(
    `wave '${wave.id}' is on hold: ${wave.hold.approvals} of ${wave.hold.liftedBy.join(', ')} must lift it for the people of '${release.package}'; nothing was changed`,
  );
}

function refuseUnlessRiskIsAccepted({ section, planTime, planNowMs }: LoadedRelease, release: ReleaseRef, messages: Message[]): void {
  if (section.package.risk === 'low') return;
  let latest: Evidence | undefined;
  for (const message of messages) {
    if (message.type !== 'evidence' || message.body.item !== 'riskAcceptance') continue;
    const { reference, waived, expiresMs: given } = message.body;
    const atMs = planTime(message.atMs);
    const expiresMs = evidenceExpiry(section, 'riskAcceptance', given, atMs);
    latest = { by: message.by, atMs, reference, waived, ...(expiresMs === undefined ? {} : { expiresMs }) };
  }
  const line = checklist(section, { evidence: latest ? { riskAcceptance: latest } : {} }, planNowMs).find(({ item }) => item === 'riskAcceptance');
  if (line && !line.ok) throw notCovered(`the ${section.package.risk} risk of '${release.package}' is not accepted (${line.why}): nothing was changed`);
}

async function refuseIfRolledBack(deps: ActivityDeps, release: ReleaseRef): Promise<void> {
  const receipts = await deps.store.receipts(release);
  if (receipts.length > 0)
    throw notCovered(`'${release.package}' was rolled back in ${receipts.map(({ system }) => system).join(', ')}: nothing is given by this release any more`);
}

function sameTune(body: MessageOf<'tune'>['body'], tune: TuneRef): boolean {
  const people = (list: string[] | undefined) => JSON.stringify(list?.toSorted() ?? null);
  return (
    body.step === tune.step &&
    people(body.people) === people(tune.people) &&
    body.entitlement?.system === tune.entitlement?.system &&
    body.entitlement?.role === tune.entitlement?.role
  );
}
