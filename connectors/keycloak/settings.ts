/** What a connection needs, from the connection string and from the site file. */

export interface KeycloakSettings {
  /** Up to and without `/realms/…`, such as https://sso.example.com or https://example.com/auth. */
  baseUrl: string;
  /** In which Rolewave signs in. */
  signInRealm: string;
  /** A client with its secret (client credentials), or a person with a password through a client that allows it (direct access grant). */
  credentials: { grant: 'client'; client: string; secret: string } | { grant: 'password'; client: string; username: string; password: string };
  /** Whose groups and roles are granted. */
  realm: string;
  tls: 'required' | 'none';
  /** A file of certificates of authorities, instead of those that Node knows. */
  caFile?: string | undefined;
  /** What a plan calls people by. */
  accountsBy: 'username' | 'id';
  /** Nobody else changes who holds the groups and roles of plans. */
  soleWriter: boolean;
  /** A top-level group of Rolewave's own, in which its processes take turns. */
  lockGroup: string;
  breakGlass: string[];
}

export const exampleString = 'https://rolewave:secret@sso.example.com/realms/company';

type FromString = Pick<KeycloakSettings, 'baseUrl' | 'signInRealm' | 'credentials'>;

/** Throws where it cannot be read, without repeating it: it contains a secret. `passwordClient`: through which client a person signs in; absent: the string names a client. */
export function readConnectionString(text: string, passwordClient?: string): FromString {
  const [, scheme, name, secret, host, path, realm] = /^(https?):\/\/([^:@/]+):([^@/]+)@([^@/?#]+)((?:\/[^/?#]+)*?)\/realms\/([^/?#]+)\/?$/i.exec(text) ?? [];
  if (scheme === undefined || name === undefined || secret === undefined || host === undefined || realm === undefined)
    throw new Error('not a connection string of Keycloak');
  const baseUrl = `${scheme.toLowerCase()}://${host}${path ?? ''}`;
  if (new URL(baseUrl).username !== '') throw new Error('not a connection string of Keycloak');
  const [user, password] = [decodeURIComponent(name), decodeURIComponent(secret)];
  return {
    baseUrl,
    signInRealm: decodeURIComponent(realm),
    credentials:
      passwordClient === undefined
        ? { grant: 'client', client: user, secret: password }
        : { grant: 'password', client: passwordClient, username: user, password },
  };
}
