/** How one message was decided: the status address of a 202, for each kind of address that a message can have. */
import { addressText, type Address } from '../../domain/address.ts';
import { messageStatusQuery } from '../../domain/messages.ts';
import { messageStatus, type MessageStatus } from '../../domain/views/message-status.ts';
import { queryRunning } from '../engine.ts';
import { Problem } from '../errors.ts';
import { defineRoute } from '../route.ts';
import type { Services } from '../route.ts';

const about = {
  plans: { path: '/v1/plans/:plan', whom: 'the plan as a whole' },
  waves: { path: '/v1/waves/:plan/:wave', whom: 'a wave' },
  packages: { path: '/v1/packages/:plan/:wave/:package', whom: 'a released package' },
} as const;

export const routes = (['plans', 'waves', 'packages'] as const).map((group) =>
  defineRoute({
    method: 'get',
    path: `${about[group].path}/messages/:id`,
    group,
    reads: group === 'packages' ? 'package' : 'actors',
    summary: `How a message to ${about[group].whom} was decided`,
    answers: { 200: { what: 'accepted, refused (with code and message), or unknown: not decided yet, or never received', schema: messageStatus } },
    problems: ['malformed', 'engine-unreachable'],
    async handle({ params }, services) {
      const { id = '', ...address } = params;
      return { status: 200, body: await statusOf(services, address as unknown as Address, id) };
    },
  }),
);

async function statusOf({ store, engine }: Services, address: Address, id: string): Promise<MessageStatus> {
  const { plan, wave, package: about } = address;
  const found = (await store.messages({ plan, id })).find((kept) => kept.wave === wave);
  // The route for packages is read by those who act for this one, so they may read the seal of what is about it, and of nothing else.
  if (found) return { status: 'accepted', ...(about !== undefined && found.package === about ? { sealed: found.jws } : {}) };
  const asked = await queryRunning<MessageStatus>(engine, addressText(address), messageStatusQuery, id).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'no-worker')
      return { status: 'unknown' as const, message: 'Not decided yet: no worker answers. The message is stored.' };
    throw error;
  });
  return asked ?? { status: 'unknown' };
}
