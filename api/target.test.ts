import { expect, test } from 'vitest';
import type { Address } from '../domain/address.ts';
import { messageStatusUrl } from './target.ts';
import { routes } from './messages/route.ts';

test.each<[Address, string]>([
  [{ plan: 'p' }, '/v1/plans/p/messages/m%201'],
  [{ plan: 'p', wave: 'w' }, '/v1/waves/p/w/messages/m%201'],
  [{ plan: 'p', wave: 'w', package: 'clerks' }, '/v1/packages/p/w/clerks/messages/m%201'],
])('the status address of a message to %j has a route', (address, url) => {
  expect(messageStatusUrl(address, 'm 1')).toBe(url);
  const patterns = routes.map(({ path }) => new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`));
  expect(patterns.filter((pattern) => pattern.test(url))).toHaveLength(1);
});
