/**
 * Preloaded into a worker's process (`--expose-gc --import`), and by Node into each of its threads. It serves an HTTP port that collects garbage in
 * all threads and returns how much memory the process uses. The product does not know about it.
 */
// oxlint-disable unicorn/require-post-message-target-origin -- these are channels between threads, not windows
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

const port = Number(process.env['BENCH_DOOR_PORT']);
/** What a process used once, such as code, goes only after several collections. */
const rounds = 8;
const { gc } = globalThis;
/** As when memory runs out: an ordinary collection leaves megabytes of compiled code and sources that go at some later time. */
const collect = (): void => {
  gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
};
const channels = () => ({ asked: new BroadcastChannel('rolewave-bench-collect'), answers: new BroadcastChannel('rolewave-bench-collected') });

if (isMainThread && gc && port > 0) {
  const answer = async (response: ServerResponse) => response.end(JSON.stringify(await memory()));
  createServer((_request, response) => void answer(response))
    .listen(port, '127.0.0.1')
    .unref();
} else if (!isMainThread && gc) {
  // Workflows run in their own thread, which has its own heap.
  const { asked, answers } = channels();
  asked.addEventListener('message', () => {
    collect();
    answers.postMessage(process.memoryUsage().heapUsed);
  });
  asked.unref();
  answers.unref();
}

/**
 * Collects several times, a little apart, because what one round releases may have kept other objects alive. Bytes; `heap` is the sum over all
 * threads.
 */
async function memory(): Promise<{ rss: number; heap: number }> {
  const { asked, answers } = channels();
  let ofThreads = 0;
  answers.addEventListener('message', (message) => {
    ofThreads += Number((message as MessageEvent).data);
  });
  for (let round = 0; round < rounds; round += 1) {
    ofThreads = 0;
    collect();
    asked.postMessage('collect');
    await sleep(1_500);
  }
  asked.close();
  answers.close();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heap: heapUsed + ofThreads };
}
