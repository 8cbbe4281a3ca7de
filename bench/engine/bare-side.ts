/** Drives the waves of bare.ts. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { queues, type BareMessage, type BareAnswer, type BareWave, type bareWave, type messageNames } from './bare.ts';
import { evaluationDays, signers, type Seen, type Side, type WaveSpec } from './side.ts';
import type { WorkerProcess } from './worker-process.ts';

export class BareSide implements Side {
  readonly name = 'bare';
  readonly client: Client;
  readonly worker: WorkerProcess;

  constructor(client: Client, worker: WorkerProcess) {
    this.client = client;
    this.worker = worker;
  }

  async start(spec: WaveSpec): Promise<void> {
    const wave: BareWave = {
      id: spec.id,
      goLiveMs: spec.goLiveMs,
      windowMs: 365 * 86_400_000,
      signers: signers(spec),
      evaluations: evaluationDays(spec),
      ...(spec.realDayMs === undefined ? {} : { realDayMs: spec.realDayMs }),
    };
    await this.client.workflow.start<typeof bareWave>('bareWave', { workflowId: spec.id, taskQueue: queues.engine, args: [wave] });
  }

  evidence(spec: WaveSpec, item: string): Promise<void> {
    return this.#send(spec, 'evidence', { id: randomUUID(), by: 'olga', about: item });
  }

  signOff(spec: WaveSpec, by: string, digest: string): Promise<void> {
    return this.#send(spec, 'signOff', { id: randomUUID(), by, about: digest });
  }

  review(spec: WaveSpec): Promise<void> {
    return this.#send(spec, 'review', { id: randomUUID(), by: 'ines', about: 'it went well' });
  }

  async #send(spec: WaveSpec, name: (typeof messageNames)[number], message: BareMessage): Promise<void> {
    const answer = await this.client.workflow.getHandle(spec.id).executeUpdate<BareAnswer, [BareMessage]>(name, { args: [message] });
    if (!answer.accepted) throw new Error(`bare: ${name} to ${spec.id} was refused: ${answer.why}`);
  }

  follow(): () => Promise<Seen[]> {
    let [url, read] = ['', 0];
    return async () => {
      // Each worker process counts from zero.
      if (url !== this.worker.url) [url, read] = [this.worker.url, 0];
      const response = await fetch(`${url}/seen?after=${read}`, { signal: AbortSignal.timeout(10_000) });
      const fresh = (await response.json()) as Seen[];
      read += fresh.length;
      return fresh;
    };
  }
}
