/** Who asks for the preview of a rollback waits for a few others under their right, and has the same answer as others who wait for the same. */
import { expect, test } from 'vitest';
import { site } from '../../../test/support/site.ts';
import type { Services } from '../../route.ts';
import { inPreviewTurn } from './preview-turns.ts';

const services = () =>
  ({ store: {}, site: { now: () => site({ plans: [{ plan: 'mal*', apply: { people: ['ines'] }, systems: [{ system: 'erp' }] }] }) } }) as unknown as Services;
const of = (plan: string, id = 'clerks') => ({ plan, wave: 'wave-1', package: id });
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Work that goes on until it is let go; `begun`: what was begun. */
function works() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const work = (name: string) => async () => {
    begun.push(name);
    await new Promise<void>((resolve) => ends.push(resolve));
    return name;
  };
  return { begun, work, endOne: () => ends.shift()?.() };
}

test('two of a plan at a time, four of a right, and those of other rights go on', async () => {
  const { begun, work, endOne } = works();
  const own = services();
  const asked = ['mal-a', 'mal-b', 'mal-c'].flatMap((plan) => ['one', 'two', 'three'].map((id) => inPreviewTurn(own, of(plan, id), {}, work(`${plan} ${id}`))));
  const another = inPreviewTurn(own, of('victim'), {}, work('victim'));
  await settled();
  expect(begun).toEqual(['mal-a one', 'mal-a two', 'mal-b one', 'mal-b two', 'victim']);
  for (let time = 0; time < 10; time += 1) {
    endOne();
    await settled();
  }
  expect(await Promise.all([...asked, another])).toHaveLength(10);
});

test('those who wait for the same have one answer, and what is begun is not shared, because it may be older than the question', async () => {
  const { begun, work, endOne } = works();
  const own = services();
  const ask = (asked: object, name: string) => inPreviewTurn(own, of('mal-a'), asked, work(name));
  const running = [ask({ since: 1 }, 'first'), ask({ since: 2 }, 'second')];
  await settled();
  const waiting = [ask({ since: 1 }, 'third'), ask({ since: 1 }, 'never'), ask({ since: 3 }, 'fourth')];
  await settled();
  expect(begun).toEqual(['first', 'second']);
  for (let time = 0; time < 4; time += 1) {
    endOne();
    await settled();
  }
  expect(await Promise.all([...running, ...waiting])).toEqual(['first', 'second', 'third', 'third', 'fourth']);
});

test('one that fails fails for those who share it, and the next one is asked again', async () => {
  const own = services();
  const fails = () => Promise.reject(new Error('no answer'));
  await expect(Promise.all([1, 2].map(() => inPreviewTurn(own, of('mal-a'), {}, fails)))).rejects.toThrow('no answer');
  expect(await inPreviewTurn(own, of('mal-a'), {}, async () => 'answered')).toBe('answered');
});
