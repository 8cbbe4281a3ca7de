/**
 * Waves and packages whose workflow tasks fail again and again: their code cannot go on, and nothing else shows it. Temporal marks them by a search attribute
 * from server 1.30 on; on an older one their pending task is looked at, as many workflows at a time as a server answers in a moment.
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
const inParallel = 8;
const grpc = { invalidArgument: 3, notFound: 5 } as const;

const ours = `ExecutionStatus = 'Running' AND WorkflowType IN ('${workflowTypes.wave}', '${workflowTypes.rolePackage}')`;

export class WorkflowWatch {
  private readonly connection: Connected;
  private readonly namespace: string;
  private marks = true;
  private next: Uint8Array = new Uint8Array();
  private found: FailingWorkflow[] = [];

  constructor(connection: Connected, namespace: string) {
    this.connection = connection;
    this.namespace = namespace;
  }

  /**
   * What fails, as far as it is known: each call looks at the next part of a large namespace, and again at what failed before. Rejects when the server does not
   * answer within seconds.
   */
  async look(): Promise<FailingWorkflow[]> {
    return this.connection.withDeadline(Date.now() + answerWithinMs, async () => (this.found = (await this.marked()) ?? (await this.examined())));
  }

  /** Undefined: the server does not know the mark. */
  private async marked(): Promise<FailingWorkflow[] | undefined> {
    if (!this.marks) return undefined;
    try {
      const query = `${ours} AND TemporalReportedProblems IS NOT NULL`;
      const { executions } = await this.connection.workflowService.listWorkflowExecutions({ namespace: this.namespace, query, pageSize: examinedAtOnce });
      return (executions ?? []).map(({ execution }) => ({ workflowId: String(execution?.workflowId) }));
    } catch (error) {
      if ((error as { code?: number }).code !== grpc.invalidArgument) throw error;
      this.marks = false;
      return undefined;
    }
  }

  private async examined(): Promise<FailingWorkflow[]> {
    const { executions, nextPageToken } = await this.connection.workflowService.listWorkflowExecutions({
      namespace: this.namespace,
      query: ours,
      pageSize: examinedAtOnce,
      nextPageToken: this.next,
    });
    this.next = nextPageToken ?? new Uint8Array();
    const ids = new Set([...this.found.map(({ workflowId }) => workflowId), ...(executions ?? []).map(({ execution }) => String(execution?.workflowId))]);
    const failing: FailingWorkflow[] = [];
    const left = [...ids];
    const examineNext = async () => {
      for (let workflowId = left.pop(); workflowId !== undefined; workflowId = left.pop()) {
        const attempts = await this.attemptsOf(workflowId);
        if (attempts >= attemptsAtLeast) failing.push({ workflowId, attempts });
      }
    };
    await Promise.all(Array.from({ length: inParallel }, examineNext));
    return failing.toSorted((a, b) => (a.workflowId < b.workflowId ? -1 : 1));
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

/** 'spring/wave-1 (7 attempts)', the first few. */
export function failingText(failing: FailingWorkflow[]): string {
  const named = failing.slice(0, 5).map(({ workflowId, attempts }) => (attempts === undefined ? workflowId : `${workflowId} (${attempts} attempts)`));
  return `${named.join(', ')}${failing.length > 5 ? ` and ${failing.length - 5} more` : ''}`;
}
