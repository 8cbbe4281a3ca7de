/** How each kind of system is spoken of. */
import type { SystemDetails } from '../domain/site/system-entry.ts';
import type { SystemWords } from './found-system.ts';

const ofPostgres: SystemWords = {
  noun: 'database',
  login: 'login',
  group: 'group role',
  groups: 'group roles',
  tooMuch: 'is a superuser',
  chooseRole: 'Choose a group role (NOLOGIN).',
  noRoles: (name) =>
    `No role of database ${name} looks like access: nobody holds a group role (NOLOGIN, not pg_…, no superuser). Create one (CREATE ROLE month_end_close NOLOGIN; GRANT month_end_close TO someone), or name a role without holders with --role and its people with --people.`,
  alsoHeldBy: (names) => `Group roles hold it too, and pass it on to their members: ${names}. These are not drift; a new one is.`,
  mayDo: (role) => `What ${role} may do in this database:`,
  mayDoNothing: (role) => `${role} has no privileges of its own in this database.`,
  takesSql: true,
};

const ofLdap: SystemWords = {
  noun: 'directory',
  login: 'account',
  group: 'group',
  groups: 'groups',
  tooMuch: 'is a superuser',
  chooseRole: 'Choose a group.',
  noRoles: (name) =>
    `No group below ${name} has a member, so nothing looks like access. Name another place with --base, or a group without members with --role and its people with --people.`,
  alsoHeldBy: (names) => `Groups, or entries that are no people, are members too: ${names}. These are not drift; a new one is.`,
  mayDo: (role) => `What the directory shows of what ${role} may do:`,
  mayDoNothing: (role) => `${role} is a member of no other group; what it may do is decided by the applications that ask for it.`,
  takesSql: false,
};

const ofScim: SystemWords = {
  noun: 'SCIM server',
  login: 'account',
  group: 'group',
  groups: 'groups',
  tooMuch: 'gives rights over the server itself',
  chooseRole: 'Choose a group.',
  noRoles: (name) =>
    `No group of SCIM server ${name} has a member, so nothing looks like access. Name a group without members with --role and its people with --people, or read values of an attribute of users with --attribute.`,
  alsoHeldBy: (names) => `Groups, or members that are no users, are in it too: ${names}. These are not drift; a new one is.`,
  mayDo: (role) => `What the SCIM server shows of what ${role} may do:`,
  mayDoNothing: (role) => `SCIM does not show what ${role} may do; the applications that ask for it decide.`,
  takesSql: false,
};
const wordsOfValues = (attribute: string): SystemWords => ({
  ...ofScim,
  chooseRole: `Choose a value of ${attribute}.`,
  noRoles: (name) => `No user of SCIM server ${name} has a value of ${attribute}, so nothing looks like access. Leave out --attribute to read groups.`,
});

const ofKeycloak: SystemWords = {
  noun: 'realm',
  login: 'account',
  group: 'group or client',
  groups: 'groups or clients',
  tooMuch: 'gives rights over Keycloak itself',
  chooseRole: 'Choose a group (/its/path), a role of the realm (realm:name) or a role of a client (client:client:name).',
  noRoles: (name) =>
    `Nobody is in a group of realm ${name} or holds one of its roles, so nothing looks like access. Name a group or role without holders with --role, and its people with --people.`,
  alsoHeldBy: (names) =>
    `Groups pass it on to their members, or service accounts of clients hold it: ${names}. These are not drift. A new service account is; what comes through a group belongs to that group.`,
  mayDo: (role) => `What comes with ${role} in Keycloak:`,
  mayDoNothing: (role) => `No other role comes with ${role}; what it may do is decided by the applications that ask for it.`,
  takesSql: false,
};

export function wordsOf(site: SystemDetails): SystemWords {
  switch (site.kind) {
    case 'postgres':
      return ofPostgres;
    case 'ldap':
      return ofLdap;
    case 'scim':
      return site.attribute ? wordsOfValues(site.attribute.name) : ofScim;
    case 'keycloak':
      return ofKeycloak;
  }
}
