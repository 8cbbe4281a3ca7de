/**
 * How many requests one person may send per minute, by what they cost; and one address, of requests without a valid token. Counted in this process: several
 * endpoints behind one address each count their own.
 */
import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Limits } from '../domain/limits.ts';
import { Problem } from './errors.ts';
import type { Route } from './route.ts';

const kinds = ['reads', 'writes', 'plans', 'unauthenticated', 'browsers', 'files', 'open', 'leaving', 'codes'] as const;
type Kind = (typeof kinds)[number];

export interface RateLimits {
  /** Counts a request of this person. Throws `too-many-requests` with the seconds to wait. */
  ofPerson(person: string, route: Pick<Route, 'method' | 'body'>): Promise<void>;
  /** Counts a request without a valid token, by the address that it comes from. */
  ofAddress(address: string | undefined): Promise<void>;
  /** Counts a sign-in, a sign-out or a page without a session, apart from the requests of programs: nobody's wrong tokens keep people from signing in. */
  ofBrowser(address: string | undefined): Promise<void>;
  /** Counts a file of the pages, which anyone may have. */
  ofFile(address: string | undefined): Promise<void>;
  /** Counts what anyone may ask for without a session and that is no file: the document of the API, an address that there is not, a method that it does not have. */
  ofOpen(address: string | undefined): Promise<void>;
  /** Counts who goes to sign in. Apart from all else, and generous: a whole company may do so from one address at nine. */
  ofLeaving(address: string | undefined): Promise<void>;
  /** Counts a code that the provider is asked about; the function that it resolves to takes that back, because the code was good. */
  ofCode(address: string | undefined): Promise<() => Promise<unknown>>;
}

const settings = {
  reads: 'readsPerMinute',
  writes: 'writesPerMinute',
  plans: 'plansPerMinute',
  unauthenticated: 'unauthenticatedPerMinute',
  browsers: 'unauthenticatedPerMinute',
  // A page that a browser does not know is some ten files, and a proxy that is not named may stand for everybody.
  files: 3_000,
  open: 600,
  leaving: 1_200,
  // More than one address has people who mistype a password, and few enough for a provider that locks clients.
  codes: 300,
} as const satisfies Record<Kind, keyof Limits | number>;
const whats: Record<Kind, string> = {
  reads: 'reads',
  writes: 'messages',
  plans: 'plans and trials of metrics',
  unauthenticated: 'requests without a valid token',
  browsers: 'sign-ins and pages without a session',
  files: 'requests for files of the pages',
  open: 'requests for addresses that anyone may ask for',
  leaving: 'requests for the page of the sign-in',
  codes: 'sign-ins that fail',
};

/** `limits`: as the site file says now; each request asks again. */
export function createRateLimits(limits: () => Limits): RateLimits {
  const counted = new Map<Kind, RateLimiterMemory>();
  const count = async (kind: Kind, key: string, who: string) => {
    const setting = settings[kind];
    const points = typeof setting === 'number' ? setting : limits()[setting];
    const limiter = counted.get(kind) ?? new RateLimiterMemory({ points, duration: 60 });
    counted.set(kind, limiter);
    limiter.points = points;
    try {
      await limiter.consume(key);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      const seconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1_000));
      throw new Problem('too-many-requests', `${who} may send ${points} ${whats[kind]} per minute. Try again in ${seconds} seconds.`, {
        retryAfterSeconds: seconds,
      });
    }
  };
  return {
    ofPerson: (person, { method, body }) => count(body === 'yaml' ? 'plans' : method === 'get' ? 'reads' : 'writes', person, `'${person}'`),
    ofAddress: (address) => count('unauthenticated', networkOf(address ?? ''), 'Your address'),
    ofBrowser: (address) => count('browsers', networkOf(address ?? ''), 'Your address'),
    ofFile: (address) => count('files', networkOf(address ?? ''), 'Your address'),
    ofOpen: (address) => count('open', networkOf(address ?? ''), 'Your address'),
    ofLeaving: (address) => count('leaving', networkOf(address ?? ''), 'Your address'),
    async ofCode(address) {
      const key = networkOf(address ?? '');
      await count('codes', key, 'Your address');
      return async () => counted.get('codes')?.reward(key, 1);
    },
  };
}

/** One customer of a provider has a whole /64 of IPv6 addresses. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail] = address.replace(/%.*$/, '').toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? before : [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after];
  return groups.slice(0, 4).join(':');
}
