/** A notice as it stands: who was told of what, whether it still asks somebody, and how its deliveries went. */
import { z } from 'zod';
import { notice } from '../notices/request.ts';
import { planMs, realMs } from './instants.ts';

export const noticeView = z
  .strictObject({
    ...notice.shape,
    answeredAtMs: planMs.exactOptional(),
    deliveries: z.array(
      z.strictObject({
        channel: z.string(),
        recipient: z.string().describe("person id; '' where one message is for all"),
        state: z.enum(['sent', 'failed']),
        attempts: z.int().describe('how often delivery ended, retries not counted: once, and once more for each time that it was sent again'),
        why: z.string().exactOptional(),
        atMs: realMs,
      }),
    ),
  })
  .meta({ id: 'NoticeView' });
export type NoticeView = z.output<typeof noticeView>;

export const resendingView = z.strictObject({ status: z.literal('sending'), id: z.string() }).meta({ id: 'Resending' });
