/** The connector of a system that the site file marks readOnly: it reads as usual, and refuses every change before anything is sent. */
import type { Connector } from './connector.ts';

const refused = {
  outcome: 'failed',
  why: 'this system is readOnly in the site file: nothing can be granted, revoked or restored through a read-only connection',
} as const;

/** Refuses every effect item by item, so that each refusal is recorded where it belongs. */
const refusing = async (items: unknown[], beforeCommit: (outcomes: (typeof refused)[]) => Promise<void>) => {
  const outcomes = items.map(() => refused);
  await beforeCommit(outcomes);
  return outcomes;
};

/** What effects would rely on does not matter, and a probe is a change. */
export const onlyReading = ({ probe: _probe, ...connector }: Connector): Connector => ({
  ...connector,
  ...(connector.aside ? { aside: (work) => readingOnly(connector.aside?.(work)) } : {}),
  grant: refusing,
  revoke: refusing,
  restore: refusing,
  rehearse: async ({ grant, revoke, restore }) => ({
    grant: grant.map(() => refused),
    revoke: revoke.map(() => refused),
    restore: restore.map(() => refused),
  }),
});

const readingOnly = (aside: Connector | undefined): Connector | undefined => aside && onlyReading(aside);
