/** The messages that an effect may rest on: read from the store, their seals verified again, and judged by the same rules as when they were accepted. */
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

/** What the checks before an effect rest on, read once: the release, and the latest revision, which says who decides and which blackouts hold now. */
export interface EffectContext extends LoadedRelease {
  latest: Revision | undefined;
}

export async function effectContext(deps: ActivityDeps, release: ReleaseRef): Promise<EffectContext> {
  const [loaded, latest] = await Promise.all([loadRelease(deps, release), deps.store.latestRevision(release.plan)]);
  return { ...loaded, latest };
}

/** This package's messages whose seal holds and whose sender had the right at the time, in the order in which they were accepted. */
export async function authorizedMessages(deps: ActivityDeps, loaded: EffectContext, release: ReleaseRef): Promise<Message[]> {
  const { section, wave, plan, planTime } = loaded;
  const latest = asNamedNow(loaded, release);
  const stored = await deps.store.messages({ plan: release.plan, wave: release.wave });
  const schemas: MessageSchemas<Message> = { ...waveMessageSchemas, ...packageMessageSchemas };
  return stored.flatMap(({ id, type, jws, package: about }) => {
    if (about !== undefined && about !== release.package) return [];
    const verified = verifyMessage(jws, deps.trustedKeys, schemas, type, nativeSignature);
    if (!verified.ok) return [];
    const { message } = verified;
    // The row is a copy made for searching: the sealed words count.
    if (message.id !== id || message.plan !== release.plan || message.wave !== release.wave || message.package !== about) return [];
    const terms = { alsoSigns: wave.alsoSigns, hold: wave.hold };
    const may = (as: PackageSection, operators: string[]) =>
      mayAct(
        { section: message.package === undefined ? undefined : as, wave: terms, operators },
        message.type,
        message.by,
        planTime(message.atMs),
        message.body,
      ) === undefined;
    // Owners change after a release: who decides then is who the plan names then. What was signed is judged as it was released.
    const authorized = may(section, plan.operators) || (message.type !== 'signOff' && latest !== undefined && may(latest.section, latest.operators));
    return authorized ? [message] : [];
  });
}

/** Whether a message is its owner's word, or a delegate's: of the owner as it was released, or as the plan names one now. */
export function ownersWord(loaded: EffectContext, release: ReleaseRef): (message: Message) => boolean {
  const sections = [loaded.section, asNamedNow(loaded, release)?.section].filter((one) => one !== undefined);
  return ({ by, atMs }) => sections.some((one) => signsFor(one, by, loaded.planTime(atMs)) !== undefined);
}

/** The package as it was released, with its people as the latest revision names them; undefined where that has the package or its wave no more. */
function asNamedNow({ section, latest }: EffectContext, { wave, package: id }: ReleaseRef): { section: PackageSection; operators: string[] } | undefined {
  if (!latest?.document.waves.some((one) => one.id === wave)) return undefined;
  const { packages, operators } = sectionOf(latest, wave);
  const named = packages.find((entry) => entry.package.id === id);
  if (!named) return undefined;
  return { section: { ...section, delegates: named.delegates, package: { ...section.package, owner: named.package.owner } }, operators };
}
