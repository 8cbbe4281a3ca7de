import { expect, test } from 'vitest';
import { serverLine } from './temporal.ts';

test.each([
  ['1.28.2', 'warning'],
  ['0.30.0', 'warning'],
  ['1.29.1', 'ok'],
  ['1.31.0-cloud', 'ok'],
  ['2.0.0', 'ok'],
  ['', 'ok'],
])('of a server of version %o, the line is %s: an older one takes no turns', (version, state) => {
  expect(serverLine(version, '127.0.0.1:7233')).toMatchObject({ state, ...(state === 'warning' ? { fix: expect.stringContaining('1.29') } : {}) });
});
