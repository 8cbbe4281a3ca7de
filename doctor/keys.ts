/** The keys whose seals a worker believes. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readTrustedKeys } from '../settings/trusted-keys.ts';
import { homeOf } from './home.ts';
import { notChecked, ok, words, wrong, type Line } from './line.ts';

const about = 'trusted keys';

export async function checkKeys(env: Record<string, string | undefined>): Promise<Line[]> {
  const named = env['ROLEWAVE_TRUSTED_KEYS_FILE'];
  const file = named ?? join(homeOf(env), 'trusted-keys.json');
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  if (!isThere && named === undefined)
    return [
      notChecked(about, `${file} is not there`, 'the API makes it at its first start; where API and worker have it elsewhere, set ROLEWAVE_TRUSTED_KEYS_FILE'),
    ];
  try {
    const keys = await readTrustedKeys(file);
    return [ok(about, `${keys.length === 1 ? 'one key' : `${keys.length} keys`} in ${file}`)];
  } catch (error) {
    return [wrong(about, words(error), 'copy the file that the API made; without its keys a worker believes no message')];
  }
}
