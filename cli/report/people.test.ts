import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPeer, type Peer } from '../../test/support/peer.ts';
import { parsedSmallPlan } from '../../test/support/small-plan.ts';
import { plannedPackage, runningPackage, waveOf } from '../../test/support/views.ts';
import { ApiClient } from '../api-client.ts';
import { readReport } from './data.ts';
import { reportPage } from './page.ts';

let peer: Peer;
beforeEach(async () => {
  peer = await startPeer([{ wave: waveOf([plannedPackage()]), packages: [] }]);
  peer.will('GET /v1/plans/small?revision=1', { status: 200, body: { document: parsedSmallPlan() } });
  peer.will('GET /v1/waves/small/first/events?numbers=true', { status: 200, body: { events: [], cut: false } });
});
afterEach(() => peer.close());

async function cells(): Promise<string[]> {
  const client = new ApiClient({ caller: () => Promise.resolve({ url: peer.url, token: 'my.own.token' }), timeoutMs: 5_000 });
  const page = reportPage(await readReport(client, { plan: 'small', wave: 'first' }, 1));
  const section = page.split('<h3>Person by person</h3>')[1]?.split('<h3>')[0] ?? '';
  const rows = section.split('<tr').slice(2);
  const text = (markup: string) =>
    markup
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll(/\s+/g, ' ')
      .trim();
  return rows.length > 0 ? rows.map((row) => text(`<tr${row}`.split('</tbody>')[0]!)) : [text(section)];
}

test('for those who may see it, the report lists who gets, has and loses what', async () => {
  expect(await cells()).toEqual([
    "conflict erp account 'ana' of 'ana' does not exist in 'erp'",
    'Ben Ito ben ben erp fin_close Already has granted by dba_kim',
    'Kim Dahl kim kdahl erp fin_close Gets',
    'Kim Dahl kim kdahl erp fin_old Loses granted by dba_kim; legacy access, retired',
    'not in the package eve erp fin_close Has; not changed',
  ]);
});

test('after the release it lists what became of each grant, with the reason where one failed', async () => {
  peer.waves[0]!.packages.push(runningPackage());
  expect(await cells()).toEqual([
    'Ben Ito ben ben erp fin_close Was NOT granted permission denied to grant role "fin_close"',
    'Kim Dahl kim kdahl erp fin_close Was granted',
  ]);
});

test.each([
  [
    'that could not be read says why',
    'stale-digest',
    expect.stringMatching(/^This could not be read: .*The preview is another one by now\. Run the command again: /),
  ],
  ['that there is not yet is left out', 'not-previewed', ''],
])('a list %s', async (_, code, expected) => {
  const body = { code, title: 'No', detail: 'The preview is another one by now.' };
  peer.will('GET /v1/packages/small/first/closing/preview?limit=500', { status: 409, body });
  expect(await cells()).toEqual([expected]);
});

test('for everyone else the rest of the report is written, and says who can see the list', async () => {
  peer.will('GET /v1/packages/small/first/closing/preview?limit=500', { status: 403, body: { code: 'not-a-reader', title: 'No' } });
  expect(await cells()).toEqual(['Only the owner, the signers and the operators can see this. Write the report as one of them to include it.']);
});
