/**
 * Whether a request that a browser sends with its cookie comes from our own pages. Browsers send the cookie with requests that another page makes them send,
 * and say in `Origin` and `Sec-Fetch-Site` who made them; pages cannot set either. On loopback, SameSite does not help: all ports of a machine are one site.
 */
import type { IncomingMessage } from 'node:http';
import { Problem } from '../errors.ts';
import type { PublicAddress } from './public-address.ts';

type Headers = Pick<IncomingMessage, 'headers'>;

/** For requests that change something. One without any of the two headers comes from no browser of today. */
export function isFromOurPages(request: Headers, address: PublicAddress): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (origin === undefined && site === undefined) return false;
  return (site === undefined || site === 'same-origin') && (origin === undefined || origin === address.originOf(request));
}

/** The header without which no session changes anything: a form cannot send it, nor a script of another origin without our consent. */
const ofScripts = 'x-requested-with';

/** Throws `cross-site` unless a session may be used for this request. */
export function checkOrigin(request: Headers & { method: string }, address: PublicAddress): void {
  const { [ofScripts]: sentBy, 'sec-fetch-site': site } = request.headers;
  if (request.method === 'GET' || request.method === 'HEAD') {
    if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new Problem('cross-site', 'Another site made your browser send this request.');
    return;
  }
  if (!isFromOurPages(request, address)) throw new Problem('cross-site', 'The request does not come from a page of this endpoint, by its Origin.');
  if (sentBy !== 'rolewave') throw new Problem('cross-site', 'The request has no header X-Requested-With: rolewave.');
}
