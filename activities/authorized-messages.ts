/** The messages that can authorize an effect: read from the store, with their seals verified again, and judged by the same rules as when they were accepted. */
import { mayAct, signsFor } from '../domain/authority/who-may.ts';
import { decidingTypes, type Message } from '../domain/messages.ts';
import type { Blackout } from '../domain/plan/schema.ts';
import type { PackageSection } from '../domain/plan/section.ts';
import type { EffectBasis, MessagePage } from '../store/contract.ts';
import type { ReleaseRef } from './contract.ts';
import { nowMs, type ActivityDeps } from './deps.ts';
import { blackoutsNow, decidersAt, type Deciders, type Released } from './past-deciders.ts';
import { wordsElsewhere } from './owners-words.ts';
import { hasBegun, releaseIn, type LoadedRelease } from './release.ts';
import { sealedMessages, type Verified } from './sealed-messages.ts';

/** What was said about a package, and by whom. */
export interface Said {
  section: PackageSection;
  /** With a valid seal and an authorized sender, in the order in which they were accepted. */
  messages: Message[];
  /** Owners and operators change: who decides is who the plan named when the message was sealed. */
  decidersOf(message: Message): Deciders;
}

/** What the checks before an effect rest on: the release, the rows about it, the blackouts that hold, and what people have said. */
export interface EffectContext extends LoadedRelease, Said, Pick<EffectBasis, 'releases' | 'receipts' | 'readable' | 'compared' | 'verdicts'> {
  /** Of the latest revision. */
  blackouts: Blackout[];
  /** By the latest revision. */
  owner: string;
  /** Its number. */
  latest: number;
  /** The same for another package of the wave, as the same revision has it; its previews are not loaded. */
  about(other: PackageSection): Promise<EffectContext>;
}

export async function effectContext(deps: ActivityDeps, release: ReleaseRef): Promise<EffectContext> {
  const { plan, wave, package: id, revision } = release;
  const { planDigest, previewDigest } = release;
  const previews = release.parts.map(({ digest }) => digest);
  const basis = await deps.store.effectBasis({ plan, wave, package: id, revision, planDigest, previewDigest, previews });
  const loaded = await releaseIn(deps, release, basis.revision, basis.previews);
  const { latest, releases, receipts, readable, compared, verdicts } = basis;
  const released = { ...loaded, latest, verified: new Map() };
  const context: EffectContext = {
    ...loaded,
    ...(await saidAbout(deps, released, loaded.section, basis, hasBegun({ releases }, release))),
    latest,
    releases,
    receipts,
    readable,
    compared,
    verdicts,
    blackouts: await blackoutsNow(deps, released),
    about: async (section) => {
      const first = await deps.store.effectMessages({ plan, wave, package: section.package.id });
      return { ...context, ...(await saidAbout(deps, released, section, first)) };
    },
  };
  return { ...context, contents: withAcceptedContents(context) };
}

type Loaded = Released & LoadedRelease & { verified: Verified };

/** `first`: the first page of what the store has. `begun`: what was said in other waves counted before the first effect, and keeps nothing that is released from its care. */
async function saidAbout(deps: ActivityDeps, loaded: Loaded, section: PackageSection, first: MessagePage, begun = false): Promise<Said & { owner: string }> {
  const { wave, plan, planTime } = loaded;
  const about = { plan: plan.plan, wave: wave.id, package: section.package.id };
  const sealed: Message[] = [];
  for await (const message of sealedMessages(deps, about, decidingTypes, { first, verified: loaded.verified })) sealed.push(message);
  const now = nowMs(deps);
  // What was signed and supplied for the release is judged as it was released.
  const ofRelease = ({ type }: Message) => type === 'signOff' || type === 'evidence';
  const then = await decidersAt(deps, loaded, section, [now, ...sealed.flatMap((message) => (ofRelease(message) ? [] : [message.atMs]))]);
  const asReleased: Deciders = { section, operators: plan.operators };
  const decidersOf = ({ atMs }: Message) => then.get(atMs) ?? asReleased;
  const messages = sealed.filter((message) => {
    const by = ofRelease(message) ? asReleased : decidersOf(message);
    const who = { ...by, section: message.package === undefined ? undefined : by.section, wave: { alsoSigns: wave.alsoSigns, hold: wave.hold } };
    return mayAct(who, message.type, message.by, planTime(message.atMs), message.body) === undefined;
  });
  const saidElsewhere = begun ? [] : await wordsElsewhere(deps, loaded, section, messages);
  return { section: { ...section, saidElsewhere }, messages, decidersOf, owner: (then.get(now) ?? asReleased).section.package.owner };
}

/** The signed previews, in which the owner's last acceptance of a role's content replaces the content that was signed. */
function withAcceptedContents({ messages, contents: signed }: EffectContext): LoadedRelease['contents'] {
  const accepted = messages.filter((message) => message.type === 'acceptContent');
  if (accepted.length === 0) return signed;
  const contents = [...signed].map(([system, content]) => {
    const digests = new Map(accepted.filter(({ body }) => body.system === system).map(({ body }) => [body.role, body.digest]));
    return [system, { ...content, roles: content.roles.map((role) => ({ ...role, digest: digests.get(role.role) ?? role.digest })) }] as const;
  });
  return new Map(contents);
}

/** Whether a message came from the person who was the owner at the time, or from a delegate. */
export const isOwnersWord = ({ decidersOf, planTime }: EffectContext, message: Message): boolean =>
  signsFor(decidersOf(message).section, message.by, planTime(message.atMs)) !== undefined;
