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

/**
 * In the order in which they were accepted. A page at a time: the seals of thousands take a second to verify, and others are served in between. `first`: the first
 * page, where it is known.
 */
export async function* sealedMessages(deps: ActivityDeps, of: Of, types: readonly MessageType[], first?: MessagePage): AsyncGenerator<Message> {
  for (let page = first ?? (await deps.store.effectMessages(of, { types })); ; page = await deps.store.effectMessages(of, { types, after: page.after })) {
    for (const row of page.messages) {
      const message = sealedIn(deps, of, row);
      if (message) yield message;
    }
    if (page.after === undefined) return;
  }
}

/** Undefined: no key that is trusted sealed it, or not for this place, or it came too late. The row is a copy for searching; only the sealed text counts. */
function sealedIn(deps: ActivityDeps, of: Of, row: StoredMessage): Message | undefined {
  const { jws, type, acceptedAtMs, id } = row;
  const read = verifyMessage(jws, trustedAt(deps.trustedKeys, acceptedAtMs), schemas, type, nativeSignature);
  if (!read.ok || !acceptedInTime(read.message, acceptedAtMs)) return undefined;
  const { message } = read;
  const here = message.plan === of.plan && message.wave === of.wave && (message.package === undefined || message.package === of.package);
  return here && message.id === id && message.package === row.package ? message : undefined;
}

const schemas: MessageSchemas<Message> = { ...waveMessageSchemas, ...packageMessageSchemas };
