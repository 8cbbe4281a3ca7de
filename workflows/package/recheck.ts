/** How long until something that did not work is tried again. Real time, because people do not clear it faster when a demonstration's days are short. */
import type { RolePackageState } from './state.ts';

const blockedRecheckMs = { usual: 3_600_000, demonstration: 5_000 };

export const recheckMs = ({ input }: RolePackageState): number => (input.clock ? blockedRecheckMs.demonstration : blockedRecheckMs.usual);
