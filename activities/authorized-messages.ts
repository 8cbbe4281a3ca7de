/** The messages that can authorize an effect: read from the store, with their seals verified again, and judged by the same rules as when they were accepted. */
import { mayAct, signsFor } from '../domain/authority/who-may.ts';
import { verifyMessage } from '../domain/authority/jws.ts';
import { packageMessageSchemas, waveMessageSchemas, type Message, type MessageSchemas } from '../domain/messages.ts';
import type { PackageSection } from '../domain/plan/section.ts';
import type { Revision } from '../store/contract.ts';
import type { ReleaseRef } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { nativeSignature } from './native-signatures.ts';
import { loadRelease, type LoadedRelease } from './release.ts';
import { sectionOf } from './sections.ts';

/** Who decides on a package, by one revision of the plan. */
interface Deciders {
  section: PackageSection;
  operators: string[];
}

/** What the checks before an effect depend on, read once: the release, the latest revision with its blackouts, and who could decide when. */
export interface EffectContext extends LoadedRelease {
  latest: Revision | undefined;
  /** Owners and operators change after a release: who decides is who the plan named when the message was sealed (real time). */
  decidersAt(sealedAtMs: number): Deciders;
}

export async function effectContext(deps: ActivityDeps, release: ReleaseRef): Promise<EffectContext> {
  const [loaded, latest] = await Promise.all([loadRelease(deps, release), deps.store.latestRevision(release.plan)]);
  const numbers = Array.from({ length: Math.max(0, (latest?.number ?? 0) - release.revision) }, (_, index) => release.revision + 1 + index);
  const later = await Promise.all(numbers.map((number) => deps.store.revision(release.plan, number)));
  const named = later.flatMap((revision) => {
    const deciders = revision && decidersOf(revision, loaded.section, release);
    return deciders ? [{ fromMs: revision.appliedAtMs, deciders }] : [];
  });
  const asReleased: Deciders = { section: loaded.section, operators: loaded.plan.operators };
  const context: EffectContext = { ...loaded, latest, decidersAt: (atMs) => named.findLast(({ fromMs }) => fromMs <= atMs)?.deciders ?? asReleased };
  return { ...context, contents: await withAcceptedContents(deps, context, release) };
}

/** The signed previews, in which the owner's last acceptance of a role's content replaces the content that was signed. */
async function withAcceptedContents(deps: ActivityDeps, context: EffectContext, release: ReleaseRef): Promise<LoadedRelease['contents']> {
  const accepted = (await authorizedMessages(deps, context, release, 'acceptContent')).filter((message) => message.type === 'acceptContent');
  if (accepted.length === 0) return context.contents;
  const contents = [...context.contents].map(([system, content]) => {
    const digests = new Map(accepted.filter(({ body }) => body.system === system).map(({ body }) => [body.role, body.digest]));
    return [system, { ...content, roles: content.roles.map((role) => ({ ...role, digest: digests.get(role.role) ?? role.digest })) }] as const;
  });
  return new Map(contents);
}

/** The package as it was released, with its people as a later revision names them; undefined where that revision no longer has the package or its wave. */
function decidersOf(revision: Revision, released: PackageSection, { wave, package: id }: ReleaseRef): Deciders | undefined {
  if (!revision.document.waves.some((one) => one.id === wave)) return undefined;
  const { packages, operators } = sectionOf(revision, wave);
  const named = packages.find((entry) => entry.package.id === id);
  if (!named) return undefined;
  return { section: { ...released, delegates: named.delegates, package: { ...released.package, owner: named.package.owner } }, operators };
}

/** This package's messages (of one type) with a valid seal and an authorized sender, in the order in which they were accepted. */
export async function authorizedMessages(deps: ActivityDeps, loaded: EffectContext, release: ReleaseRef, ofType?: Message['type']): Promise<Message[]> {
  const { section, wave, plan, planTime } = loaded;
  const stored = await deps.store.messages({ plan: release.plan, wave: release.wave, ...(ofType ? { type: ofType } : {}) });
  const schemas: MessageSchemas<Message> = { ...waveMessageSchemas, ...packageMessageSchemas };
  return stored.flatMap(({ id, type, jws, package: about }) => {
    if (about !== undefined && about !== release.package) return [];
    const verified = verifyMessage(jws, deps.trustedKeys, schemas, type, nativeSignature);
    if (!verified.ok) return [];
    const { message } = verified;
    // The row is a copy for searching; only the sealed text counts.
    if (message.id !== id || message.plan !== release.plan || message.wave !== release.wave || message.package !== about) return [];
    // What was signed is judged as it was released.
    const by = message.type === 'signOff' ? { section, operators: plan.operators } : loaded.decidersAt(message.atMs);
    const who = { ...by, section: message.package === undefined ? undefined : by.section, wave: { alsoSigns: wave.alsoSigns, hold: wave.hold } };
    return mayAct(who, message.type, message.by, planTime(message.atMs), message.body) === undefined ? [message] : [];
  });
}

/** Whether a message came from the person who was the owner at the time, or from a delegate. */
export const isOwnersWord = ({ decidersAt, planTime }: EffectContext, { by, atMs }: Message): boolean =>
  signsFor(decidersAt(atMs).section, by, planTime(atMs)) !== undefined;
