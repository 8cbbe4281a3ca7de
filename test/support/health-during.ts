/** Whether an endpoint goes on answering others while it has something to do. */
import { expect } from 'vitest';
import type { Answered } from './endpoint.ts';

/** Asks for /healthz all the time, and returns the longest that an answer took; milliseconds. */
export async function healthDuring(url: string, work: Promise<Answered>): Promise<{ answered: Answered; slowestMs: number; asked: number }> {
  let slowestMs = 0;
  let asked = 0;
  let going = true;
  const asking = (async () => {
    while (going) {
      const start = performance.now();
      const response = await fetch(`${url}/healthz`);
      expect(response.status).toBe(200);
      await response.text();
      slowestMs = Math.max(slowestMs, performance.now() - start);
      asked += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  const answered = await work.finally(() => (going = false));
  await asking;
  return { answered, slowestMs, asked };
}
