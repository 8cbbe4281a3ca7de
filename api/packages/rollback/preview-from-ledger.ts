/**
 * What a rollback would do as far as the ledger knows: the rollback's own decision (domain/access/rollback.ts), asked with what this release left
 * behind in place of what the system holds now. What others did since is seen only by the rollback itself.
 */
import { undo } from '../../../domain/access/rollback.ts';
import type { Undo } from '../../../domain/access/rollback.ts';
import type { LedgerEntry, StoreReader } from '../../../store/contract.ts';
import { inParallel } from '../../in-parallel.ts';

type Of = { plan: string; wave: string; package: string };
type Heading = 'taken' | 'restored' | 'kept' | 'undecided';
interface Line {
  system: string;
  role: string;
  account: string;
  person: string;
  why: string;
}
const linesShown = 500;

export async function previewFromLedger(store: StoreReader, of: Of, ledger: LedgerEntry[]) {
  const rejected = await rejectedRoles(store, of);
  const decided = await inParallel(8, ledger, async (entry) => ({
    entry,
    decision: undo(
      entry,
      asLeft(entry),
      { role: true, account: true },
      { identity: entry.grant?.grantor ?? '', claims: await otherClaims(store, of, entry), rejected: rejected.has(roleKey(entry)), begun: false },
    ),
  }));
  const lines: Record<Heading, Line[]> = { taken: [], restored: [], kept: [], undecided: [] };
  for (const { entry, decision } of decided) {
    const said = say(decision);
    if (said) lines[said.under].push({ system: entry.system, role: entry.role, account: entry.account, person: entry.person, why: said.why });
  }
  const headings = Object.keys(lines) as Heading[];
  return {
    asOf: 'ledger' as const,
    counts: Object.fromEntries(headings.map((heading) => [heading, lines[heading].length])),
    ...Object.fromEntries(headings.map((heading) => [heading, lines[heading].slice(0, linesShown)])),
    cut: headings.some((heading) => lines[heading].length > linesShown),
  };
}

/** A grant that was given or was there is there; old access that was taken is not. */
const asLeft = ({ kind, role, account, grant, outcome }: LedgerEntry) => {
  const isThere = kind === 'give' ? outcome !== 'failed' : outcome !== 'takenBack';
  return isThere ? [{ role, account, options: grant?.options ?? {}, ...(grant?.grantor === undefined ? {} : { grantor: grant.grantor }) }] : [];
};

function say(decision: Undo): { under: Heading; why: string } | undefined {
  switch (decision.do) {
    case 'take':
      return { under: 'taken', why: 'given by this release' };
    case 'keep':
      return { under: 'kept', why: decision.why };
    case 'restore':
      return { under: 'restored', why: 'retired by this release' };
    case 'notRestored':
      return { under: 'kept', why: `old access is not given back: ${decision.why}` };
    case 'ask':
      return { under: 'undecided', why: decision.why };
    default:
      return undefined;
  }
}

async function otherClaims(store: StoreReader, of: Of, { kind, outcome, system, role, account }: LedgerEntry): Promise<string[]> {
  if (kind !== 'give' || (outcome !== 'created' && outcome !== 'intended')) return [];
  const claims = await store.claims({ system, role, account });
  return claims.filter((claim) => claim.plan !== of.plan || claim.wave !== of.wave || claim.package !== of.package).map((claim) => claim.package);
}

const roleKey = ({ system, role }: { system: string; role: string }) => `${system}\0${role}`;

async function rejectedRoles(store: StoreReader, of: Of): Promise<Set<string>> {
  const revision = await store.latestRevision(of.plan);
  const rolePackage = revision?.document.packages.find(({ id }) => id === of.package);
  return new Set((rolePackage?.legacy ?? []).filter(({ design }) => design === 'rejected').map(roleKey));
}
