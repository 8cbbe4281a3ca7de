/** Removes what is secret in the environment from every text that leaves a process by its log or its terminal: the last barrier, behind errors that do not repeat it. */

type Environment = Record<string, string | undefined>;

/** Shorter secrets would also remove parts of ordinary words. */
const shortest = 4;
const secretNames = /(TOKEN|SECRET|PASSWORD|PASSPHRASE|API_KEY|_KEY_DATA|GRPC_META_\w+)$/;
/** Variables of these names, and of every other name those that hold a database's address or an address with a password, are removed as a whole. */
const addressNames = /(^|_)(DATABASE_URL|SMTP_URL|WEBHOOK_URL|DSN|CONNECTION_STRING)$/;
const address = /^(postgres|postgresql|socket|smtps?):\/\/|^[a-z][a-z0-9+.-]*:\/\/[^/?#@]*:[^/?#]*@/i;

/**
 * Returns a function that replaces passwords, keys, tokens and whole connection strings of the environment by ***, as they are written, decoded, and inside of JSON.
 */
export function withoutSecrets(env: Environment): (text: string) => string {
  const secrets = Object.entries(env)
    .flatMap(([name, value]) => (value === undefined ? [] : [...(isSecret(name, value) ? [value] : []), ...passwordsIn(value)]))
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .filter((secret) => secret.length >= shortest);
  const longestFirst = [...new Set(secrets)].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((cleaned, secret) => cleaned.replaceAll(secret, '***'), text);
}

const isSecret = (name: string, value: string): boolean => secretNames.test(name) || addressNames.test(name) || address.test(value);

/** The password of an address with a login, as written and decoded. */
function passwordsIn(value: string): string[] {
  const written = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:([^/?#]*)@/i.exec(value)?.[1];
  const inQuery = /[?&]password=([^&#]+)/i.exec(value)?.[1];
  return [written, inQuery].filter((secret) => secret !== undefined).flatMap((secret) => [secret, decoded(secret)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
