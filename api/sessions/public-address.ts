/**
 * Where people's browsers find this endpoint, and so which cookies they keep and from which pages their requests may come. Either https, in front of which a
 * proxy ends TLS, or plain http on loopback. Browsers do not agree whether plain http may have secure cookies there (Safari: no), so the cookie has another
 * name there, and no `Secure`; its name has the port, because cookies are shared by all ports of a machine.
 */
import type { IncomingMessage } from 'node:http';
import { ownName } from '../loopback.ts';

type Headers = Pick<IncomingMessage, 'headers'>;

export interface PublicAddress {
  /** `https://rolewave.example.com`; undefined on loopback, where any of the machine's names will do. */
  origin: string | undefined;
  /** The origin that this request addresses. Undefined on loopback when it addresses another name, as after DNS rebinding. */
  originOf(request: Headers): string | undefined;
  /** The name of a cookie in this request and its answer; `what` as `sign-in`. Undefined where originOf is. */
  cookieName(request: Headers, what?: string): string | undefined;
}

/** `url`: ROLEWAVE_PUBLIC_URL. Plain http elsewhere than on loopback counts as not set: browsers would send sessions in the clear. */
export function publicAddress(url: string | undefined): PublicAddress {
  const parsed = url === undefined ? undefined : new URL(url);
  if (parsed?.protocol === 'https:') {
    const { origin } = parsed;
    return { origin, originOf: () => origin, cookieName: (_request, what) => `__Host-${nameOf(what)}` };
  }
  const originOf = ({ headers: { host = '' } }: Headers) => (ownName(host) ? `http://${host.toLowerCase()}` : undefined);
  return {
    origin: undefined,
    originOf,
    cookieName(request, what) {
      const origin = originOf(request);
      return origin === undefined ? undefined : `${nameOf(what)}-${new URL(origin).port || '80'}`;
    },
  };
}

const nameOf = (what: string | undefined): string => (what === undefined ? 'rolewave' : `rolewave-${what}`);

/** The value of a cookie of the request, if it has one. */
export function cookieOf({ headers }: Headers, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [key = '', value = ''] = pair.split('=', 2);
    if (key.trim() === name) return value.trim();
  }
  return undefined;
}
