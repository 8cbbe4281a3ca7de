/** Cohorts by a filter, in real SCIM servers, and in one that does not filter. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalIn } from '../../domain/statement-refused.ts';
import { hasScim2Server, ifNoScim2Server, startScim2Server } from '../../test/support/scim-scim2-server.ts';
import { startScimmy } from '../../test/support/scim-scimmy.ts';
import { startScripted } from '../../test/support/scim-scripted.ts';
import { scimSettings, type TestScim } from '../../test/support/scim-server.ts';
import type { Connector } from '../connector.ts';
import { scimConnector } from './connector.ts';

const accounts = { name: 'userName' as const, filterBy: ['active', 'userName'] };
const answerOf = (connector: Connector, filter: string | undefined, asked = ['ann', 'ben', 'cem', 'zoe']) => {
  if (!connector.cohort) throw new Error('a SCIM server has no cohorts');
  return connector.cohort({ plan: 'p', filter, accounts: asked, rolePackage: 'clerks' });
};

describe.each([
  { name: `scim2-server${ifNoScim2Server}`, start: startScim2Server, isMissing: !hasScim2Server },
  { name: 'scimmy-routers', start: startScimmy, isMissing: false },
])('the filter of a cohort in $name', ({ start, isMissing }) => {
  let server: TestScim;
  let connector: Connector;
  beforeAll(async () => {
    if (isMissing) return;
    server = await start();
    for (const person of ['ann', 'ben', 'cem', ...Array.from({ length: 130 }, (_, at) => `x${at}`)]) await server.kim.user(person);
    await server.kim.deactivate('ben');
    connector = scimConnector(scimSettings(server, { accounts }));
  });
  afterAll(async () => {
    await connector?.close();
    await server?.stop();
  });

  test.skipIf(isMissing)('answers those of the accounts that match, over all pages', async () => {
    expect(await answerOf(connector, 'active eq true')).toEqual(['ann', 'cem']);
    expect(await answerOf(connector, 'userName eq "cem" or userName eq "ben"')).toEqual(['ben', 'cem']);
    expect(await answerOf(connector, 'userName eq "nobody"')).toEqual([]);
  });

  test.skipIf(isMissing).each([
    ['password sw "a"', /chooses by 'password'/],
    ['userName eq "ann" & x', /no part of a filter/],
    ['userName eq "ann") or (userName pr', /goes on after its end/],
  ])('%s is refused before the server is asked', async (filter, why) => {
    const error = await answerOf(connector, filter).catch((thrown: unknown) => thrown);
    expect(refusalIn(error)?.message).toMatch(why);
  });
});

test('a server that ignores filters puts nobody into a cohort', async () => {
  const scripted = await startScripted(['ann', 'ben'], ['clerk']);
  scripted.answer = ({ path }) => {
    const filtered = new URL(path, 'http://localhost').searchParams.has('filter');
    return filtered ? { status: 200, body: { totalResults: 1, startIndex: 1, Resources: [{ id: 'ann', userName: 'ann', active: true }] } } : undefined;
  };
  const connector = scimConnector(scimSettings(scripted, { accounts }));
  await expect(answerOf(connector, 'active eq true')).rejects.toThrow(/answers users whom a filter does not match/);
  await connector.close();
  await scripted.stop();
});
