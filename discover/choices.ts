/** Chooses the people of a plan from what was found and what was requested. Pure. */
import { didYouMean } from '../domain/plan/nearest.ts';
import { quote } from '../domain/plan/places.ts';
import { accessRole, accessRoles, accounts, grantableNames, type AccessRole } from './access-roles.ts';
import { idOf, nameOf, peopleOf, type FoundPerson } from './people.ts';
import type { FoundSystem } from './found-system.ts';
import { isPersonId, personIdForm } from '../domain/plan/fields.ts';

/** A request does not match what the system has; the message says what to write instead. */
export class DoesNotFit extends Error {
  override readonly name = 'DoesNotFit';
}

/** Throws DoesNotFit for a role that cannot be granted. */
export function chosenRole(system: FoundSystem, name: string): AccessRole {
  const role = accessRole(system, name);
  if (role) return role;
  const other = system.roles.find((each) => each.name === name);
  if (other?.superuser) throw new DoesNotFit(`${quote(name)} ${system.words.tooMuch}; Rolewave does not grant such access. Choose another role.`);
  if (other) throw new DoesNotFit(`${quote(name)} may log in, so it is an account and not a role to grant. ${system.words.chooseRole}`);
  const known = grantableNames(system);
  throw new DoesNotFit(`${placeOf(system)} has no role ${quote(name)}${ended(didYouMean(name, known))}${listed(known)}`);
}

/** Roles that look like access, those with the most holders first; throws DoesNotFit where there is none. */
export function rolesToChoose(system: FoundSystem): AccessRole[] {
  const roles = accessRoles(system).filter(({ isPrivilege }) => !isPrivilege);
  if (roles.length > 0) return roles;
  throw new DoesNotFit(system.words.noRoles(quote(system.name)));
}

export interface ChosenPeople {
  /** Everyone whom the plan names, once. */
  people: FoundPerson[];
  /** Logins that were found and are not in the plan. */
  others: FoundPerson[];
  cohort: string[];
  owner: string;
  operators: string[];
}

export interface Wanted {
  /** Accounts that receive the role. */
  cohort: string[];
  /** By account or id; by default the first person who may administer the role, else the first of the cohort. */
  owner?: string | undefined;
  /** By account or id; by default the owner. */
  operators?: string[] | undefined;
}

export function chosenPeople(system: FoundSystem, role: AccessRole, wanted: Wanted): ChosenPeople {
  const found = peopleOf(system.roles.filter(({ login }) => login).map(({ name }) => name));
  const byAccount = new Map(found.map((person) => [person.account ?? person.id, person]));
  const byId = new Map(found.map((person) => [person.id, person]));
  const personFor = (name: string): FoundPerson => byAccount.get(name) ?? byId.get(name) ?? withoutAccount(name, system.words.noun);
  const cohort = [...new Set(wanted.cohort)].map(personFor);
  const owner = personFor(wanted.owner ?? role.administrators[0] ?? wanted.cohort[0] ?? '');
  const operators = (wanted.operators ?? [owner.id]).map(personFor);
  const people = [...new Map([...cohort, owner, ...operators].map((person) => [person.id, person])).values()];
  const named = new Set(people.map(({ id }) => id));
  const mayBePeople = new Set(accounts(system));
  const others = found.filter((person) => !named.has(person.id) && mayBePeople.has(person.account ?? person.id));
  return { people, others, cohort: cohort.map(({ id }) => id), owner: owner.id, operators: [...new Set(operators.map(({ id }) => id))] };
}

/** An owner or signer does not need an account in the system. */
function withoutAccount(id: string, noun: string): FoundPerson {
  if (!isPersonId(id))
    throw new DoesNotFit(`${quote(id)} is neither an account of the ${noun} nor a valid id of a person: ${personIdForm}; write one such as ${idOf(id)}.`);
  return { id, name: nameOf(id) };
}

/** Accounts by name, as people type them; throws DoesNotFit for an unknown one. */
export function chosenAccounts(system: FoundSystem, names: string[]): string[] {
  const known = accounts(system);
  for (const name of names) {
    if (!known.includes(name))
      throw new DoesNotFit(`${placeOf(system)} has no ${system.words.login} ${quote(name)}${ended(didYouMean(name, known))} Create it first, or leave it out.`);
  }
  return names;
}

/** Accounts that receive the role: those who hold it or what it replaces now, and `more`. Throws DoesNotFit where there is nobody. */
export function receiversOf(role: AccessRole, legacy: AccessRole[], more: string[]): string[] {
  const receivers = [...new Set([...role.people, ...legacy.flatMap(({ people }) => people), ...more])];
  if (receivers.length > 0) return receivers;
  throw new DoesNotFit(
    `Nobody holds '${role.name}' yet: name the people who receive it with --people, or the access that it replaces with --legacy, separated by commas.`,
  );
}

/** The choices of a first plan, one by one; each throws DoesNotFit. `legacy`: roles that the package replaces. */
export function choicesIn(system: FoundSystem, legacy: string[]) {
  const roleOf = (name: string) => chosenRole(system, name);
  // No answer about anything else would put it right.
  const replaced = legacy.map(roleOf);
  const receivers = (role: string, people: string[]) => receiversOf(roleOf(role), replaced, chosenAccounts(system, people));
  return {
    roles: () => rolesToChoose(system),
    role: (name: string) => roleOf(name).name,
    people(role: string, people: string[]): string[] {
      receivers(role, people);
      return people;
    },
    responsible(role: string, people: string[], who: Omit<Wanted, 'cohort'>): void {
      chosenPeople(system, roleOf(role), { cohort: receivers(role, people), ...who });
    },
  };
}

const placeOf = ({ words: { noun }, name }: FoundSystem) => `${noun.charAt(0).toUpperCase()}${noun.slice(1)} ${quote(name)}`;
const ended = (text: string) => (text === '' ? '.' : text);
const listed = (names: string[]) =>
  names.length === 0
    ? ''
    : ` There ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, 10).join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}.`;
