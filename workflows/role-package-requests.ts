/** Whom a package that is out asks, and whom it tells when they are silent. */
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
