/** For tests of activities: a connector whose process dies in a grant, after it was written down and before the system changes, or right after the change. */
import type { Connector } from '../../connectors/connector.ts';

/** Each `grant` fails with `lost`. */
export const lostDuringGrant = (real: Connector, when: 'before' | 'after', lost: Error): Connector => ({
  ...real,
  grant: async (wanted, beforeCommit) => {
    await real.grant(wanted, async (...told) => {
      await beforeCommit(...told);
      if (when === 'before') throw lost;
    });
    throw lost;
  },
});
