/** What became of a message: the immediate answer of the endpoint, and the later answer of the workflow to the `messageStatus` query. */
import { z } from 'zod';

export const acceptedView = z
  .strictObject({ status: z.literal('accepted'), id: z.string(), duplicate: z.boolean().exactOptional().describe('true: it was already accepted earlier') })
  .meta({ id: 'Accepted' });
export type AcceptedView = z.output<typeof acceptedView>;

export const receivedView = z.strictObject({ status: z.literal('received'), id: z.string(), statusUrl: z.string() }).meta({ id: 'Received' });
export type ReceivedView = z.output<typeof receivedView>;

export const messageStatus = z
  .discriminatedUnion('status', [
    z.strictObject({
      status: z.literal('accepted'),
      sealed: z.string().exactOptional().describe('the message as the endpoint sealed it, a compact JWS: about a package, for those who act for it'),
    }),
    z.strictObject({ status: z.literal('refused'), code: z.string(), message: z.string() }),
    z.strictObject({ status: z.literal('unknown'), message: z.string().exactOptional() }).describe('not decided yet, or never received'),
  ])
  .meta({ id: 'MessageStatus' });
export type MessageStatus = z.output<typeof messageStatus>;
