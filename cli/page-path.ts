/** Where the pages are at the endpoint. */
import { parseTarget } from './target.ts';

/** Of the board, or of what is written plan/wave or plan/wave/package. Throws bad input. */
export function pagePath(what: string | undefined): string {
  if (what === undefined) return '/';
  const target = parseTarget(what);
  return 'package' in target ? `/packages/${target.plan}/${target.wave}/${target.package}` : `/waves/${target.plan}/${target.wave}`;
}
