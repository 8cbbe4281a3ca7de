/** Whom a package that is out asks, and whom it tells when they are silent. */
import type { Ask } from '../domain/notices/ask.ts';
import { nextAsk, packageAsks, type PackageStanding } from '../domain/notices/package-asks.ts';
import { noRequests, tellPeople } from './requests.ts';
import type { RolePackageState } from './role-package-state.ts';

/** Brings what is asked of people to the outbox: new requests, those that nobody answered in time, and those that need nobody any more. */
export function tellOfPackage(state: RolePackageState): void {
  const { data, input } = state;
  const { notices } = state.standing;
  if (!notices) return;
  const nowMs = state.nowMs();
  data.requests ??= noRequests();
  const standing = standingOf(state);
  const silent = state.ended() || data.resting !== undefined;
  const address = { plan: input.plan, wave: input.wave, package: state.id };
  const told = tellPeople(data.requests, data.inbox, address, silent ? [] : packageAsks(standing, nowMs), notices, nowMs);
  const opens = silent ? undefined : nextAsk(standing, nowMs);
  state.nextTellingMs = told === undefined || opens === undefined ? (told ?? opens) : Math.min(told, opens);
}

/** The last word of a package that somebody cancelled in the engine: nothing that was asked can be answered any more, and a person decides what becomes of what is out. */
export function tellOfCancelledPackage(state: RolePackageState): void {
  const { data, input } = state;
  const { name, owner } = state.section.package;
  const ask: Ask = {
    key: 'cancelled',
    kind: 'cancelled',
    to: [...new Set([owner, ...state.operators])],
    delegates: [],
    text: `${name} was cancelled in Temporal: nothing was taken back, and nobody watches it any more. Decide what becomes of the access that is out.`,
    command: `rolewave show ${input.plan}/${input.wave}/${state.id}`,
    urgent: true,
  };
  data.requests ??= noRequests();
  tellPeople(data.requests, data.inbox, { plan: input.plan, wave: input.wave, package: state.id }, [ask], state.standing.notices, state.nowMs());
}

function standingOf(state: RolePackageState): PackageStanding {
  const { proposal, stableSinceMs, certifiedMs, riskUntilMs, ownerGone } = state.data;
  const { certifyEvery } = state.section.package;
  return {
    plan: state.input.plan,
    wave: state.input.wave,
    section: state.section,
    operators: state.operators,
    ...(proposal ? { proposal: { ...proposal, approvedBy: approversOf(proposal) } } : {}),
    approved: state.rollbackApproval() !== undefined,
    ...(certifyEvery !== undefined && stableSinceMs !== undefined ? { certifyFromMs: (certifiedMs ?? stableSinceMs) + certifyEvery } : {}),
    ...(riskUntilMs === undefined ? {} : { riskExpiresMs: riskUntilMs }),
    ownerGone: ownerGone !== undefined,
  };
}

export const approversOf = ({ approval, second }: { approval?: { by: string }; second?: { by: string } }): string[] =>
  [approval, second].flatMap((one) => (one ? [one.by] : []));
