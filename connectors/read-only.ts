/** The connector of a system that the plan marks readOnly: it reads as usual, and refuses every change before anything is sent. */
import type { Connector } from './connector.ts';

const why = 'this system is readOnly in the plan: nothing can be granted, revoked or restored through a read-only connection';

export const onlyReading = (connector: Connector): Connector => ({
  ...connector,
  grant: async () => ({ outcome: 'failed', why }),
  revoke: async () => ({ outcome: 'failed', why }),
  restore: async () => ({ outcome: 'failed', why }),
});
