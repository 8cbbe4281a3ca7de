import fc from 'fast-check';
import { expect, test } from 'vitest';
import { localPath } from './local-path.ts';

test.each(['/', '/packages/p/w/a', '/waves/p/w?state=open', '/requests/p%2Fw%231', '/?state=Monitoring&owner=olga', '/a//b'])(
  '%s is a path of this endpoint',
  (to) => {
    expect(localPath(to)).toBe(to);
  },
);

test.each([
  undefined,
  '',
  7,
  ['/', '/packages'],
  'packages',
  'https://elsewhere.example/',
  'javascript:alert(1)',
  '//elsewhere.example',
  '/\\elsewhere.example',
  '\\\\elsewhere.example',
  '/\t/elsewhere.example',
  '/\n/elsewhere.example',
  ' //elsewhere.example',
  '/.//elsewhere.example',
  '/..//elsewhere.example',
  '/./\\elsewhere.example',
  '/%2e//elsewhere.example',
  '/packages/../..//elsewhere.example',
  '/é',
  `/${'x'.repeat(2_000)}`,
])('%j leads to the first page', (to) => {
  expect(localPath(to)).toBe('/');
});

test.each(['/sign-in?to=/', '/sign-out', '/x/../sign-in'])('%s would ask again', (to) => {
  expect(localPath(to)).toBe('/');
});

test('whatever is asked for, a browser stays here', () => {
  const piece = fc.constantFrom('/', '\\', '.', '..', '%2e', '%2f', '//', '\t', ':', '@', '?', '#', 'elsewhere.example', 'https:', 'a', '\u3002', '\u2215');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const path = localPath(`/${pieces.join('')}`);
      const there = new URL(path, 'https://rolewave.example/sign-in');
      expect(there.origin).toBe('https://rolewave.example');
      // As the value of a Location header, which some read less strictly.
      expect(path).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/);
    }),
    { numRuns: 2_000 },
  );
});
