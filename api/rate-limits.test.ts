import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limitsSchema } from '../domain/limits.ts';
import { createRateLimits } from './rate-limits.ts';

const read = { method: 'get' } as const;
const write = { method: 'post' } as const;
const plan = { method: 'post', body: 'yaml' } as const;

describe('requests per minute', () => {
  let limits = limitsSchema.parse({ readsPerMinute: 5, writesPerMinute: 3, plansPerMinute: 2, unauthenticatedPerMinute: 4 });
  let rates = createRateLimits(() => limits);
  beforeEach(() => {
    vi.useFakeTimers();
    limits = limitsSchema.parse({ readsPerMinute: 5, writesPerMinute: 3, plansPerMinute: 2, unauthenticatedPerMinute: 4 });
    rates = createRateLimits(() => limits);
  });
  afterEach(() => void vi.useRealTimers());

  const times = async (count: number, ask: () => Promise<void>) => {
    for (let at = 0; at < count; at += 1) await ask();
  };

  it.each([
    ['reads', read, 5, "'olga' may send 5 reads per minute. Try again in 60 seconds."],
    ['messages', write, 3, "'olga' may send 3 messages per minute. Try again in 60 seconds."],
    ['plans', plan, 2, "'olga' may send 2 plans and trials of metrics per minute. Try again in 60 seconds."],
  ] as const)('of %s are limited for each person alone', async (_what, route, count, message) => {
    await times(count, () => rates.ofPerson('olga', route));
    await expect(rates.ofPerson('olga', route)).rejects.toMatchObject({ code: 'too-many-requests', message, more: { retryAfterSeconds: 60 } });
    await rates.ofPerson('otto', route);
    await rates.ofPerson('__proto__', route);
    vi.advanceTimersByTime(20_000);
    await expect(rates.ofPerson('olga', route)).rejects.toMatchObject({ more: { retryAfterSeconds: 40 } });
    vi.advanceTimersByTime(40_001);
    await rates.ofPerson('olga', route);
  });

  it('of one kind leave the others free', async () => {
    await times(2, () => rates.ofPerson('olga', plan));
    await times(3, () => rates.ofPerson('olga', write));
    await expect(times(5, () => rates.ofPerson('olga', read))).resolves.toBeUndefined();
  });

  it('follow the site file at once', async () => {
    await times(3, () => rates.ofPerson('olga', write));
    limits = { ...limits, writesPerMinute: 5 };
    await rates.ofPerson('olga', write);
    limits = { ...limits, writesPerMinute: 1 };
    await expect(rates.ofPerson('olga', write)).rejects.toMatchObject({ code: 'too-many-requests' });
  });

  it('of programs leave sign-ins and pages free, and the reverse', async () => {
    await times(4, () => rates.ofAddress('192.0.2.7'));
    await times(4, () => rates.ofBrowser('192.0.2.7'));
    await expect(rates.ofBrowser('192.0.2.7')).rejects.toMatchObject({ message: expect.stringContaining('4 sign-ins and pages without a session') });
    await expect(rates.ofAddress('192.0.2.7')).rejects.toMatchObject({ message: expect.stringContaining('4 requests without a valid token') });
  });

  it('codes that a provider refuses are limited by address, and those that are good are not', async () => {
    for (let at = 0; at < 1_000; at += 1) await (await rates.ofCode('192.0.2.7'))();
    for (let at = 0; at < 300; at += 1) await rates.ofCode('192.0.2.7');
    await expect(rates.ofCode('192.0.2.7')).rejects.toMatchObject({ message: expect.stringContaining('300 sign-ins that fail') });
    await rates.ofCode('198.51.100.1');
  });

  it('files of the pages have a limit of their own', async () => {
    for (let at = 0; at < 3_000; at += 1) await rates.ofFile('192.0.2.7');
    await expect(rates.ofFile('192.0.2.7')).rejects.toMatchObject({ code: 'too-many-requests' });
    await rates.ofBrowser('192.0.2.7');
    await rates.ofAddress('192.0.2.7');
  });

  it('what anyone may ask for, and the way to the sign-in, have limits of their own', async () => {
    for (let at = 0; at < 600; at += 1) await rates.ofOpen('192.0.2.7');
    await expect(rates.ofOpen('192.0.2.7')).rejects.toMatchObject({ code: 'too-many-requests' });
    for (let at = 0; at < 1_200; at += 1) await rates.ofLeaving('192.0.2.7');
    await expect(rates.ofLeaving('192.0.2.7')).rejects.toMatchObject({ code: 'too-many-requests' });
    await rates.ofBrowser('192.0.2.7');
    await rates.ofOpen('198.51.100.1');
  });

  it.each([
    ['one address', ['192.0.2.7', '192.0.2.7', '::ffff:192.0.2.7', '192.0.2.7', '192.0.2.7']],
    ['one network of IPv6', ['2001:db8:0:1::1', '2001:db8:0:1::2', '2001:db8:0:1:ffff::', '2001:db8:0:1::9%eth0', '2001:db8:0:1:1:2:3:4']],
  ])('without a valid token are limited for %s', async (_what, addresses) => {
    for (const address of addresses.slice(0, 4)) await rates.ofAddress(address);
    await expect(rates.ofAddress(addresses[4])).rejects.toMatchObject({
      code: 'too-many-requests',
      message: expect.stringContaining('Your address may send 4'),
    });
    await rates.ofAddress('198.51.100.1');
    await rates.ofAddress('2001:db8:0:2::1');
  });
});
