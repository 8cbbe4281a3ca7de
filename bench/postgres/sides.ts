/** The ways to grant the same: by hand, and by Rolewave. Each grants all pairs and revokes them again. */
import { Client, escapeIdentifier } from 'pg';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityDeps } from '../../activities/deps.ts';
import { grantAll, record, withLedger, type EffectScope } from '../../activities/effects.ts';
import { grantsNow, holdersNow } from '../../activities/readings.ts';
import { leave, undoAll } from '../../activities/rolling-back.ts';
import { postgresConnector } from '../../connectors/postgres/connector.ts';
import { grantCounts, readBack, toGrant, wantedGrants } from '../../domain/release/granting.ts';
import { receiptFrom } from '../../domain/release/receipt.ts';
import type { PreviewContent } from '../../domain/release/signed-preview.ts';
import { siteSchema } from '../../domain/site/schema.ts';
import { openStore } from '../../store/open.ts';
import type { Workload } from './workload.ts';

export interface Side {
  name: string;
  grant(workload: Workload): Promise<void>;
  /** Revokes what `grant` has granted. */
  rollBack(workload: Workload): Promise<void>;
  close(): Promise<void>;
}

/** As an administrator with a script does it: one statement per role, with all of its people, in one session. */
export async function byHand(connectionString: string): Promise<Side> {
  const client = new Client({ connectionString });
  await client.connect();
  const forEachRole = async ({ packages }: Workload, statement: (role: string, accounts: string) => string) => {
    for (const { roles, accounts } of packages)
      for (const role of roles) await client.query(statement(escapeIdentifier(role), accounts.map((account) => escapeIdentifier(account)).join(', ')));
  };
  return {
    name: 'by hand',
    grant: (workload) => forEachRole(workload, (role, accounts) => `grant ${role} to ${accounts}`),
    rollBack: (workload) => forEachRole(workload, (role, accounts) => `revoke ${role} from ${accounts}`),
    close: () => client.end(),
  };
}

/** Each package by a workflow of its own: those of a wave are granted, and after an abort rolled back, at the same time. */
const together = <T, U>(items: T[], work: (item: T, index: number) => Promise<U>): Promise<U[]> => Promise.all(items.map(work));

/**
 * As the product does it once a release is signed: claims, the ledger in a database of its own on the same server, batches, and reading back. What is left
 * out is the check of the sign-offs, which costs the same for ten grants as for ten thousand.
 */
export async function byRolewave(connectionString: string, storeUrl: string): Promise<Side> {
  const connector = postgresConnector({ connectionString });
  const store = await openStore(storeUrl, { migrate: true });
  const site = siteSchema.parse({
    site: 'bench',
    administrators: { people: ['ines'] },
    systems: [{ id: 'bench', kind: 'none' }],
    plans: [{ plan: '*', apply: { people: ['ines'] }, systems: [{ system: 'bench' }] }],
  });
  const deps = { store, site: () => site } as ActivityDeps;
  const place = await connector.place();
  let releases: { scope: EffectScope; content: PreviewContent }[] = [];
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
      releases = await together(packages, async ({ roles, accounts }, index) => {
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
        return { scope, content };
      });
    },
    rollBack: async () => {
      await together(releases, async ({ scope: granted, content }) => {
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
