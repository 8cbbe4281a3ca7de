/**
 * The demonstration's directory: the people of the company as entries, and the service desk's groups, as they were before Rolewave changes anything. It is
 * created in the demonstration's OpenLDAP, and read directly to show what a release did there.
 */
import { randomBytes } from 'node:crypto';
import { Attribute, Change, Client, EqualityFilter, type Entry } from 'ldapts';

const suffix = 'dc=example,dc=com';
const peopleBase = `ou=people,${suffix}`;
const groupsBase = `ou=groups,${suffix}`;
/** In each group, because the schema wants a member; nobody can sign in as it. */
const nobody = `cn=nobody,${suffix}`;
const loginDn = (login: Login) => `cn=${login},ou=logins,${suffix}`;
const logins = ['rolewave', 'records-admin'] as const;
type Login = (typeof logins)[number];

/** Of the service desk: two reviewed groups, and the old one that they replace, with those who have been in it for years. */
export const deskGroups: { name: string; description: string; members: string[] }[] = [
  { name: 'service-desk-resolvers', description: 'Resolve tickets, unlock accounts, reset sessions', members: [] },
  { name: 'emergency-elevation', description: 'Elevate for fifteen minutes, logged', members: [] },
  { name: 'shared-administrators', description: 'May use the shared administrator account', members: ['ben.carter', 'aylin.yildiz', 'marcus.weber'] },
];

/** How OpenLDAP is started for it. */
export const directorySettings = {
  suffix,
  administrator: `cn=admin,${suffix}`,
  logReader: loginDn('rolewave'),
  // Everybody on this machine may look, and the two logins change members: Rolewave's, and that of records management, as years ago.
  access: [
    'to attrs=userPassword by anonymous auth by * none',
    `to dn.subtree="${groupsBase}" attrs=member,description by dn.exact="${loginDn('rolewave')}" write by dn.exact="${loginDn('records-admin')}" write by * read`,
    'to * by * read',
  ],
};

export interface CompanyPerson {
  account: string;
  name: string;
  team: string;
}

/** Creates what is missing and changes nothing else, except the passwords of logins, which are new at every start. Resolves with Rolewave's connection string. */
export async function prepareDirectory({ url, password }: { url: string; password: string }, people: CompanyPerson[]): Promise<string> {
  const passwords = Object.fromEntries(logins.map((login) => [login, randomBytes(24).toString('base64url')])) as Record<Login, string>;
  await signedIn(url, directorySettings.administrator, password, async (client) => {
    await ensure(client, suffix, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example Company' });
    for (const unit of ['people', 'groups', 'logins']) await ensure(client, `ou=${unit},${suffix}`, { objectClass: 'organizationalUnit', ou: unit });
    await ensure(client, nobody, { objectClass: 'organizationalRole', cn: 'nobody' });
    for (const login of logins) {
      const isNew = await ensure(client, loginDn(login), {
        objectClass: ['organizationalRole', 'simpleSecurityObject'],
        cn: login,
        userPassword: passwords[login],
      });
      if (!isNew) await client.modify(loginDn(login), changed('replace', 'userPassword', passwords[login]));
    }
    for (const { account, name, team } of people)
      await ensure(client, personDn(account), {
        objectClass: 'inetOrgPerson',
        uid: account,
        cn: name,
        sn: name.split(' ').at(-1) ?? name,
        departmentNumber: team,
      });
  });
  await signedIn(url, directorySettings.administrator, password, async (client) => {
    for (const { name, description, members } of deskGroups) {
      const isNew = await ensure(client, groupDn(name), { objectClass: 'groupOfNames', cn: name, description, member: nobody });
      if (isNew && members.length > 0)
        await signedIn(url, loginDn('records-admin'), passwords['records-admin'], (records) =>
          records.modify(groupDn(name), changed('add', 'member', ...members.map(personDn))),
        );
    }
  });
  return url.replace('://', `://${encodeURIComponent(loginDn('rolewave'))}:${passwords.rolewave}@`);
}

/** Who is in which of the groups now: as anybody on this machine can read it. */
export async function readDesk(url: string): Promise<{ role: string; account: string }[]> {
  const client = new Client({ url, timeout: 10_000, connectTimeout: 5_000 });
  try {
    const { searchEntries } = await client.search(groupsBase, {
      scope: 'one',
      filter: new EqualityFilter({ attribute: 'objectClass', value: 'groupOfNames' }),
      attributes: ['cn', 'member'],
    });
    return searchEntries.flatMap((entry) =>
      textsOf(entry, 'member')
        .filter((dn) => dn !== nobody)
        .map((dn) => ({ role: textsOf(entry, 'cn')[0] ?? entry.dn, account: accountOf(dn) })),
    );
  } finally {
    await client.unbind().catch(() => undefined);
  }
}

const personDn = (account: string) => `uid=${account},${peopleBase}`;
const groupDn = (name: string) => `cn=${name},${groupsBase}`;
const accountOf = (dn: string) => /^uid=([^,]+),/.exec(dn)?.[1] ?? dn;
const textsOf = (entry: Entry, attribute: string): string[] => [entry[attribute] ?? []].flat().map(String);
const changed = (operation: 'add' | 'replace', type: string, ...values: string[]) => new Change({ operation, modification: new Attribute({ type, values }) });

/** False where it is there already. */
async function ensure(client: Client, dn: string, attributes: Record<string, string | string[]>): Promise<boolean> {
  try {
    await client.add(dn, attributes);
    return true;
  } catch (error) {
    const alreadyExists = 68;
    if ((error as { code?: unknown }).code === alreadyExists) return false;
    throw error;
  }
}

async function signedIn<T>(url: string, dn: string, password: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ url, timeout: 30_000, connectTimeout: 5_000 });
  try {
    await client.bind(dn, password);
    return await work(client);
  } finally {
    await client.unbind().catch(() => undefined);
  }
}
