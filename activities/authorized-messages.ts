/** The messages that can authorize an effect: read from the store, with their seals verified again, and judged by the same rules as when they were accepted. */
import { isDecided } from '../domain/authority/applied.ts';
import { mayAct, signsFor } from '../domain/authority/who-may.ts';
import { verifyMessage } from '../domain/authority/jws.ts';
import { trustedAt } from '../domain/authority/keys.ts';
import { acceptedInTime, packageMessageSchemas, waveMessageSchemas, type Message, type MessageSchemas } from '../domain/messages.ts';
import { decidersDigest } from '../domain/plan/digest.ts';
import type { Blackout } from '../domain/plan/schema.ts';
import { delegatesFor, type PackageSection } from '../domain/plan/section.ts';
import type { EffectBasis, RevisionTerms } from '../store/contract.ts';
import type { ReleaseRef } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { nativeSignature } from '../store/native-signatures.ts';
import { releaseIn, type LoadedRelease } from './release.ts';

/** Who decides on a package, by one revision of the plan. */
interface Deciders {
  section: PackageSection;
  operators: string[];
}

/** What the checks before an effect rest on, all of one moment: the release, the rows about it, the blackouts that hold, and who could decide when. */
export interface EffectContext extends LoadedRelease, Omit<EffectBasis, 'revision' | 'earlier' | 'later' | 'previews'> {
  /** Of the latest revision. */
  blackouts: Blackout[];
  /** Owners and operators change: who decides is who the plan named when the message was sealed (real time). */
  decidersAt(sealedAtMs: number): Deciders;
  /** The same for another package of the wave, as the same revision has it; its previews are not loaded. */
  about(other: PackageSection): EffectContext;
}

export async function effectContext(deps: ActivityDeps, release: ReleaseRef): Promise<EffectContext> {
  const { plan, wave, package: id, revision } = release;
  const { planDigest, previewDigest } = release;
  const previews = release.parts.map(({ digest }) => digest);
  const basis = await deps.store.effectBasis({ plan, wave, package: id, revision, planDigest, previewDigest, previews });
  const loaded = await releaseIn(deps, release, basis.revision, basis.previews);
  const { earlier, later, messages, releases, receipts, readable, compared, verdicts } = basis;
  // A row that was not applied through the endpoint decides nothing.
  const applied = (all: RevisionTerms[]) => all.filter((terms) => isDecided({ plan, ...terms }, digestOf(terms), deps.trustedKeys, nativeSignature));
  const appliedLater = applied(later);
  const appliedEarlier = applied(earlier);
  const decidersAt = (section: PackageSection): EffectContext['decidersAt'] => {
    const asReleased: Deciders = { section, operators: loaded.plan.operators };
    const namedBy = (all: RevisionTerms[]) =>
      all.flatMap((terms) => {
        const deciders = decidersOf(terms, section, wave);
        return deciders ? [{ fromMs: terms.appliedAtMs, deciders }] : [];
      });
    const named = [...namedBy(appliedEarlier), { fromMs: loaded.revision.appliedAtMs, deciders: asReleased }, ...namedBy(appliedLater)];
    return (atMs) => named.findLast(({ fromMs }) => fromMs <= atMs)?.deciders ?? asReleased;
  };
  const context: EffectContext = {
    ...loaded,
    messages,
    releases,
    receipts,
    readable,
    compared,
    verdicts,
    blackouts: (appliedLater.at(-1)?.deciders ?? loaded.plan).blackouts,
    decidersAt: decidersAt(loaded.section),
    about: (section) => ({ ...context, section, decidersAt: decidersAt(section) }),
  };
  return { ...context, contents: withAcceptedContents(deps, context, release) };
}

/** Computed once for each revision; collected with it, when the store no longer caches it. */
const digests = new WeakMap<object, string>();
function digestOf({ deciders }: RevisionTerms): string {
  const digest = digests.get(deciders) ?? decidersDigest(deciders);
  digests.set(deciders, digest);
  return digest;
}

/** The signed previews, in which the owner's last acceptance of a role's content replaces the content that was signed. */
function withAcceptedContents(deps: ActivityDeps, context: EffectContext, release: ReleaseRef): LoadedRelease['contents'] {
  const accepted = authorizedMessages(deps, context, release).filter((message) => message.type === 'acceptContent');
  if (accepted.length === 0) return context.contents;
  const contents = [...context.contents].map(([system, content]) => {
    const digests = new Map(accepted.filter(({ body }) => body.system === system).map(({ body }) => [body.role, body.digest]));
    return [system, { ...content, roles: content.roles.map((role) => ({ ...role, digest: digests.get(role.role) ?? role.digest })) }] as const;
  });
  return new Map(contents);
}

/** The package as it was released, with its people as a later revision names them; undefined where that no longer has the package in its wave. */
function decidersOf({ deciders: { owners, entries, delegates, operators } }: RevisionTerms, released: PackageSection, waveId: string): Deciders | undefined {
  const { id } = released.package;
  const owner = owners.find((one) => one.id === id)?.owner;
  if (owner === undefined || !entries.some((entry) => entry.wave === waveId && entry.package === id)) return undefined;
  return { section: { ...released, delegates: delegatesFor(delegates, owner, id), package: { ...released.package, owner } }, operators };
}

/** This package's messages with a valid seal and an authorized sender, in the order in which they were accepted. */
export function authorizedMessages(deps: ActivityDeps, loaded: EffectContext, release: ReleaseRef): Message[] {
  const { section, wave, plan, planTime } = loaded;
  return loaded.messages.flatMap((row) => {
    const { id, package: about, acceptedAtMs } = row;
    if (about !== undefined && about !== release.package) return [];
    const message = sealedIn(deps, row);
    if (!message) return [];
    // The row is a copy for searching; only the sealed text counts.
    if (message.id !== id || message.plan !== release.plan || message.wave !== release.wave || message.package !== about) return [];
    if (!acceptedInTime(message, acceptedAtMs)) return [];
    // What was signed and supplied for the release is judged as it was released.
    const by = message.type === 'signOff' || message.type === 'evidence' ? { section, operators: plan.operators } : loaded.decidersAt(message.atMs);
    const who = { ...by, section: message.package === undefined ? undefined : by.section, wave: { alsoSigns: wave.alsoSigns, hold: wave.hold } };
    return mayAct(who, message.type, message.by, planTime(message.atMs), message.body) === undefined ? [message] : [];
  });
}

/** Of one reading of the store: what it holds is asked for several times, and seals of hundreds of messages take a while. */
const verified = new WeakMap<EffectBasis['messages'][number], { message: Message | undefined }>();

/** What a row really holds, with the seal that it has; undefined: no key that is trusted sealed it. */
function sealedIn(deps: ActivityDeps, row: EffectBasis['messages'][number]): Message | undefined {
  const known = verified.get(row);
  if (known) return known.message;
  const read = verifyMessage(row.jws, trustedAt(deps.trustedKeys, row.acceptedAtMs), schemas, row.type, nativeSignature);
  const message = read.ok ? read.message : undefined;
  verified.set(row, { message });
  return message;
}

const schemas: MessageSchemas<Message> = { ...waveMessageSchemas, ...packageMessageSchemas };

/** Whether a message came from the person who was the owner at the time, or from a delegate. */
export const isOwnersWord = ({ decidersAt, planTime }: EffectContext, { by, atMs }: Message): boolean =>
  signsFor(decidersAt(atMs).section, by, planTime(atMs)) !== undefined;
