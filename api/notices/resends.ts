/**
 * How often a notice may be sent again, no matter who asks: it goes into other people's mailboxes. Counted in this process, as all requests are.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../errors.ts';

const hourSeconds = 3_600;
/** Of one notice in an hour; and notices that one person sends to everyone again, whom they reached before. */
const most = { ofNotice: 5, toEveryone: 60 } as const;

export interface Resends {
  /** Counts one. Throws `resent-too-often` with the seconds to wait. */
  count(resend: { notice: string; by: string; toEveryone: boolean }): Promise<void>;
}

export function createResends(): Resends {
  const ofNotice = new RateLimiterMemory({ points: most.ofNotice, duration: hourSeconds });
  const toEveryone = new RateLimiterMemory({ points: most.toEveryone, duration: hourSeconds });
  return {
    count: async ({ notice, by, toEveryone: all }) => {
      await consume(ofNotice, notice, `This notice was sent again ${most.ofNotice} times within an hour.`);
      if (all) await consume(toEveryone, by, `'${by}' sent ${most.toEveryone} notices to everyone again within an hour.`);
    },
  };
}

async function consume(limiter: RateLimiterMemory, key: string, said: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    const seconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1_000));
    throw new Problem('resent-too-often', `${said} It can be sent again in ${Math.ceil(seconds / 60)} minutes.`, { retryAfterSeconds: seconds });
  }
}
