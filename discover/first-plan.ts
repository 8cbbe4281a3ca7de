/** The plan that `rolewave init` writes: one package for one role, in a wave that waits for its date. Pure. */
import { oldAccess, type AccessRole, type OldAccess } from './access-roles.ts';
import { chosenAccounts, chosenPeople, chosenRole, DoesNotFit, receiversOf } from './choices.ts';
import { idOf, nameOf, type FoundPerson } from './people.ts';
import {
  aroundThePackage,
  descriptionOf,
  editorLine,
  legacySuggestions,
  privilegesComment,
  roleEntry,
  watchSection,
  type SystemChoice,
} from './plan-sections.ts';
import type { FoundSystem, SystemWords } from './found-system.ts';
import { inComment, list, value } from './yaml-text.ts';

export interface Wanted {
  plan?: string | undefined;
  file: string;
  system: SystemChoice;
  role: string;
  /** The role's privileges, a line each. */
  privileges: string[];
  /** Roles that the package replaces. */
  legacy: string[];
  /** Accounts that receive it in addition to those who hold it, or a role that it replaces, now. */
  people: string[];
  owner?: string | undefined;
  operators?: string[] | undefined;
}

/** Throws DoesNotFit when a requested role or account does not exist. */
export function firstPlan(found: FoundSystem, wanted: Wanted): string {
  const role = chosenRole(found, wanted.role);
  const legacy = wanted.legacy.map((name) => chosenRole(found, name));
  if (legacy.some(({ name }) => name === role.name)) throw new DoesNotFit(`'${role.name}' cannot replace itself: name another role with --legacy.`);
  const accounts = receiversOf(role, legacy, chosenAccounts(found, wanted.people));
  const { people, others, cohort, owner, operators } = chosenPeople(found, role, { cohort: accounts, owner: wanted.owner, operators: wanted.operators });
  return firstPlanText({
    plan: wanted.plan ?? idOf(role.name),
    file: wanted.file,
    system: wanted.system,
    words: found.words,
    role,
    privileges: wanted.privileges,
    packageId: idOf(role.name),
    owner,
    operators,
    cohort,
    holders: role.people.length,
    people,
    otherPeople: others,
    legacy: wanted.legacy,
    suggestedLegacy: oldAccess(found, role.name, accounts).filter((other) => !wanted.legacy.includes(other.role.name)),
  });
}

interface FirstPlan {
  plan: string;
  file: string;
  system: SystemChoice;
  words: SystemWords;
  role: AccessRole;
  privileges: string[];
  packageId: string;
  /** Ids, all of them among `people`. */
  owner: string;
  operators: string[];
  cohort: string[];
  /** How many of the cohort already hold the role. */
  holders: number;
  people: FoundPerson[];
  otherPeople: FoundPerson[];
  /** Roles that the package retires, and roles that are only suggested. */
  legacy: string[];
  suggestedLegacy: OldAccess[];
}

function firstPlanText(choice: FirstPlan): string {
  const { plan, system, role, packageId } = choice;
  const file = inComment(choice.file);
  const lines = [
    editorLine,
    `# The plan of ${inComment(plan)}, written by rolewave init from what it found in the ${choice.words.noun}. Nothing was changed there.`,
    '#',
    `#   rolewave validate ${file}    every mistake at once; needs no server`,
    `#   rolewave plan ${file}        shows what it would change; changes nothing`,
    `#   rolewave apply ${file}       starts its wave, which then waits for people`,
    '#',
    '# Read it from top to bottom, correct the guesses, and keep it in version control. docs/plan.md describes every key.',
    '',
    `plan: ${value(plan)}`,
    `description: Release of ${value(role.name).startsWith('"') ? 'one reviewed role' : role.name}`,
    '',
    ...aroundThePackage(system, choice.words, choice),
    ...packageSection(choice),
    '',
    '# The packages of a wave go live together. This wave is tentative: it gathers evidence and sign-offs, and waits for its date. An operator sets it with',
    `# rolewave set-date ${inComment(plan)}/wave-1 2030-01-15T18:00:00Z; or write goLive here instead of status.`,
    'waves:',
    '  - id: wave-1',
    '    status: tentative',
    '    # alsoSigns: [someone] # who signs in addition to the owner',
    `    packages: [{ package: ${value(packageId)} }]`,
  ];
  return `${lines.join('\n')}\n`;
}

function packageSection({ system, words, role, privileges, packageId, owner, cohort, holders, legacy, suggestedLegacy }: FirstPlan): string[] {
  return [
    '# A package is one reviewed role, ready to run: what it grants, to whom, who owns it, how it is watched and how it is rolled back.',
    'packages:',
    `  - id: ${value(packageId)}`,
    `    name: ${value(nameOf(role.name))}`,
    `    description: ${descriptionOf(role, 'What this role is for, in one sentence')}`,
    '    # Responsible for the role: signs it off and decides on its rollback.',
    `    owner: ${value(owner)}`,
    '    # low, medium or high. Medium and high: someone must accept the risk before release. High: a rollback needs two people.',
    '    risk: low',
    '    # For people, one step per line. Write what you will actually do.',
    '    rolloutSteps:',
    '      - Tell the people what changes for them, and when',
    `      - Grant the role ${value(role.name).startsWith('"') ? 'to them' : role.name} at go-live`,
    '    ownerHandoff: Who takes over from the project, from when on, and where questions go',
    '    rollbackPath:',
    '      - Revoke what this release granted; what others granted stays',
    '      - Tell the people how they work until the next release',
    '    postLaunchChecks:',
    '      - Everyone in the cohort has worked with the role within a week',
    '      - Nobody holds it who was not reviewed',
    '    maintenanceNote: When nothing may change here, such as the last two days of a month',
    ...privilegesComment(words, role, privileges),
    '    entitlements:',
    `      - ${roleEntry(system.id, role.name)}`,
    ...(legacy.length > 0
      ? [
          '    # Legacy access that is retired in the same window; a rollback restores it, except where it says design: rejected.',
          '    legacy:',
          ...legacy.map((name) => `      - ${roleEntry(system.id, name)}`),
        ]
      : []),
    ...(legacy.length > 0 && suggestedLegacy.length === 0 ? [] : legacySuggestions(system.id, suggestedLegacy, cohort.length)),
    `    # Who receives it. ${holdersText(holders, cohort.length)}`,
    `    cohort: ${list(cohort)}`,
    '    # Evidence in addition to what every package needs (handoff, notices, backup): a drill, training.',
    '    # requires: { training: true, drill: { validFor: 30d, timebox: 1h, signedBy: someone } }',
    ...watchSection('14d'),
    '    # What Rolewave fixes automatically, and how often, before it asks a person.',
    '    tune: { attempts: 2, onDrift: reconcile, onMetric: ask }',
    '    # A rollback is the owner’s decision; `automatic` only where risk is not high.',
    '    rollback: { approval: owner }',
    '    # Once it is stable, the owner confirms this often that it is still needed.',
    '    # certifyEvery: 90d',
  ];
}

function holdersText(holders: number, all: number): string {
  if (holders === 0) return 'None of them holds the role yet.';
  if (holders === all) return 'They already hold the role, and keep it as another administrator’s grant; add the people who should receive it.';
  return `${holders} of these ${all} ${holders === 1 ? 'already holds' : 'already hold'} it, and ${holders === 1 ? 'keeps' : 'keep'} it as another administrator’s grant.`;
}
