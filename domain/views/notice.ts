/** A notice: who was notified of what, whether it is still open, and how its deliveries went. */
import { z } from 'zod';
import { notice } from '../notices/request.ts';
import { planMs, realMs } from './instants.ts';

export const noticeView = z
  .strictObject({
    ...notice.shape,
    mayAnswer: z
      .array(z.string())
      .exactOptional()
      .describe('ids of those who may answer it now; absent: it is only read, it is not known, or more than fifty may'),
    answeredAtMs: planMs.exactOptional(),
    withdrawn: z
      .strictObject({ atMs: planMs, revision: z.int() })
      .exactOptional()
      .describe('not asked any more since this revision of the plan: nobody answered it'),
    waitsUntilMs: realMs
      .exactOptional()
      .describe('not all of it is sent before: its plan, or all plans under its right of the site, sent as many notices as the site allows in an hour'),
    deliveries: z.array(
      z.strictObject({
        channel: z.string(),
        recipient: z.string().describe("person id; '' where one message is for all"),
        state: z.enum(['sent', 'failed']),
        attempts: z.int().describe('how many times it was sent, not counting retries: once, plus once for each resend'),
        why: z.string().exactOptional(),
        atMs: realMs,
      }),
    ),
  })
  .meta({ id: 'NoticeView' });
export type NoticeView = z.output<typeof noticeView>;

export const resendingView = z.strictObject({ status: z.literal('sending'), id: z.string() }).meta({ id: 'Resending' });
