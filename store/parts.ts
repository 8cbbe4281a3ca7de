/** Parts: one release in one system, by the number that its facts and claims are stored under. */
import type { ReleaseKey } from '../domain/release/releases.ts';
import type { Session } from './session.ts';

export interface Part extends ReleaseKey {
  system: string;
}

export interface NumberedPart extends Part {
  id: number;
}

export const partKey = ({ plan, wave, package: id, system }: Part): string => [plan, wave, id, system].join('\0');

/** The numbers of these parts, by partKey; those that have none get one. */
export async function numbersOf(session: Session, parts: Part[]): Promise<Map<string, number>> {
  const wanted = [...new Map(changes(parts, isSamePart).map((part) => [partKey(part), part])).values()];
  const found = async () => new Map((await known(session, wanted)).map((part) => [partKey(part), part.id]));
  const numbers = await found();
  if (numbers.size === wanted.length) return numbers;
  await session.rows(
    `insert into rolewave.parts (plan, wave, package, system) select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
     order by 1, 2, 3, 4 on conflict do nothing`,
    columns(wanted.filter((part) => !numbers.has(partKey(part)))),
  );
  return found();
}

const known = (session: Session, parts: Part[]): Promise<NumberedPart[]> =>
  session.rows<NumberedPart>(
    `select id, plan, wave, package, system from rolewave.parts
     where (plan, wave, package, system) in (select * from unnest($1::text[], $2::text[], $3::text[], $4::text[]))`,
    columns(parts),
  );

/** Without those that follow one that is the same: thousands of facts are of one part. */
const changes = <T>(items: T[], isSame: (a: T, b: T) => boolean): T[] =>
  items.filter((item, at) => {
    const before = items[at - 1];
    return before === undefined || !isSame(before, item);
  });

export const isSamePart = (a: Part, b: Part): boolean => a.plan === b.plan && a.wave === b.wave && a.package === b.package && a.system === b.system;

export function numberOf(numbers: Map<string, number>, part: Part): number {
  const number = numbers.get(partKey(part));
  if (number === undefined) throw new Error(`the store gave '${part.package}' no number in '${part.system}'`);
  return number;
}

/** So that parts are found by the roles that they have facts or claims on. */
export async function noteRoles(session: Session, place: string, roles: { part: number; role: string; roleId?: string | undefined }[]): Promise<void> {
  const some = changes(roles, (a, b) => a.part === b.part && a.role === b.role && a.roleId === b.roleId);
  const each = [...new Map(some.map((one) => [`${one.part} ${one.roleId ?? ''} ${one.role}`, one])).values()];
  await session.rows(
    `insert into rolewave.part_roles (place, part, role, role_id) select $1, * from unnest($2::int[], $3::text[], $4::text[]) order by 2, 3, 4 on conflict do nothing`,
    [place, each.map(({ part }) => part), each.map(({ role }) => role), each.map(({ roleId }) => roleId ?? '')],
  );
}

/** The parts of a release, by system. */
export const partsOf = (session: Session, { plan, wave, package: id }: ReleaseKey, system?: string): Promise<NumberedPart[]> =>
  session.rows<NumberedPart>(
    `select id, plan, wave, package, system from rolewave.parts where plan = $1 and wave = $2 and package = $3 and ($4::text is null or system = $4)
     order by system`,
    [plan, wave, id, system ?? null],
  );

export const partsWithNumbers = (session: Session, numbers: number[]): Promise<NumberedPart[]> =>
  session.rows<NumberedPart>('select id, plan, wave, package, system from rolewave.parts where id = any($1::int[])', [numbers]);

const columns = (parts: Part[]): string[][] => [
  parts.map(({ plan }) => plan),
  parts.map(({ wave }) => wave),
  parts.map((part) => part.package),
  parts.map(({ system }) => system),
];
