/**
 * A store whose clock is the test's. When a message was accepted is what the store's clock says, and a test that is in another year seals its messages there:
 * here each was accepted at the moment at which it was sealed.
 */
import { decodeJwt } from 'jose';
import type { MessagePage, Store, StoredMessage } from '../../store/contract.ts';

export const acceptedWhenSealed = (store: Store): Store => ({
  ...store,
  messages: async (of) => (await store.messages(of)).map(whenSealed),
  effectBasis: async (...asked) => {
    const basis = await store.effectBasis(...asked);
    return { ...basis, messages: basis.messages.map(whenSealed) };
  },
  effectMessages: async (...asked) => pageWhenSealed(await store.effectMessages(...asked)),
  signOffsElsewhere: async (...asked) => pageWhenSealed(await store.signOffsElsewhere(...asked)),
});

const pageWhenSealed = (page: MessagePage): MessagePage => ({ ...page, messages: page.messages.map(whenSealed) });

const whenSealed = (message: StoredMessage): StoredMessage => ({ ...message, acceptedAtMs: decodeJwt<{ atMs: number }>(message.jws).atMs });
