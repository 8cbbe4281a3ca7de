/** What `rolewave init` has to know about a first plan: from its options, or from the answers of a person, who is asked again after a wrong one. */
import { untilRight } from './again.ts';
import { badInput } from './exit-codes.ts';
import type { Io } from './io.ts';
import { listOf } from './options.ts';
import { count, printable } from './printable.ts';
import type { ReadableKind } from './readable-kinds.ts';
import { asFailure } from './system-choice.ts';

interface Given {
  role?: string;
  legacy?: string;
  people?: string;
  owner?: string;
  operators?: string;
  /** Ask nothing and use the defaults. */
  yes?: boolean;
}

interface Answers {
  role: string;
  /** Accounts. */
  people: string[];
  /** Undefined: the default. */
  owner: string | undefined;
  operators: string[] | undefined;
}

/** What fits the system that was read; each throws where it does not (discover/choices.ts). */
interface Choices {
  roles(): Choice['roles'];
  role(name: string): string;
  people(role: string, people: string[]): string[];
  responsible(role: string, people: string[], who: { owner: string | undefined; operators?: string[] | undefined }): void;
}

interface Asking {
  io: Io;
  ask: boolean;
  kind: ReadableKind;
  /** How the system calls things. */
  words: Omit<Choice, 'roles'>;
}

export async function answersAbout(choices: Choices, given: Given, { io, ask, kind, words }: Asking): Promise<Answers> {
  /** What `check` makes of an option, or of the first answer that it accepts. */
  const right = <T>(option: string | undefined, question: (io: Io) => Promise<string | undefined>, check: (text: string | undefined) => T): Promise<T> =>
    untilRight(
      io,
      async (asking) => check(option ?? (await question(asking))),
      (error) => asFailure(error, kind),
    );
  const asked = (question: string) => async (asking: Io) => (ask ? (await asking.ask(question)) || undefined : undefined);

  const role = await right(
    given.role,
    (asking) => chooseRole({ ...words, roles: choices.roles() }, asking, ask, given.yes === true),
    (name = '') => choices.role(name),
  );
  const people = await right(given.people, asked(receivers(role)), (text) => choices.people(role, listOf(text) ?? []));
  const owner = await right(given.owner, asked(whoOwns(role)), (text) => {
    choices.responsible(role, people, { owner: text });
    return text;
  });
  const operators = await right(given.operators, asked(whoOperates), (text) => {
    choices.responsible(role, people, { owner, operators: listOf(text) });
    return listOf(text);
  });
  return { role, people, owner, operators };
}

interface Choice {
  /** There is at least one. */
  roles: { name: string; people: string[]; groups: string[] }[];
  /** `database books` */
  place: string;
  /** `group role`, `group roles` */
  group: string;
  groups: string;
}

/** `usual`: the first, without a question. */
async function chooseRole({ roles, place, group, groups: several }: Choice, io: Io, ask: boolean, usual: boolean): Promise<string> {
  const first = roles[0]?.name ?? '';
  if (usual || (roles.length === 1 && !ask)) return first;
  const shown = roles.slice(0, 40);
  const lines = shown.map(
    ({ name, people, groups }, index) => `  ${String(index + 1).padStart(2)}  ${printable(name)}: ${heldBy(people.length, groups.length, group, several)}`,
  );
  if (!ask) throw badInput(`Which role? Name it with --role:\n${lines.join('\n')}`, { code: 'which-role', roles: roles.map(({ name }) => name) });
  io.err(
    `Roles of ${place} that look like access:\n${lines.join('\n')}${roles.length > shown.length ? `\n  and ${roles.length - shown.length} more; enter the name` : ''}`,
  );
  const answer = (await io.ask(`Which one should be the first package? Enter its number or name. [1]`)) || '1';
  const byNumber = /^\d+$/.test(answer) ? shown[Number(answer) - 1] : undefined;
  if (/^\d+$/.test(answer) && !byNumber) throw badInput(`Number ${answer} is not on the list.`);
  return byNumber?.name ?? answer;
}

const heldBy = (people: number, groups: number, group: string, several: string) =>
  [people > 0 ? `held by ${count(people, 'person', 'people')}` : '', groups > 0 ? `held by ${count(groups, group, several)}` : '']
    .filter((part) => part !== '')
    .join(', ');

const receivers = (role: string) => `Who else should receive ${printable(role)}, in addition to those who hold it now? Accounts, separated by commas. [nobody]`;

const whoOwns = (role: string) => `Who owns ${printable(role)}? An account, or an id such as olga.berg. [its administrator, or else its first holder]`;
const whoOperates =
  'Who applies the plan and runs its waves? Accounts or ids, separated by commas; somebody besides the owner, where nobody may decide alone. [the owner]';
