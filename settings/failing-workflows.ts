/**
 * Waves and packages whose workflow tasks fail again and again: their code cannot go on, and nothing else shows it. Temporal marks them by a search attribute
 * from server 1.30 on, and takes the mark away between two attempts. So their pending task is looked at, too, as many workflows at a time as a server answers in
 * a moment.
 */
import { workflowTypes } from '../domain/messages.ts';

interface Execution {
  workflowId?: string | null;
}
/** Of the connection of a client, a worker or the doctor, what is needed here. */
export interface Connected {
  workflowService: {
    listWorkflowExecutions(asked: {
      namespace: string;
      query: string;
      pageSize: number;
      nextPageToken?: Uint8Array;
    }): Promise<{ executions?: { execution?: Execution | null }[] | null; nextPageToken?: Uint8Array | null }>;
    describeWorkflowExecution(asked: { namespace: string; execution: Execution }): Promise<{ pendingWorkflowTask?: { attempt?: number | null } | null }>;
  };
  withDeadline<R>(deadline: number, work: () => Promise<R>): Promise<R>;
}

export interface FailingWorkflow {
  workflowId: string;
  /** How often its current task was tried; undefined where the server only says that it fails. */
  attempts?: number;
}

/** A worker that was killed costs one or two attempts, and a failing task has three within seconds. */
const attemptsAtLeast = 3;
const answerWithinMs = 5_000;
const examinedAtOnce = 100;
const mostSuspected = 100;
const inParallel = 8;
const grpc = { invalidArgument: 3, deadlineExceeded: 4, notFound: 5 } as const;

const ours = `ExecutionStatus = 'Running' AND WorkflowType IN ('${workflowTypes.wave}', '${workflowTypes.rolePackage}')`;

export class WorkflowWatch {
  private readonly connection: Connected;
  private readonly namespace: string;
  private marks = true;
  private next: Uint8Array = new Uint8Array();
  private readonly found = new Map<string, FailingWorkflow>();
  private readonly suspected = new Set<string>();

  constructor(connection: Connected, namespace: string) {
    this.connection = connection;
    this.namespace = namespace;
  }

  /** Somebody asked it and had no answer: the next look examines it first. */
  suspect(workflowId: string): void {
    if (this.suspected.size < mostSuspected) this.suspected.add(workflowId);
  }

  /**
   * What fails, as far as it is known: what the server marks, what is suspected, what failed before, and the next part of the namespace. The server takes its
   * mark away while attempts come minutes apart, so each that was found is examined until it goes on. Rejects when the server does not answer within seconds.
   */
  async look(): Promise<FailingWorkflow[]> {
    const [marked, part] = await this.connection.withDeadline(Date.now() + answerWithinMs, () => Promise.all([this.marked(), this.nextPart()]));
    for (const workflowId of marked) if (!this.found.has(workflowId)) this.found.set(workflowId, { workflowId });
    await this.examine(new Set([...this.suspected, ...this.found.keys(), ...part]), new Set(marked));
    return [...this.found.values()].toSorted((a, b) => (a.workflowId < b.workflowId ? -1 : 1));
  }

  /** Looks until all were examined once, or the time is over. `all`: none was left out. */
  async lookThrough(withinMs: number): Promise<{ failing: FailingWorkflow[]; all: boolean }> {
    const untilMs = Date.now() + withinMs;
    let failing = await this.look();
    while (this.next.length > 0 && Date.now() < untilMs) failing = await this.look();
    return { failing, all: this.next.length === 0 };
  }

  /** By the server; none where it does not know the mark. */
  private async marked(): Promise<string[]> {
    if (!this.marks) return [];
    try {
      const query = `${ours} AND TemporalReportedProblems IS NOT NULL`;
      const { executions } = await this.connection.workflowService.listWorkflowExecutions({ namespace: this.namespace, query, pageSize: examinedAtOnce });
      return idsOf(executions);
    } catch (error) {
      if ((error as { code?: number }).code !== grpc.invalidArgument) throw error;
      this.marks = false;
      return [];
    }
  }

  private async nextPart(): Promise<string[]> {
    const { executions, nextPageToken } = await this.connection.workflowService.listWorkflowExecutions({
      namespace: this.namespace,
      query: ours,
      pageSize: examinedAtOnce,
      nextPageToken: this.next,
    });
    this.next = nextPageToken ?? new Uint8Array();
    return idsOf(executions);
  }

  /** In this order. Where the time is over, what is known of the rest stands. */
  private async examine(ids: ReadonlySet<string>, marked: ReadonlySet<string>): Promise<void> {
    const left = [...ids].toReversed();
    const examineNext = async () => {
      for (let workflowId = left.pop(); workflowId !== undefined; workflowId = left.pop()) {
        const attempts = await this.attemptsOf(workflowId);
        this.suspected.delete(workflowId);
        const before = this.found.get(workflowId);
        // What was examined longest ago comes first in the next look.
        this.found.delete(workflowId);
        if (attempts >= attemptsAtLeast) this.found.set(workflowId, { workflowId, attempts });
        else if (before && marked.has(workflowId)) this.found.set(workflowId, before);
      }
    };
    try {
      await this.connection.withDeadline(Date.now() + answerWithinMs, () => Promise.all(Array.from({ length: inParallel }, examineNext)));
    } catch (error) {
      if ((error as { code?: number }).code !== grpc.deadlineExceeded) throw error;
    }
  }

  private async attemptsOf(workflowId: string): Promise<number> {
    try {
      const { pendingWorkflowTask } = await this.connection.workflowService.describeWorkflowExecution({ namespace: this.namespace, execution: { workflowId } });
      return pendingWorkflowTask?.attempt ?? 0;
    } catch (error) {
      // It has ended in the meantime.
      if ((error as { code?: number }).code === grpc.notFound) return 0;
      throw error;
    }
  }
}

const idsOf = (executions: { execution?: Execution | null }[] | null | undefined): string[] =>
  (executions ?? []).map(({ execution }) => String(execution?.workflowId));

/** 'spring/wave-1 (7 attempts)', the first few. */
export function failingText(failing: FailingWorkflow[]): string {
  const named = failing.slice(0, 5).map(({ workflowId, attempts }) => (attempts === undefined ? workflowId : `${workflowId} (${attempts} attempts)`));
  return `${named.join(', ')}${failing.length > 5 ? ` and ${failing.length - 5} more` : ''}`;
}
