/** The ways to grant the same: by hand, and by Rolewave. Each grants all pairs and revokes them again. */
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityDeps } from '../activities/deps.ts';
import { grantAll, record, withLedger, type EffectScope } from '../activities/effects.ts';
import { grantsNow, holdersNow } from '../activities/readings.ts';
import { leave, undoAll } from '../activities/rolling-back.ts';
import type { Connector } from '../connectors/connector.ts';
import { grantCounts, readBack, toGrant, wantedGrants } from '../domain/release/granting.ts';
import { receiptFrom } from '../domain/release/receipt.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { siteSchema } from '../domain/site/schema.ts';
import { openStore } from '../store/open.ts';
import { inParallel } from './engine/side.ts';

/** Each package grants all of its roles to all of its accounts. */
export interface Workload {
  name: string;
  packages: { roles: string[]; accounts: string[] }[];
}

export interface Side {
  name: string;
  grant(workload: Workload): Promise<void>;
  /** Revokes what `grant` has granted. */
  rollBack(workload: Workload): Promise<void>;
  close(): Promise<void>;
}

/** Each package has a workflow of its own; so many activities of one system run at once in a worker (worker/polling.ts). */
export const packagesAtOnce = 10;

/**
 * As the product does it once a release is signed: claims, the ledger in a PostgreSQL database, batches, and reading back. What is left out is the check of the sign-offs, which costs the same for ten grants as for ten thousand.
 */
export async function byRolewave(connector: Connector, storeUrl: string): Promise<Side> {
  const store = await openStore(storeUrl, { migrate: true });
  const site = siteSchema.parse({
    site: 'bench',
    administrators: { people: ['ines'] },
    systems: [{ id: 'bench', kind: 'none' }],
    plans: [{ plan: '*', apply: { people: ['ines'] }, systems: [{ system: 'bench' }] }],
  });
  const deps = { store, site: () => site } as ActivityDeps;
  const place = await connector.place();
  const releases: { scope: EffectScope; content: PreviewContent }[] = [];
  let runs = 0;
  const inActivity = <T>(work: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(work) as Promise<T>;
  /** Answers what was signed, and keeps nothing else: an activity of the product does not know what the one before had in memory. */
  const grantSigned = async (scope: EffectScope, roles: string[], accounts: string[]): Promise<PreviewContent> => {
    const { plan, package: id } = scope.release;
    const now = await connector.snapshot(roles, accounts);
    const ids = new Map(now.accounts.map(({ account, id }) => [account, id]));
    const content: PreviewContent = {
      plan,
      package: id,
      system: 'bench',
      legacy: [],
      before: [],
      others: [],
      conflicts: [],
      entitlements: roles.map((role) => ({ system: 'bench', role })),
      people: accounts.map((account) => ({ person: account, account, accountId: ids.get(account) ?? '' })),
      roles: now.roles.map(({ role, exists, id = '', digest }) => ({ role, exists, id, digest })),
    };
    const wanted = wantedGrants(content, now);
    await inActivity(async () => {
      await store.claim(scope.release, scope, wanted);
      const effects = await withLedger(scope);
      await grantAll(effects, toGrant(wanted, effects.ledger.all()));
      grantCounts(effects.ledger.all());
    });
    return content;
  };
  const verify = (scope: EffectScope, content: PreviewContent) =>
    inActivity(async () => {
      const effects = await withLedger(scope);
      await record(effects, readBack(effects.ledger.all(), await grantsNow(connector, content), 'release'));
      const counts = grantCounts(effects.ledger.all());
      const signed = content.entitlements.length * content.people.length;
      if (counts.created !== signed) throw new Error(`not created: ${JSON.stringify(counts)}`);
    });
  return {
    name: 'Rolewave',
    grant: async ({ packages }) => {
      releases.length = 0;
      await inParallel(packagesAtOnce, [...packages.entries()], async ([index, { roles, accounts }]) => {
        const release = {
          plan: `run-${process.pid}-${(runs += 1)}`,
          wave: 'wave',
          package: `package-${index}`,
          revision: 1,
          planDigest: '',
          previewDigest: '',
          parts: [],
        };
        const scope: EffectScope = { deps, release, connector, system: 'bench', place, by: 'release' };
        const content = await grantSigned(scope, roles, accounts);
        await verify(scope, content);
        releases.push({ scope, content });
      });
    },
    rollBack: async () => {
      await inParallel(packagesAtOnce, releases, async ({ scope: granted, content }) => {
        const scope = { ...granted, by: 'rollback' };
        await inActivity(async () => {
          const effects = await withLedger(scope);
          const now = await holdersNow(connector, content);
          await leave(effects, now, 'all');
          await undoAll(effects, content, now, () => true);
          const receipt = receiptFrom(content, effects.ledger.all(), await holdersNow(connector, content), { claimed: [], check: '' });
          if (receipt.failed.length > 0 || receipt.revoked !== receipt.granted) throw new Error(`not revoked: ${JSON.stringify(receipt.failed.slice(0, 3))}`);
        });
      });
    },
    close: async () => {
      await connector.close();
      await store.close();
    },
  };
}
