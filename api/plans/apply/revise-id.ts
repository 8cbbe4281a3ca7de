/**
 * The id under which a wave is told a revision. The same section from the same person is the same message, so that an apply can be repeated; but only as long as
 * it is the last that the wave was told. An owner who rejects a package elsewhere, withdraws that and rejects it again, or a setting of the site that is changed
 * and changed back, makes the same section a second time, and the wave has to take it again.
 */
import { verifyMessage } from '../../../domain/authority/jws.ts';
import { waveMessageSchemas, type MessageOf, type WaveMessage } from '../../../domain/messages.ts';
import { nativeSignature } from '../../../store/native-signatures.ts';
import { messageId } from '../../message-id.ts';
import type { Services } from '../../route.ts';

interface Told {
  target: { plan: string; wave: string };
  by: string;
  revision: number;
  sectionDigest: string;
}

export async function reviseId({ store, sealer }: Pick<Services, 'store' | 'sealer'>, { target, by, revision, sectionDigest }: Told): Promise<string> {
  const key = `revision-${revision}-${sectionDigest}`;
  const row = await store.newestMessage({ ...target, type: 'revise' });
  const last = row && sealedRevise(row.jws, sealer.trustedKeys);
  const isHere = last?.plan === target.plan && last.wave === target.wave;
  if (!last || !isHere || last.body.revision !== revision) return messageId({ by, target, type: 'revise' }, key);
  if (last.body.sectionDigest === sectionDigest && last.by === by) return last.id;
  return messageId({ by, target, type: 'revise' }, `${key}-after-${last.id}`);
}

function sealedRevise(jws: string, keys: Services['sealer']['trustedKeys']): MessageOf<'revise'> | undefined {
  const verified = verifyMessage<WaveMessage>(jws, keys, waveMessageSchemas, 'revise', nativeSignature);
  return verified.ok && verified.message.type === 'revise' ? verified.message : undefined;
}
