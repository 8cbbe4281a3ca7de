/** Everything in a realm that plans could name: groups, roles of the realm and of its clients, and people. Complete or an error; changes nothing. */
import { z } from 'zod';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { userSchema, type Account } from './accounts.ts';
import { clientSchema, roleSchema, type Client, type Entitlement, type Group, type Role } from './entitlements.ts';
import { clientRoleName, readName, realmRoleName } from './names.ts';
import { allPages } from './pages.ts';
import type { Realm } from './realm.ts';

export interface Listed {
  entitlement: Entitlement;
  /** What Keycloak says that it is for. */
  description: string | undefined;
}

const groupSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  path: z.string(),
  parentId: z.string().optional(),
  description: z.string().nullish(),
  subGroupCount: z.number().optional(),
});
type ListedGroup = z.output<typeof groupSchema>;
const describedRole = roleSchema.extend({ description: z.string().nullish() });
const realmSchema = z.object({ defaultRole: z.object({ id: z.string() }).optional() });

/** Each of them is then asked about by itself. */
const mostEntitlements = 20_000;
const requestsAtOnce = 8;

/** Without Rolewave's own group of locks, and without the role that Keycloak gives to everyone. */
export async function allEntitlements(realm: Realm): Promise<Listed[]> {
  const { session, settings } = realm;
  const { defaultRole } = await session.get({ about: `realm '${settings.realm}' cannot be read`, path: [] }, realmSchema);
  const groups = await allGroups(realm);
  const roles = (await rolesAt(realm, 'roles of the realm cannot be read', ['roles'], undefined)).filter(({ entitlement: { id } }) => id !== defaultRole?.id);
  const clients = await pages(realm, 'clients of the realm cannot be read', ['clients'], clientSchema);
  const ofClients = await eachOf(clients, (client) =>
    rolesAt(realm, `roles of client '${client.clientId}' cannot be read`, ['clients', client.id, 'roles'], client),
  );
  const all = [...groups, ...roles, ...ofClients.flat()];
  assertFew(all.length);
  return all;
}

/** Without service accounts of clients, which no plan can name. */
export async function allAccounts(realm: Realm): Promise<Account[]> {
  const users = await pages(realm, 'the people of the realm cannot be read', ['users'], userSchema);
  return users.map((user) => realm.accounts.accountOf(user));
}

/** Groups that the role comes with, by their paths. */
export async function groupsWith(realm: Realm, { role, client, name }: Role): Promise<string[]> {
  const path = client ? ['clients', client.id, 'roles', role, 'groups'] : ['roles', role, 'groups'];
  return (await pages(realm, `which groups have '${name}' cannot be read`, path, groupSchema)).map((group) => group.path);
}

/** In their order, some at once. */
export async function eachOf<T, R>(all: readonly T[], ask: (each: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  const next = all.entries();
  const work = async () => {
    for (const [at, each] of next) answers[at] = await ask(each);
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, work));
  return answers;
}

async function allGroups(realm: Realm): Promise<Listed[]> {
  const found: Listed[] = [];
  let read = 0;
  const tops = await pages(realm, 'groups of the realm cannot be read', ['groups'], groupSchema);
  let level = tops.filter(({ name }) => name !== realm.settings.lockGroup);
  while (level.length > 0) {
    found.push(...level.filter(({ path }) => readName(path)?.kind === 'group').map(listedGroup));
    // Also of those that have no name of an entitlement, so that a server cannot go on for ever.
    read += level.length;
    assertFew(read);
    const parents = level.filter(({ subGroupCount }) => subGroupCount !== 0);
    const below = await eachOf(parents, async ({ id, path }) => {
      const children = await pages(realm, `groups below '${path}' cannot be read`, ['groups', id, 'children'], groupSchema);
      return children.map((child) => ({ ...child, parentId: id }));
    });
    level = below.flat();
  }
  return found;
}

const listedGroup = ({ id, path, parentId, description }: ListedGroup): Listed => ({
  entitlement: { kind: 'group', id, name: path, parentId, attributes: {}, mayManage: undefined } satisfies Group,
  description: description || undefined,
});

async function rolesAt(realm: Realm, about: string, path: string[], client: Client | undefined): Promise<Listed[]> {
  const roles = await pages(realm, about, path, describedRole);
  return roles
    .map(({ id, name, composite, description }) => ({
      entitlement: {
        kind: client ? ('client' as const) : ('realm' as const),
        id,
        name: client ? clientRoleName(client.clientId, name) : realmRoleName(name),
        role: name,
        composite,
        client,
      },
      // Keycloak's own roles have a key of its texts instead.
      description: description && !/^\$\{.*\}$/.test(description) ? description : undefined,
    }))
    .filter(({ entitlement: { name } }) => readName(name) !== undefined);
}

const pages = <T extends { id: string }>({ session }: Realm, about: string, path: string[], schema: z.ZodType<T>): Promise<T[]> =>
  allPages(about, (first, max) => session.get({ about, path, query: { first, max, briefRepresentation: true } }, z.array(schema)));

function assertFew(count: number): void {
  if (count > mostEntitlements) throw new SystemUnavailable(`the realm has more than ${mostEntitlements} groups and roles, and Rolewave reads at most so many`);
}
