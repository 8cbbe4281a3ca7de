/**
 * The site file: what the people who run Rolewave declare and no plan can change. The systems and how to reach them, which plans may exist, who may apply and
 * read them, which systems and roles each may use, and limits. API and workers read it; a plan names a system by its id and nothing else.
 */
import { z } from 'zod';
import { limitsSchema } from '../limits.ts';
import { id, nameInSystem, personId, text } from '../plan/fields.ts';

const groupForm = "a group is 1 to 255 characters without control characters, as the identity provider's token has it";
// oxlint-disable-next-line no-control-regex -- refuses control characters
const group = z.string().regex(/^[^\u0000-\u001f\u007f]{1,255}$/, groupForm);

/** People by the id in their token, and groups of the identity provider. */
export const principalsSchema = z.strictObject({ people: z.array(personId).default([]), groups: z.array(group).default([]) });
const nobody = principalsSchema.prefault({});

/** Where a connection string is: a variable of the worker's environment, or a file. The site file never contains one. */
const secretSchema = z.union([
  z.strictObject({
    env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is the NAME of an environment variable that holds the connection string, such as ERP_DATABASE_URL'),
  }),
  z.strictObject({ file: z.string().max(4_000).regex(/^\//, 'is the whole path of a file that holds a connection string, such as /run/secrets/erp') }),
]);

/** The name of a role, in which `*` stands for any characters. */
export const rolePattern = nameInSystem;

/** Names only: PostgreSQL reads an offset such as +02:00 with the opposite sign. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const common = {
  id,
  description: text.optional(),
  /** Another system of the site that is the same server, by another address. */
  sameAs: id.optional(),
  /** The login that grants and revokes. */
  connection: secretSchema,
  /** Opened read-only: for packages that are observed. */
  readOnly: z.boolean().default(false),
  /** Which roles plans may grant or retire at all; `deny` comes first. Roles that the kind of system itself protects are never granted. */
  roles: z
    .strictObject({
      allow: z.array(rolePattern).min(1).default(['*']),
      deny: z.array(rolePattern).default([]),
      /** Roles that always keep a holder who can sign in: no rollback, tune or retirement takes the last one. */
      neverEmpty: z.array(rolePattern).default([]),
    })
    .prefault({}),
  /** Accounts that no plan may name, such as emergency administrators; patterns as for roles. */
  breakGlass: z.array(rolePattern).default([]),
};

/**
 * What the server really does is measured: Rolewave creates a role of its own, lets two accounts hold it for some seconds, and removes it. Without this, nothing
 * is tried, and the worse is assumed.
 */
const probed = {
  probe: z
    .strictObject({
      /** What the names of these roles begin with; 12 hexadecimal digits follow. Nobody else gives such a name to a role. */
      rolePrefix: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{3,79}$/, 'is 4 to 80 letters, digits, dots, underscores and hyphens, and begins with a letter or a digit')
        .default('rolewave-probe-'),
      /** Two accounts that exist, and are best nobody's. */
      accounts: z.tuple([nameInSystem, nameInSystem]).refine(([one, other]) => one !== other, 'name two different accounts'),
      /** After so many days it is measured anew; also when the server says another version. */
      days: z.int().min(1).max(3_650).default(30),
    })
    .optional(),
  /**
   * Where nothing tells a grant of Rolewave from one that somebody else made later, Rolewave revokes nothing, and a rollback leaves what was granted. `refuse`: then nothing is released
   * that such a rollback would have to undo; `leave`: it is released all the same.
   */
  withoutRevoke: z.enum(['refuse', 'leave']).default('refuse'),
};

const postgres = z.strictObject({
  ...common,
  kind: z.literal('postgres'),
  /** A read-only login for the statements of metrics and for usage. */
  measure: secretSchema.optional(),
  /** Who used which role when: a statement that returns rows of `account`, `role` and `at` (the last use); may use :roles, :people (accounts), :from, :to. */
  usage: text.optional(),
  /** The time zone in which statements read local times; the database's own where it says nothing. */
  timeZone: z.string().refine(isTimeZone, 'is not a time zone: write a name such as America/New_York or UTC').optional(),
  limits: z
    .strictObject({
      /** Connections of one worker process that grant and revoke. */
      connections: z.int().min(1).max(50).default(4),
      /** How long one statement of a metric may take; seconds. */
      statementSeconds: z.int().min(1).max(600).default(30),
    })
    .prefault({}),
});
const dnForm = 'is not a DN, such as ou=groups,dc=example,dc=com';
const dn = text.regex(/^[A-Za-z0-9][A-Za-z0-9.-]*\s*=/, dnForm);
const caFile = (kind: string) =>
  z.string().max(4_000).regex(/^\//, `is the whole path of a file with certificates, such as /etc/ssl/${kind}-ca.pem`).optional();
const attribute = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,62}$/, 'is not the name of an attribute, such as cn');

/** A directory: OpenLDAP, Active Directory and others of LDAP version 3. */
const ldap = z.strictObject({
  ...common,
  ...probed,
  kind: z.literal('ldap'),
  /** Of an ldap:// address: StartTLS before anything is said, or nothing. ldaps:// is always encrypted. */
  tls: z.enum(['required', 'none']).default('required'),
  /** Certificates of the authorities that the directory's certificate is checked by, instead of those that Node.js knows. */
  caFile: caFile('ldap'),
  groups: z.strictObject({
    /** Groups are looked for at and below it. */
    base: dn,
    /** What plans call groups by: an attribute, or `dn`. */
    name: attribute.default('cn'),
    /** An entry that is nobody: put into a group whose last member goes, where the schema wants one. */
    placeholder: dn.optional(),
    /** The attribute of groups in which Rolewave marks what it did; takes several values. */
    marker: attribute.default('description'),
    /** Nobody but Rolewave changes members of these groups: who is a member and was added by Rolewave is taken for that same grant. */
    soleWriter: z.boolean().default(false),
  }),
  accounts: z.strictObject({
    /** People are looked for at and below it. */
    base: dn,
    /** What plans call accounts by: an attribute, or `dn`. */
    name: attribute.default('uid'),
    /** Attributes by which filters of plans may choose people: a filter tells its author what is in them. */
    filterBy: z.array(attribute).max(100).default([]),
  }),
  /** Where OpenLDAP's overlay accesslog keeps what was changed, such as cn=accesslog: it tells a member who was added again from one who stayed. */
  accesslog: dn.optional(),
});

const httpUrl = z.url({ protocol: /^https?$/, error: 'is not an address, such as https://login.example.com/oauth/token' }).max(4_000);

const scimAttribute = z
  .string()
  .max(200)
  .regex(/^(urn:[A-Za-z0-9$_.:-]+:)?[A-Za-z$][A-Za-z0-9$_-]*(\.[A-Za-z$][A-Za-z0-9$_-]*)?$/, 'is not an attribute of SCIM, such as title or name.familyName');

/** A server of SCIM 2.0 (RFC 7643 and 7644). */
const scim = z.strictObject({
  ...common,
  ...probed,
  kind: z.literal('scim'),
  /** `none` takes http:// addresses too, over which the token crosses the network as it is. */
  tls: z.enum(['required', 'none']).default('required'),
  /** Certificates of the authorities that the certificates of the server and of its token endpoint are checked by, instead of those that Node.js knows. */
  caFile: caFile('scim'),
  /** Rolewave is a client that gets its access tokens here (OAuth 2.0 client credentials); without it, the connection string has a bearer token. */
  oauth: z
    .strictObject({
      /** The token endpoint. */
      tokenUrl: httpUrl,
      /** Asked for with each token, as the server spells it. */
      scope: z
        .string()
        .regex(/^[\u0021\u0023-\u005b\u005d-\u007e]+( [\u0021\u0023-\u005b\u005d-\u007e]+)*$/, 'is not a list of scopes with one space between two')
        .max(1_000)
        .optional(),
    })
    .optional(),
  groups: z
    .strictObject({
      /** What plans call groups by. */
      name: z.enum(['displayName', 'externalId', 'id']).default('displayName'),
      /** Nobody but Rolewave changes members of these groups: who is a member and was added by Rolewave is taken for that same grant. */
      soleWriter: z.boolean().default(false),
    })
    .prefault({}),
  /** Values of this attribute of users are what plans grant, and not groups. A server keeps no list of them, so they are listed here. */
  attribute: z
    .strictObject({
      name: z.enum(['roles', 'entitlements']),
      values: z.array(text).min(1).max(1_000),
      /** Nobody but Rolewave changes these values: who has one that Rolewave granted is taken for having that same grant. */
      soleWriter: z.boolean().default(false),
    })
    .optional(),
  accounts: z
    .strictObject({
      /** What plans call accounts by. */
      name: z.enum(['userName', 'externalId', 'id']).default('userName'),
      /** Attributes by which filters of plans may choose users, such as title or emails: a filter tells its author what is in them. */
      filterBy: z.array(scimAttribute).max(100).default([]),
    })
    .prefault({}),
});
const isPlain = (url: string): boolean => url.toLowerCase().startsWith('http:');

/** A realm of Keycloak. */
const keycloak = z.strictObject({
  ...common,
  ...probed,
  kind: z.literal('keycloak'),
  /** Of an http:// address: nothing is sent there, or everything as it is. */
  tls: z.enum(['required', 'none']).default('required'),
  /** Certificates of the authorities that Keycloak's certificate is checked by, instead of those that Node.js knows. */
  caFile: caFile('keycloak'),
  /** The realm whose groups and roles are granted; the one of the connection string where it says nothing. */
  realm: z.string().min(1).max(255).optional(),
  /** The connection string names a person and a password, who sign in through this client by direct access grants; otherwise it names a client and its secret. */
  passwordClient: z.string().min(1).max(255).optional(),
  /** What plans call people by. */
  accounts: z.enum(['username', 'id']).default('username'),
  /** Nobody but Rolewave changes who holds the groups and roles of plans: who holds one and was given it by Rolewave is taken for that same grant. */
  soleWriter: z.boolean().default(false),
  /** A top-level group of Rolewave's own, below which its processes mark what they are about to change. */
  lockGroup: z
    .string()
    .regex(/^[^/~]{1,100}$/, 'is the name of a top-level group, without / and ~')
    .default('rolewave-locks'),
});
/** In the memory of one worker process: for trying a plan without any system. */
const none = z.strictObject({ ...common, kind: z.literal('none'), connection: secretSchema.optional() });

export const systemSchema = z.discriminatedUnion('kind', [
  postgres,
  ldap,
  scim.refine(({ tls, oauth }) => tls === 'none' || !oauth || !isPlain(oauth.tokenUrl), {
    path: ['oauth', 'tokenUrl'],
    error: "is not encrypted: write an https:// address, or `tls: none` where the client's secret may cross the network as it is",
  }),
  keycloak,
  none,
]);

const planFamily = /^(?=.{1,63}$)([a-z0-9][a-z0-9._-]*)?\*?$/;

/** A plan, or all plans whose ids begin alike. */
export const planRightSchema = z.strictObject({
  /** The plan's id; `finance-*` for every plan of that prefix, `*` for every plan. The longest match counts, and no other. */
  plan: z.string().regex(planFamily, "is not a plan's id, or the beginning of one and '*', such as finance-*").min(1),
  /** Who may apply it. The first revision needs nothing else; each later one also needs an operator of the revision before. */
  apply: nobody,
  /** Who may read it, in addition to the people whom it names. */
  read: nobody,
  /** Which systems it may use, and which roles of each. */
  systems: z.array(z.strictObject({ system: id, roles: z.array(rolePattern).min(1).default(['*']) })).default([]),
});

export const siteSchema = z.strictObject({
  site: id,
  /** Who may do everything that the site file allows anyone, and consents where others do not. */
  administrators: principalsSchema.refine(({ people, groups }) => people.length + groups.length > 0, "'administrators' names nobody: write people or groups"),
  /** None before the first plan: the first one knows none. */
  systems: z.array(systemSchema).max(500).default([]),
  plans: z.array(planRightSchema).min(1),
  separationOfDuties: z
    .strictObject({
      /** The sign-off of the person who applied the revision that brought the change is enough. */
      applierMayBeOnlySigner: z.boolean().default(false),
      /** A sign-off counts for a grant to the signer, too. */
      signerMayBeGranted: z.boolean().default(false),
    })
    .prefault({}),
  /** Mail goes to addresses of these domains only; to no address of a plan where it says nothing. */
  mail: z.strictObject({ domains: z.array(z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'is not a domain, such as example.com')).min(1) }).optional(),
  limits: limitsSchema.prefault({}),
});

export type Site = z.output<typeof siteSchema>;
export type System = z.output<typeof systemSchema>;
export type SystemKind = System['kind'];
export type Secret = z.output<typeof secretSchema>;
export type PlanRight = z.output<typeof planRightSchema>;
export type Principals = z.output<typeof principalsSchema>;
