/** What a SCIM server needs, from the connection string and from the site file. */

/** `clientId` undefined: `secret` is the bearer token itself. */
export interface Credentials {
  clientId: string | undefined;
  secret: string;
}

export interface ScimSettings {
  /** Without a slash at the end, such as https://scim.example.com/v2. */
  baseUrl: string;
  credentials: Credentials;
  /** The authorities that certificates of this server and of its token endpoint are checked by, instead of those that Node.js knows. */
  caFile?: string | undefined;
  /** Where a client gets its access tokens (RFC 6749, 4.4). */
  oauth?: { tokenUrl: string; scope?: string | undefined } | undefined;
  groups: {
    /** The attribute that plans call them by. */
    name: 'displayName' | 'externalId' | 'id';
    /** Nobody else changes members of these groups. */
    soleWriter: boolean;
  };
  /** Values of this attribute of users are what plans grant, and not groups. */
  attribute?: { name: 'roles' | 'entitlements'; values: string[]; soleWriter: boolean } | undefined;
  /** `filterBy`: attributes by which filters of plans may choose. */
  accounts: { name: 'userName' | 'externalId' | 'id'; filterBy?: string[] };
  breakGlass: string[];
}

export const exampleString = 'https://bearer:token@scim.example.com/v2';

/** Whose name in a connection string says that the password is a bearer token. */
const bearer = 'bearer';

/**
 * Throws where it cannot be read, without repeating it: it contains a secret. `isClient`: the site file names where tokens come from, so that the string has the
 * id and secret of a client. `tls`: `none` takes http:// too.
 */
export function readConnectionString(text: string, tls: 'required' | 'none', isClient: boolean): Pick<ScimSettings, 'baseUrl' | 'credentials'> {
  const wrong = new Error('not a connection string of a SCIM server');
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'https:' && !(url.protocol === 'http:' && tls === 'none'))) throw wrong;
  if (url.search !== '' || url.hash !== '') throw wrong;
  const [user, secret] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  if (user === '' || secret === '') throw wrong;
  if (!isClient && (user !== bearer || !isHeaderText(secret))) throw wrong;
  return {
    baseUrl: `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`,
    credentials: { clientId: isClient ? user : undefined, secret },
  };
}

/** What a header can carry. Anything else would be repeated in Node's error. */
export const isHeaderText = (text: string): boolean => /^[\u0021-\u007e]+$/.test(text);

/** Nobody else changes what this system grants. */
export const isSoleWriter = ({ groups, attribute }: ScimSettings): boolean => (attribute ?? groups).soleWriter;
