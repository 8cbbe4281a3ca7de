/**
 * Fairness of Temporal's server: one right of the site has one turn at the workers, however many tasks of it wait (docs/decisions/0219). Servers before 1.30 leave
 * the tasks behind that wait at the moment when it is switched on, so an older database gets it only when none waits.
 */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** Servers before 1.30 do not know the second one: newer ones take over by it what waits already. */
export const fairTasks = ['matching.enableFairness=true', 'matching.enableMigration=true'] as const;

/** Rows of a table of Temporal's database; undefined: there is no such table. */
export type CountRows = (table: 'tasks' | 'task_queues_v2') => Promise<number | undefined> | number | undefined;

/** For a database of a server that does not run. */
export async function mayBeFair(count: CountRows): Promise<boolean> {
  // It was on before: what waits is in its own tables, and without it would be left behind there.
  if (((await count('task_queues_v2')) ?? 0) > 0) return true;
  return (await count('tasks')) === 0;
}

/** For the file of a dev server that does not run; one that does not exist yet may. */
export async function fileMayBeFair(file: string): Promise<boolean> {
  if (!existsSync(file)) return true;
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return await mayBeFair((table) => rowsIn(database, table));
  } catch {
    return false;
  } finally {
    database.close();
  }
}

function rowsIn(database: DatabaseSync, table: string): number | undefined {
  const there = database.prepare("select 1 from sqlite_master where type = 'table' and name = ?").get(table);
  return there && Number(database.prepare(`select count(*) as rows from ${table}`).get()?.['rows']);
}
