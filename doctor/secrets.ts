/** Removes the environment's secrets from everything that the doctor prints, including messages of servers and libraries. */

type Environment = Record<string, string | undefined>;

/** Shorter secrets would also remove parts of ordinary words. */
const shortest = 4;

/** Returns a function that replaces passwords, keys and tokens of the environment by ***, both as written and decoded. */
export function withoutSecrets(env: Environment): (text: string) => string {
  const secrets = Object.entries(env)
    .flatMap(([name, value]) => (value === undefined ? [] : [...(/(TOKEN|SECRET|PASSWORD|API_KEY)$/.test(name) ? [value] : []), ...passwordsIn(value)]))
    .filter((secret) => secret.length >= shortest);
  const longestFirst = [...new Set(secrets)].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((cleaned, secret) => cleaned.replaceAll(secret, '***'), text);
}

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
