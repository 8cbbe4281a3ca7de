/** Separation of duties leaves somebody who can approve each package: otherwise a sign-off would be asked of nobody, on the day of the go-live. */
import type { Site } from '../../site/schema.ts';
import { entriesOf, quote } from '../places.ts';
import type { Draft, DraftPlan, Finding } from '../places.ts';
import type { RolePackage, Wave } from '../schema.ts';
import type { SiteRule } from './rule.ts';

/** Anyone who applies the plan is one of its operators, and no longer counts then. */
function* someoneElseApproves(plan: DraftPlan, { separationOfDuties: site }: Site): Generator<Finding> {
  const operators = known(plan.operators);
  // What the schema refused may be the one.
  if (operators.length < (plan.operators?.length ?? 0)) return;
  for (const [waveIndex, wave] of entriesOf(plan.waves)) {
    for (const [index, { package: id, change }] of entriesOf(wave.packages)) {
      const found = [...entriesOf(plan.packages)].find(([, one]) => one.id === id)?.[1];
      if (!found?.owner || (change !== 'release' && change !== 'revise')) continue;
      const receivers = new Set(site.signerMayBeGranted ? [] : found.cohort);
      const independent = maySign(plan, wave, found, operators).filter((person) => !receivers.has(person));
      const remains = (applier: string) => independent.some((person) => site.applierMayBeOnlySigner || person !== applier);
      if (operators.some(remains)) continue;
      yield {
        path: ['waves', waveIndex, 'packages', index, 'package'],
        say: () =>
          `nobody could approve package ${quote(id)} who neither applies the plan nor receives the access: add an operator, a delegate of the owner, or someone to alsoSigns. The site file can allow it for a team of one, under separationOfDuties`,
      };
    }
  }
}

function maySign({ delegates }: DraftPlan, { alsoSigns }: Draft<Wave>, { id, owner }: Draft<RolePackage>, operators: string[]): string[] {
  const standIns = [...entriesOf(delegates)].flatMap(([, { of, to, packages }]) =>
    of === owner && to !== undefined && (packages === undefined || packages.includes(id)) ? [to] : [],
  );
  return [...new Set([...known([owner]), ...standIns, ...known(alsoSigns), ...operators])];
}

const known = (people: readonly (string | undefined)[] = []): string[] => people.filter((person) => person !== undefined);

export const separationRules: SiteRule[] = [someoneElseApproves];
