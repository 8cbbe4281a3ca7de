/** Rejections of owners that stand in other waves of the plan: a wave takes them with its section, so that no delegate overrules them there. */
import { verifyMessage } from '../../../domain/authority/jws.ts';
import type { TrustedKey } from '../../../domain/authority/keys.ts';
import { keptText } from '../../../domain/kept-text.ts';
import { waveMessageSchemas, type MessageOf, type WaveMessage } from '../../../domain/messages.ts';
import { delegatesFor, type OwnersWord } from '../../../domain/plan/section.ts';
import { toPlan } from '../../../domain/time/plan-clock.ts';
import type { Revision } from '../../../store/contract.ts';
import { nativeSignature } from '../../../store/native-signatures.ts';
import type { Services } from '../../route.ts';

/** By package of the wave. Only where somebody else may sign for the owner is it asked for. */
export async function rejectedElsewhere(
  { store, sealer }: Pick<Services, 'store' | 'sealer'>,
  { document, clock }: Pick<Revision, 'document'> & { clock: Revision['clock'] | undefined },
  wave: string,
): Promise<Map<string, OwnersWord>> {
  const ids = new Set(document.waves.find(({ id }) => id === wave)?.packages.map((entry) => entry.package));
  const delegated = document.packages.filter(({ id, owner }) => ids.has(id) && delegatesFor(document.delegates, owner, id).length > 0);
  if (delegated.length === 0) return new Map();
  const { plan } = document;
  const asked = delegated.map(({ id, owner }) => ({ package: id, by: owner }));
  const newestFirst = Map.groupBy(await store.newestSignOffsElsewhere({ plan, wave }, asked), (row) => row.package);
  const found = delegated.flatMap(({ id, owner }): [string, OwnersWord][] => {
    const last = firstOf(newestFirst.get(id) ?? [], ({ jws }) => sealedSignOff(jws, sealer.trustedKeys, { plan, package: id, by: owner }));
    if (last?.wave === undefined || last.body.decision !== 'reject') return [];
    const { body, atMs } = last;
    const reason = body.reason === undefined ? {} : { reason: keptText(body.reason) };
    return [[id, { wave: last.wave, decision: body.decision, atMs: Math.round(toPlan(atMs, clock)), ...reason }]];
  });
  return new Map(found);
}

/** A row that nobody sealed says nothing. */
function sealedSignOff(jws: string, keys: TrustedKey[], of: { plan: string; package: string; by: string }): MessageOf<'signOff'> | undefined {
  const verified = verifyMessage<WaveMessage>(jws, keys, waveMessageSchemas, 'signOff', nativeSignature);
  if (!verified.ok || verified.message.type !== 'signOff') return undefined;
  const { message } = verified;
  return message.plan === of.plan && message.package === of.package && message.by === of.by ? message : undefined;
}

function firstOf<T, Found>(all: T[], find: (each: T) => Found | undefined): Found | undefined {
  for (const each of all) {
    const found = find(each);
    if (found !== undefined) return found;
  }
  return undefined;
}
