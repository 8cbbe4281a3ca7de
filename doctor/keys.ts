/** Checks the keys whose seals a worker trusts. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readTrustedKeys } from '../settings/trusted-keys.ts';
import { homeOf } from '../settings/own-endpoint.ts';
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
      notChecked(about, `${file} does not exist`, 'the API creates it at its first start; if API and worker use another file, set ROLEWAVE_TRUSTED_KEYS_FILE'),
    ];
  try {
    const keys = await readTrustedKeys(file);
    return [ok(about, `${keys.length === 1 ? 'one key' : `${keys.length} keys`} in ${file}`)];
  } catch (error) {
    return [wrong(about, words(error), 'copy the file that the API created; without its keys a worker trusts no message')];
  }
}
