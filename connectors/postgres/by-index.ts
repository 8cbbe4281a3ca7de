/**
 * Statements that look up a few rows of large catalogs. Right after many grants, the server's statistics do not know them yet: it would read all memberships
 * for each role, and take ten times as long. docs/decisions/0208-catalogs-by-index.md has the figures.
 */
import type { ClientBase } from 'pg';

/** Needs a transaction. Where `work` throws, the setting ends with the transaction. */
export async function byIndex<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('set local enable_seqscan = off');
  const found = await work();
  await client.query('set local enable_seqscan to default');
  return found;
}
