/** Dependencies of activities, supplied when the worker starts, and how activities find a system. */
import type { Channel, NoticeLinks } from '../channels/channel.ts';
import type { AsideWork, Connector } from '../connectors/connector.ts';
import type { TrustedKey } from '../domain/authority/keys.ts';
import type { Notice } from '../domain/notices/request.ts';
import type { Plan } from '../domain/plan/schema.ts';
import { deniedRestore, systemOf, systemRefusal } from '../domain/site/rights.ts';
import type { Site, System } from '../domain/site/schema.ts';
import type { Rules } from '../domain/watch/verdict.ts';
import type { Store } from '../store/contract.ts';
import type { Telemetry } from '../telemetry/provider.ts';
import { asking, isUnavailable, notConfigured, notFound, siteRefuses } from './failures.ts';
import { givingBack } from './given-back.ts';

export interface ActivityDeps {
  store: Store;
  /** May be called any number of times: its owner keeps connections open and closes them when the worker ends. Activities close nothing. */
  openSystem(system: System): Promise<Connector>;
  telemetry: Telemetry;
  /**
   * What the workflow that runs under this id answers when it is asked for its state; undefined: none runs. Rejects when it does not answer in time. An answer
   * is no more than what that workflow says.
   */
  runningState(workflowId: string): Promise<unknown>;
  /** Keys that may seal messages; each seal is verified again before an effect. */
  trustedKeys: TrustedKey[];
  /** The site file as it is now: every effect and every reading asks again. */
  site(): Site;
  /** Whether this worker runs plans with a `clock`. */
  allowDemoClock: boolean;
  /** Real time, milliseconds. */
  now?: () => number;
  /** Channels that deliver notices; none by default. */
  channels?: Channel[];
  /** Base addresses of the links in notices. */
  noticeLinks?: NoticeLinks;
  /** Starts delivery of these notices, once each however often it is called; absent: no delivery. */
  startNotices?(notices: Notice[]): Promise<void>;
  /** The rules that judge evaluations; the current ones by default. */
  rules?: Rules;
  /** At most so many grants in one call of a system; without it, as many as its connector says, or 5,000. */
  grantsPerBatch?: number;
  /** How long one metric may take, and how often an unavailable provider is retried; for tests. */
  limits?: Partial<TelemetryLimits>;
}

export interface TelemetryLimits {
  metricMs: number;
  attempts: number;
  pauseMs: number;
}

export const nowMs = (deps: Pick<ActivityDeps, 'now'>): number => (deps.now ?? Date.now)();

/** Fails without retry when the plan has no such system, the site does not let the plan use it (any more), or the worker has no connection string for it. */
export function openSystem(deps: ActivityDeps, plan: Plan, systemId: string): Promise<Connector> {
  return openIf(deps, plan, systemId, systemRefusal(deps.site(), plan.plan, systemId));
}

/** As openSystem, for what revokes or reads what a release did: for that, the site need only still have the system. */
export const openToUndo = (deps: ActivityDeps, plan: Plan, systemId: string): Promise<Connector> => openIf(deps, plan, systemId, undefined);

async function openIf(deps: ActivityDeps, plan: Plan, systemId: string, refusal: string | undefined): Promise<Connector> {
  if (!plan.systems.includes(systemId)) throw notFound(`plan '${plan.plan}' has no system '${systemId}'`);
  const system = systemOf(deps.site(), systemId);
  if (refusal !== undefined || !system) throw siteRefuses(refusal ?? `the site no longer has the system '${systemId}'`);
  let opened: Connector | undefined;
  await asking(systemId, async () => {
    opened = await deps.openSystem(system).catch((error: unknown) => {
      throw error instanceof Error && !isUnavailable(error) ? notConfigured(error.message) : error;
    });
  });
  if (!opened) throw notConfigured(`system '${systemId}' could not be opened`);
  return givingBack(opened, (grant) => deniedRestore(deps.site(), systemId)(grant));
}

/** The system for work that only reads: nothing that changes access waits for it, where the kind of system can. */
export const asideOf = (connector: Connector, work: AsideWork): Connector => connector.aside?.(work) ?? connector;
