/** Drives the product's waves as its endpoint does: sealed messages to the real workflows, revisions in the real store. */
import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Sealer } from '../../api/seal.ts';
import { sha256Hex } from '../../domain/canonical.ts';
import { engineTaskQueue, validFor, validFrom, workflowTypes, type Message, type MessageType, type Acknowledgment } from '../../domain/messages.ts';
import { planSchema } from '../../domain/plan/schema.ts';
import { waveSection, type WaveInput, type WaveSection } from '../../domain/plan/section.ts';
import type { Store } from '../../store/contract.ts';
import { planOf } from './plan.ts';
import { saveFirstRevision } from './revision.ts';
import type { Seen, Side, WaveSpec } from './side.ts';
import type { WorkerProcess } from './worker-process.ts';

type StartWave = (input: WaveInput) => Promise<unknown>;
interface EventRow {
  id: string;
  plan: string;
  wave: string;
  kind: Seen['kind'];
  position: string;
  digest: string | null;
}

export class ProductSide implements Side {
  readonly name = 'product';
  readonly client: Client;
  readonly worker: WorkerProcess;
  readonly store: Store;
  readonly #sealer: Sealer;
  readonly #database: Pool;
  readonly #planDigests = new Map<string, string>();

  constructor(parts: { client: Client; worker: WorkerProcess; store: Store; sealer: Sealer; database: Pool }) {
    this.client = parts.client;
    this.worker = parts.worker;
    this.store = parts.store;
    this.#sealer = parts.sealer;
    this.#database = parts.database;
  }

  async start(spec: WaveSpec): Promise<void> {
    const document = planSchema.parse(planOf(spec, Date.now()));
    const { number: revision, clock } = await saveFirstRevision(this.store, document, this.#sealer);
    const section = waveSection(document, revision, this.#address(spec).wave);
    this.#planDigests.set(spec.id, section.packages[0]?.planDigest ?? '');
    const input: WaveInput = { section, ...(clock ? { clock } : {}) };
    const jws = await this.#seal(spec, 'ines', 'revise', { revision, sectionDigest: sha256Hex(section) });
    await this.client.workflow.executeUpdateWithStart<StartWave, Acknowledgment, [string, WaveSection]>('revise', {
      args: [jws, section],
      startWorkflowOperation: new WithStartWorkflowOperation<StartWave>(workflowTypes.wave, {
        workflowId: spec.id,
        taskQueue: engineTaskQueue,
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        args: [input],
      }),
    });
  }

  evidence(spec: WaveSpec, item: string): Promise<void> {
    return this.#send(spec, 'olga', 'evidence', { item, reference: `${item} is done`, waived: false });
  }

  signOff(spec: WaveSpec, by: string, previewDigest: string): Promise<void> {
    return this.#send(spec, by, 'signOff', { decision: 'approve', planDigest: this.planDigest(spec), previewDigest });
  }

  review(spec: WaveSpec): Promise<void> {
    const words = 'it went well';
    return this.#send(spec, 'ines', 'review', { successes: words, challenges: words, improvements: words, actions: [] });
  }

  /** The digest of a wave that was started here. */
  planDigest({ id }: WaveSpec): string {
    return this.#planDigests.get(id) ?? '';
  }

  async #send(spec: WaveSpec, by: string, type: MessageType, body: unknown): Promise<void> {
    const jws = await this.#seal(spec, by, type, body);
    const answer = await this.client.workflow.getHandle(spec.id).executeUpdate<Acknowledgment, [string]>(type, { args: [jws] });
    if (!answer.accepted) throw new Error(`product: ${type} to ${spec.id} was refused: ${answer.message}`);
  }

  #seal(spec: WaveSpec, by: string, type: MessageType, body: unknown): Promise<string> {
    const aboutPackage = type === 'evidence' || type === 'signOff' ? { package: 'access' } : {};
    return this.#sealer.seal({
      id: randomUUID(),
      ...this.#address(spec),
      ...aboutPackage,
      by,
      ...validFrom(Date.now(), validFor.waiting),
      type,
      body,
    } as Message);
  }

  #address({ id }: WaveSpec): { plan: string; wave: string } {
    const [plan = '', wave = ''] = id.split('/');
    return { plan, wave };
  }

  follow(): () => Promise<Seen[]> {
    const known = new Set<string>();
    let position = 0;
    let evaluatedAtMs = 0;
    const isNew = (key: string) => known.size !== known.add(key).size;
    return async () => {
      // Overlapping transactions may become visible in a different order from their numbers, so the last few are read again.
      // Named, so that the database plans them once: what the bench asks many times a second is no load of the product's.
      const events = await this.#database.query<EventRow>({
        name: 'events',
        text: `select id, plan, wave, kind, position, data->>'digest' as digest from rolewave.events
         where position > $1 and kind in ('previewed', 'granted', 'stable') order by position`,
        values: [position - 300],
      });
      const evaluations = await this.#database.query<{ plan: string; wave: string; number: number; at: string }>({
        name: 'evaluations',
        text: 'select plan, wave, number, evaluated_at as at from rolewave.evaluations where evaluated_at > $1 order by evaluated_at',
        values: [evaluatedAtMs - 2_000],
      });
      position = Number(events.rows.at(-1)?.position ?? position);
      evaluatedAtMs = Number(evaluations.rows.at(-1)?.at ?? evaluatedAtMs);
      return [
        ...events.rows
          .filter(({ id }) => isNew(id))
          .map(({ plan, wave, kind, digest }) => ({ wave: `${plan}/${wave}`, kind, ...(digest === null ? {} : { digest }) })),
        ...evaluations.rows
          .filter(({ plan, wave, number }) => isNew(`${plan}/${wave} evaluation ${number}`))
          .map(({ plan, wave }) => ({ wave: `${plan}/${wave}`, kind: 'evaluation' as const })),
      ];
    };
  }
}
