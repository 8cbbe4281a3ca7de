/** Who asks for the preview of a rollback waits for a few others that ask the same systems, and has the same answer as others who wait for the same. */
import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { site } from '../../../test/support/site.ts';
import type { Services } from '../../route.ts';
import { inLedgerTurn, inSystemsTurn } from './preview-turns.ts';

const services = () =>
  ({ store: {}, site: { now: () => site({ plans: [{ plan: 'mal*', apply: { people: ['ines'] }, systems: [{ system: 'erp' }] }] }) } }) as unknown as Services;
const of = (plan: string, id = 'clerks') => ({ plan, wave: 'wave-1', package: id });
const waits = new AbortController().signal;
const settled = async () => {
  for (let time = 0; time < 20; time += 1) await tick();
};

const left = 'The client left before it was its turn.';
const said = (asked: Promise<unknown>) =>
  asked.then(
    () => 'answered',
    (error: unknown) => (error instanceof Error ? error.message : error),
  );

/** Work that goes on until it is let go; `begun`: what was begun. */
function works() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const work = (name: string) => async () => {
    begun.push(name);
    await new Promise<void>((resolve) => ends.push(resolve));
    return name;
  };
  const endOne = async () => {
    ends.shift()?.();
    await settled();
  };
  return { begun, work, endOne };
}

describe('asking the systems', () => {
  test('two of a plan at a time, four of a right, and those of other rights go on', async () => {
    const { begun, work, endOne } = works();
    const own = services();
    const ask = (plan: string, id: string) => inSystemsTurn(own, ['erp'], { of: of(plan, id), asked: 1, gone: waits }, work(`${plan} ${id}`));
    const asked = ['mal-a', 'mal-b', 'mal-c'].flatMap((plan) => ['one', 'two', 'three'].map((id) => ask(plan, id)));
    const another = ask('victim', 'one');
    await settled();
    expect(begun).toEqual(['mal-a one', 'mal-a two', 'mal-b one', 'mal-b two', 'victim one']);
    for (let time = 0; time < 10; time += 1) await endOne();
    expect(await Promise.all([...asked, another])).toHaveLength(10);
  });

  test('a system that does not answer holds back neither previews of other systems of its plan nor those from the ledger', async () => {
    const { begun, work, endOne } = works();
    const own = services();
    const silent = ['one', 'two', 'three'].map((id) => inSystemsTurn(own, ['silent'], { of: of('mal-a', id), asked: 1, gone: waits }, work(`silent ${id}`)));
    const others = [
      inSystemsTurn(own, ['erp'], { of: of('mal-a', 'four'), asked: 1, gone: waits }, work('erp')),
      inLedgerTurn(own, { of: of('mal-a', 'one'), asked: 1, gone: waits }, work('ledger')),
    ];
    await settled();
    expect(begun.toSorted()).toEqual(['erp', 'ledger', 'silent one', 'silent two']);
    for (let time = 0; time < 5; time += 1) await endOne();
    await Promise.all([...silent, ...others]);
  });

  test('packages with ever other systems have no more than the places of their right', async () => {
    const { begun, work, endOne } = works();
    const own = services();
    const asked = Array.from({ length: 20 }, (_, at) =>
      inSystemsTurn(own, [`system-${at}`], { of: of(`mal-${at % 5}`), asked: at, gone: waits }, work(`${at}`)),
    );
    await settled();
    expect(begun).toHaveLength(8);
    for (let time = 0; time < 20; time += 1) await endOne();
    expect(await Promise.all(asked)).toHaveLength(20);
  });

  test('those who wait for the same have one answer, and what is begun is not shared, because it may be older than the question', async () => {
    const { begun, work, endOne } = works();
    const own = services();
    const ask = (asked: object, name: string) => inSystemsTurn(own, ['erp'], { of: of('mal-a'), asked, gone: waits }, work(name));
    const running = [ask({ since: 1 }, 'first'), ask({ since: 2 }, 'second')];
    await settled();
    const waiting = [ask({ since: 1 }, 'third'), ask({ since: 1 }, 'never'), ask({ since: 3 }, 'fourth')];
    await settled();
    expect(begun).toEqual(['first', 'second']);
    for (let time = 0; time < 4; time += 1) await endOne();
    expect(await Promise.all([...running, ...waiting])).toEqual(['first', 'second', 'third', 'third', 'fourth']);
  });

  test('one that fails fails for those who share it, and the next one is asked again', async () => {
    const own = services();
    const about = { of: of('mal-a'), asked: 1, gone: waits };
    const fails = () => Promise.reject(new Error('no answer'));
    await expect(Promise.all([1, 2].map(() => inSystemsTurn(own, ['erp'], about, fails)))).rejects.toThrow('no answer');
    expect(await inSystemsTurn(own, ['erp'], about, async () => 'answered')).toBe('answered');
  });

  test('who leaves while waiting gives up the place, and nobody who waits for the same goes without an answer', async () => {
    const { begun, work, endOne } = works();
    const own = services();
    const ask = (id: string, gone: AbortSignal) => inSystemsTurn(own, ['erp'], { of: of('mal-a', id), asked: 1, gone }, work(id));
    const [first, second] = [new AbortController(), new AbortController()];
    const running = [ask('one', waits), ask('two', waits)];
    const [leaves, alsoLeaves, stays] = [ask('three', first.signal), ask('four', second.signal), ask('four', waits)];
    const both = Promise.all([said(leaves), said(alsoLeaves)]);
    await settled();
    first.abort();
    second.abort();
    expect(await both).toEqual([left, left]);
    for (let time = 0; time < 3; time += 1) await endOne();
    expect(begun).toEqual(['one', 'two', 'four']);
    expect(await Promise.all([...running, stays])).toEqual(['one', 'two', 'four']);
    expect(await said(ask('five', first.signal))).toBe(left);
  });
});

describe('reading the ledger', () => {
  test('of one package, one at a time; those who ask meanwhile have the next answer together, and other packages go on', async () => {
    const { begun, work, endOne } = works();
    const own = services();
    const read = (id: string, name: string) => inLedgerTurn(own, { of: of('mal-a', id), asked: 1, gone: waits }, work(name));
    const asked = [read('one', 'first')];
    await settled();
    asked.push(read('one', 'second'), read('one', 'never'), read('two', 'another'));
    await settled();
    expect(begun).toEqual(['first', 'another']);
    for (let time = 0; time < 3; time += 1) await endOne();
    expect(await Promise.all(asked)).toEqual(['first', 'second', 'second', 'another']);
  });

  test('slices of two of a plan at a time, and one that nobody waits for takes no further turn', async () => {
    const own = services();
    const client = new AbortController();
    const taken: string[] = [];
    const ends: (() => void)[] = [];
    const read = (id: string, gone: AbortSignal) =>
      inLedgerTurn(own, { of: of('mal-a', id), asked: 1, gone }, async (take) => {
        for (const slice of [1, 2]) {
          const end = await take();
          taken.push(`${id} ${slice}`);
          await new Promise<void>((resolve) => ends.push(resolve));
          end();
        }
      });
    const [leaves, ...others] = [said(read('one', client.signal)), read('two', waits), read('three', waits)];
    await settled();
    expect(taken).toEqual(['one 1', 'two 1']);
    client.abort();
    expect(await leaves).toBe(left);
    for (let time = 0; time < 6; time += 1) {
      ends.shift()?.();
      await settled();
    }
    expect(taken).toEqual(['one 1', 'two 1', 'three 1', 'two 2', 'three 2']);
    await Promise.all(others);
  });
});
