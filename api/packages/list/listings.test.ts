import { expect, test, vi } from 'vitest';
import type { ListedExecution } from '../../engine.ts';
import { openListings } from './listings.ts';

const execution = (type: string, workflowId: string): ListedExecution => ({ type, workflowId, running: true, completed: false, attributes: {} });
const temporal = [
  execution('wave', 'one/first'),
  execution('rolePackage', 'one/first/clerk'),
  execution('wave', 'two/first'),
  execution('rolePackage', 'two/first/reader'),
  // Somebody else's, under ids that the product does not give.
  execution('rolePackage', 'one/first'),
  execution('wave', 'one/first/clerk/more'),
  execution('rolePackage', 'three/first/clerk'),
];
function listings() {
  const ask = vi.fn<(types: string[], plans: string[]) => Promise<ListedExecution[]>>(async (_types, plans) =>
    temporal.filter(({ workflowId }) => plans.some((plan) => workflowId.startsWith(`${plan}/`))),
  );
  return { ask, open: openListings(ask).open };
}

test('pages of one list use what the earlier ones have found, and ask only for further plans', async () => {
  const { ask, open } = listings();
  const first = open(undefined);
  const found = await first.of(['one']);
  expect(found.get('one')?.waves.map(({ workflowId }) => workflowId)).toEqual(['one/first']);
  expect([...(found.get('one')?.packages.get('one/first')?.keys() ?? [])]).toEqual(['clerk']);
  expect([...(await open(first.id).of(['one', 'two'])).keys()]).toEqual(['one', 'two']);
  expect(ask.mock.calls.map(([, plans]) => plans)).toEqual([['one'], ['two']]);
});

test('another list asks again, and so does one that is not known here', async () => {
  const { ask, open } = listings();
  await open(undefined).of(['one']);
  await open(undefined).of(['one']);
  await open('from before a restart').of(['one']);
  expect(ask).toHaveBeenCalledTimes(3);
});

test('a plan without executions is known to have none', async () => {
  const { ask, open } = listings();
  const list = open(undefined);
  expect((await list.of(['none'])).get('none')).toEqual({ waves: [], packages: new Map() });
  await list.of(['none']);
  expect(ask).toHaveBeenCalledTimes(1);
});
