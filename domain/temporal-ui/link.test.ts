import { readFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packageWorkflowId, waveWorkflowId } from '../messages.ts';
import { temporalLink, temporalListLink, temporalQueries } from './link.ts';

describe('the address of a workflow in the UI of Temporal', () => {
  test.each([
    ['http://127.0.0.1:8233', 'default', waveWorkflowId('small', 'first'), 'http://127.0.0.1:8233/namespaces/default/workflows/small%2Ffirst'],
    ['http://127.0.0.1:8233/', 'default', 'small', 'http://127.0.0.1:8233/namespaces/default/workflows/small'],
    [
      'https://t.example.com/ui//',
      'prod.acct',
      packageWorkflowId('small', 'first', 'closing'),
      'https://t.example.com/ui/namespaces/prod.acct/workflows/small%2Ffirst%2Fclosing',
    ],
    ['https://t.example.com', 'a b', 'notice/small/first#notice-1', 'https://t.example.com/namespaces/a%20b/workflows/notice%2Fsmall%2Ffirst%23notice-1'],
  ])('%s, namespace %s, workflow %s', (base, namespace, id, link) => {
    expect(temporalLink(base, namespace, id)).toBe(link);
  });

  // No namespace is called '.' or '..', which a path reads as this folder and the one above.
  const namespaces = fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => name !== '.' && name !== '..');

  test('always has the whole id as one part of its path', () => {
    fc.assert(
      fc.property(namespaces, fc.string({ unit: 'grapheme', minLength: 1 }), (namespace, id) => {
        const { pathname, search, hash } = new URL(temporalLink('https://t.example.com', namespace, `w${id}`));
        expect(pathname.split('/').map(decodeURIComponent)).toEqual(['', 'namespaces', expect.any(String), 'workflows', `w${id}`]);
        expect([search, hash]).toEqual(['', '']);
      }),
    );
  });
});

describe('the address of a list', () => {
  test('has the query as a parameter', () => {
    const link = new URL(temporalListLink('http://127.0.0.1:8233/', 'default', temporalQueries.ofPlan('small')));
    expect(link.pathname).toBe('/namespaces/default/workflows');
    expect(link.searchParams.get('query')).toBe('RolewavePlan = "small" AND WorkflowType IN ("wave", "rolePackage")');
  });

  test.each(Object.entries(temporalQueries))('docs/temporal-ui.md has the query %s', async (_name, query) => {
    const page = await readFile(new URL('../../docs/temporal-ui.md', import.meta.url), 'utf8');
    expect(page).toContain(`\`${typeof query === 'string' ? query : query('role-packages')}\``);
    if (typeof query === 'string') expect(page).toContain(temporalListLink('http://127.0.0.1:8233', 'default', query));
  });

  test('a value cannot end its quotation marks', () => {
    expect(temporalQueries.ofPlan('a" OR "" = "\\')).toBe('RolewavePlan = "a\\" OR \\"\\" = \\"\\\\" AND WorkflowType IN ("wave", "rolePackage")');
  });
});
