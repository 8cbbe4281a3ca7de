/** Checks the store: DATABASE_URL. */
import { storeState } from '../store/check.ts';
import { notChecked, ok, warning, words, wrong, type Line } from './line.ts';

const about = 'store';
const written = 'write it like postgres://rolewave:password@127.0.0.1:5432/rolewave';
/** PostgreSQL 16, the oldest release that the store supports. */
const oldest = 160_000;

export async function checkStore(env: Record<string, string | undefined>, withinMs: number): Promise<Line[]> {
  const url = env['DATABASE_URL'];
  if (!url)
    return [
      notChecked(
        about,
        'DATABASE_URL is not set here',
        'run the doctor with the environment of the API or the worker; npm start has its own store, and /readyz of the API says whether it answers',
      ),
    ];
  if (!/^(postgres|postgresql|socket):|^\//.test(url)) return [wrong(about, 'DATABASE_URL does not hold a connection string', `fix it: ${written}`)];
  let state;
  try {
    state = await storeState(url, withinMs);
  } catch (error) {
    return [wrong(about, `it cannot be used: ${words(error)}`, fixOf(error))];
  }
  const { version, number, database, login, pending, newer, lacking } = state;
  const lines: Line[] = [];
  if (lacking.length > 0)
    lines.push(
      wrong(
        about,
        `${login} may not ${lacking.join(', nor ')} in database ${database}`,
        `ask an administrator to grant it that, or to make ${login} the owner of the database`,
      ),
    );
  if (newer.length > 0) lines.push(warning(about, `a newer Rolewave has migrated its tables (${newer.join(', ')})`, 'update this one'));
  if (pending.length > 0 && lacking.length === 0)
    lines.push(
      warning(
        about,
        `its tables are not those of this version yet (${pending.length} migrations pending)`,
        'start the API or a worker of this version: either migrates them',
      ),
    );
  if (number < oldest)
    lines.push(
      warning(
        about,
        `Rolewave's own tables are tested in PostgreSQL 16 and newer, and this is ${version}`,
        'move DATABASE_URL to PostgreSQL 16 or newer; the databases of systems may be older',
      ),
    );
  const isWell = lacking.length + newer.length + pending.length === 0;
  return [
    ...(lines.some(({ state: found }) => found === 'wrong')
      ? []
      : [ok(about, `PostgreSQL ${version}, database ${database}, login ${login}${isWell ? '; its tables are up to date' : ''}`)]),
    ...lines,
  ];
}

function fixOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === '28P01' || code === '28000') return 'put the right login and password into DATABASE_URL';
  if (code === '3D000') return 'create the database, or name another one in DATABASE_URL';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'fix the host in DATABASE_URL';
  if (code === 'ECONNREFUSED') return 'start the server, or fix host and port in DATABASE_URL';
  return `fix DATABASE_URL, or the network between here and the server; ${written}`;
}
