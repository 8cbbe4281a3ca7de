/** The plan that `rolewave observe` writes: a role that is already live, its current holders, and a wave that only observes. Pure. */
import type { AccessRole } from './access-roles.ts';
import { chosenPeople, chosenRole, DoesNotFit } from './choices.ts';
import { idOf, nameOf, type FoundPerson } from './people.ts';
import {
  aroundThePackage,
  descriptionOf,
  descriptionOfSystem,
  editorLine,
  privilegesComment,
  roleEntry,
  watchSection,
  type SystemChoice,
} from './plan-sections.ts';
import type { FoundSystem, SystemWords } from './found-system.ts';
import { commented, inComment, list, value } from './yaml-text.ts';

export interface Wanted {
  plan?: string | undefined;
  system: SystemChoice;
  role: string;
  /** The role's privileges, a line each. */
  privileges: string[];
  owner?: string | undefined;
  operators?: string[] | undefined;
  /** In the plan's form: `14d`. */
  watch: string;
  /** Real time; whole seconds. */
  goLiveMs: number;
}

export interface Observed {
  text: string;
  plan: string;
  packageId: string;
  people: number;
  operators: string[];
  /** Of the system: `PostgreSQL 18.1, database erp`. */
  description: string;
}

/** Throws DoesNotFit when there is nothing to observe. */
export function observedPlan(found: FoundSystem, wanted: Wanted): Observed {
  const role = chosenRole(found, wanted.role);
  if (role.people.length === 0) {
    const through =
      role.groups.length === 0
        ? ''
        : ` People have it through ${role.groups.slice(0, 5).join(', ')}: observe ${role.groups.length === 1 ? 'that role' : 'one of those'}.`;
    throw new DoesNotFit(`Nobody holds '${role.name}' directly, so there is nobody to observe.${through}`);
  }
  const { people, cohort, owner, operators } = chosenPeople(found, role, { cohort: role.people, owner: wanted.owner, operators: wanted.operators });
  const packageId = idOf(role.name);
  const plan = wanted.plan ?? `observe-${packageId}`.slice(0, 63);
  const text = observedPlanText({ ...wanted, words: found.words, plan, role, packageId, owner, operators, cohort, people });
  return { text, plan, packageId, people: cohort.length, operators, description: descriptionOfSystem(found) };
}

interface ObservedPlan {
  plan: string;
  system: SystemChoice;
  words: SystemWords;
  role: AccessRole;
  privileges: string[];
  packageId: string;
  owner: string;
  operators: string[];
  /** Ids of the people who hold the role now. */
  cohort: string[];
  people: FoundPerson[];
  /** In the plan's form: `14d`. */
  watch: string;
  /** Real time; whole seconds. */
  goLiveMs: number;
}

function observedPlanText(choice: ObservedPlan): string {
  const { plan, system, words, role, privileges, packageId, cohort, goLiveMs } = choice;
  const name = inComment(role.name);
  const lines = [
    editorLine,
    `# ${name} is already live: this plan observes it and cannot change anything. Written by rolewave observe from what it found just before.`,
    '#',
    '# The people below hold the role today. Every day, Rolewave evaluates who holds it and what it may do, and reports what it would tune or roll',
    '# back. It does neither, because the wave only observes (change: observe). With readOnly: true for the system in the site file, its connection',
    '# could not change anything either. To let Rolewave manage the role later, remove both, and give the worker a login that may grant it.',
    '',
    `plan: ${value(plan)}`,
    '',
    ...aroundThePackage(system, words, { ...choice, otherPeople: [] }),
    'packages:',
    `  - id: ${value(packageId)}`,
    `    name: ${value(nameOf(role.name))}`,
    `    description: ${descriptionOf(role, 'A role that is already live and is observed')}`,
    '    # Responsible for the role, and asked about what an evaluation finds.',
    `    owner: ${value(choice.owner)}`,
    '    risk: low',
    '    rolloutSteps: [Nothing is granted; the role is live and is only observed]',
    '    ownerHandoff: The owner is already responsible for the role',
    '    rollbackPath: [Nothing to revoke; the role’s administrator does what an evaluation proposes]',
    '    postLaunchChecks: [Nobody holds the role who is not in this plan, The privileges of the role do not change]',
    '    maintenanceNote: Observing has no effect on the system',
    ...privilegesComment(words, role, privileges),
    '    entitlements:',
    `      - ${roleEntry(system.id, role.name)}`,
    ...(role.groups.length === 0 ? [] : commented([words.alsoHeldBy(inComment(role.groups.slice(0, 10).join(', ')))], '    ')),
    '    # The people who hold it today. Anyone who gets it later is reported as unreviewed access until the plan names them.',
    `    cohort: ${list(cohort)}`,
    ...watchSection(choice.watch),
    '',
    '# It begins at goLive: nothing needs a sign-off, because nothing changes. Apply it before then, or write a later instant.',
    'waves:',
    '  - id: observe',
    `    goLive: ${new Date(goLiveMs).toISOString().slice(0, 19)}Z`,
    `    packages: [{ package: ${value(packageId)}, change: observe }]`,
  ];
  return `${lines.join('\n')}\n`;
}
