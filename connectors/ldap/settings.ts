/** What a connection needs, from the connection string and from the site file. */

/** `startTls`: an ldap:// address is encrypted before anything is said. */
export type Security = 'ldaps' | 'startTls' | 'none';

export interface LdapSettings {
  host: string;
  port: number;
  security: Security;
  bindDn: string;
  password: string;
  /** A file of certificates of authorities, instead of those that Node knows. */
  caFile?: string | undefined;
  groups: {
    base: string;
    /** What a plan calls them by: an attribute such as `cn`, or `dn`. */
    name: string;
    /** A DN that stands in a group so that it has a member, and is nobody's access. */
    placeholder?: string | undefined;
    /** The attribute of groups in which Rolewave leaves what it did; takes several values. */
    marker: string;
    /** Nobody else changes members of these groups. */
    soleWriter: boolean;
  };
  /** `filterBy`: attributes by which filters of plans may choose. */
  accounts: { base: string; name: string; filterBy?: string[] };
  /** Where OpenLDAP's overlay accesslog keeps what was changed. */
  accesslog?: string | undefined;
  breakGlass: string[];
}

export const exampleString = 'ldaps://cn%3Drolewave,dc%3Dexample,dc%3Dcom:password@host:636';

/** Throws where it cannot be read, without repeating it: it contains a password. `tls` decides for ldap://; ldaps:// is always encrypted. */
export function readConnectionString(text: string, tls: 'required' | 'none'): Pick<LdapSettings, 'host' | 'port' | 'security' | 'bindDn' | 'password'> {
  const [, scheme, bindDn, password, host, port] = /^(ldaps?):\/\/([^:@/]+):([^@/]*)@(\[[0-9a-f:.]+\]|[^:@/?#[\]]+)(?::(\d{1,5}))?\/?$/i.exec(text) ?? [];
  if (scheme === undefined || bindDn === undefined || password === undefined || host === undefined) throw new Error('not a connection string of a directory');
  // The client would repeat host and port in its own error.
  if (!URL.canParse(`ldaps://${host}:${port ?? ''}`)) throw new Error('not the address of a directory');
  const secret = decodeURIComponent(password);
  // A bind without a password succeeds, as nobody.
  if (secret === '') throw new Error('the connection string has no password');
  const isSecure = scheme.toLowerCase() === 'ldaps';
  return {
    host: host.replaceAll(/^\[|\]$/g, ''),
    port: port === undefined ? (isSecure ? 636 : 389) : Number(port),
    security: isSecure ? 'ldaps' : tls === 'required' ? 'startTls' : 'none',
    bindDn: decodeURIComponent(bindDn),
    password: secret,
  };
}
