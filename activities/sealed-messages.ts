/** What the store's rows of messages really hold, with their seals verified again. */
import { verifyMessage } from '../domain/authority/jws.ts';
import { trustedAt } from '../domain/authority/keys.ts';
import { acceptedInTime, packageMessageSchemas, waveMessageSchemas, type Message, type MessageSchemas, type MessageType } from '../domain/messages.ts';
import type { MessagePage, StoredMessage } from '../store/contract.ts';
import { nativeSignature } from '../store/native-signatures.ts';
import type { ActivityDeps } from './deps.ts';

/** Of a package and of its wave as a whole; without `package`, only of the wave. */
interface Of {
  plan: string;
  wave: string;
  package?: string;
}

/** Of one check: messages of a wave are read again for each of its packages that go live together, and a seal takes a third of a millisecond. By what is verified. */
export type Verified = Map<string, Message | undefined>;

/**
 * In the order in which they were accepted. A page at a time: the seals of thousands take a second to verify, and others are served in between. `first`: the first
 * page, where it is known.
 */
export async function* sealedMessages(
  deps: ActivityDeps,
  of: Of,
  types: readonly MessageType[],
  { first, verified = new Map() }: { first?: MessagePage; verified?: Verified } = {},
): AsyncGenerator<Message> {
  for (let page = first ?? (await deps.store.effectMessages(of, { types })); ; page = await deps.store.effectMessages(of, { types, after: page.after })) {
    for (const row of page.messages) {
      const message = sealedIn(deps, of, row, verified);
      if (message) yield message;
    }
    if (page.after === undefined) return;
  }
}

/** As above, of rows of any waves of the plan. */
export const sealedElsewhere = (deps: ActivityDeps, { plan, package: id }: { plan: string; package: string }, row: StoredMessage): Message | undefined =>
  row.wave === undefined ? undefined : sealedIn(deps, { plan, wave: row.wave, package: id }, row, new Map());

/** Undefined: no key that is trusted sealed it, or not for this place, or it came too late. The row is a copy for searching; only the sealed text counts. */
function sealedIn(deps: ActivityDeps, of: Of, row: StoredMessage, verified: Verified): Message | undefined {
  const { jws, type, acceptedAtMs, id } = row;
  const key = `${type} ${acceptedAtMs} ${jws}`;
  if (!verified.has(key)) {
    const read = verifyMessage(jws, trustedAt(deps.trustedKeys, acceptedAtMs), schemas, type, nativeSignature);
    verified.set(key, read.ok ? read.message : undefined);
  }
  const message = verified.get(key);
  if (!message || !acceptedInTime(message, acceptedAtMs)) return undefined;
  const here = message.plan === of.plan && message.wave === of.wave && (message.package === undefined || message.package === of.package);
  return here && message.id === id && message.package === row.package ? message : undefined;
}

const schemas: MessageSchemas<Message> = { ...waveMessageSchemas, ...packageMessageSchemas };
