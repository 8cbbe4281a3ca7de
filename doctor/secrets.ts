/** Nothing that the doctor prints may hold what the environment keeps secret: whatever a server or a library says is cleaned of it. */

type Environment = Record<string, string | undefined>;

/** Shorter ones would tear holes into ordinary words. */
const shortest = 4;

/** Answers a function that puts *** in the place of passwords, keys and tokens of the environment, as they stand there and decoded. */
export function withoutSecrets(env: Environment): (text: string) => string {
  const secrets = Object.entries(env)
    .flatMap(([name, value]) => (value === undefined ? [] : [...(/(TOKEN|SECRET|PASSWORD|API_KEY)$/.test(name) ? [value] : []), ...passwordsIn(value)]))
    .filter((secret) => secret.length >= shortest);
  const longestFirst = [...new Set(secrets)].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((cleaned, secret) => cleaned.replaceAll(secret, '***'), text);
}

/** Of an address with a login: the password, as written and decoded. */
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
