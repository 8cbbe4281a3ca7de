/** Compares docker-compose.yml and Dockerfile with what the programs read and with what `npm run cluster` proves; needs no container engine. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { apiConfigFrom } from '../api/config.ts';
import { TEMPORAL_SERVER_VERSION } from '../provision/find-temporal-server.ts';
import { statementsOf } from '../provision/temporal-cluster.ts';
import { workerConfigFrom } from '../worker/config.ts';

interface Service {
  image: string;
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  restart?: string;
  ports?: string[];
  volumes?: string[];
  tmpfs?: string[];
  environment: Record<string, string>;
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  networks: string[];
}

const project = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const text = (path: string) => readFileSync(project(path), 'utf8');
const compose = parse(text('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);
const { api, worker, postgres, temporal } = compose.services as Record<'api' | 'worker' | 'postgres' | 'temporal', Service>;
const isOneShot = (service: Service) => service.restart?.startsWith('on-failure') ?? false;

/** A container's environment when `.env` has these values. */
function resolved(environment: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{(\w+)(?::?([-?])([^}]*))?\}/g, (_, variable: string, kind?: string, rest?: string) =>
        kind === '-' ? rest! : `value-of-${variable}`,
      ),
    ]),
  );
}

/** Names of variables that a program reads; listing all variables (for TEMPORAL_…, or the systems') does not count. */
function namesRead(read: (env: Record<string, string | undefined>) => unknown, env: Record<string, string>): Set<string> {
  const names = new Set<string>();
  read(
    new Proxy(env, {
      get: (target, name) => {
        names.add(String(name));
        return target[String(name)];
      },
      ownKeys: (target) => Object.keys(target).filter((name) => name.startsWith('TEMPORAL_')),
    }),
  );
  return names;
}

describe('the environment of API and worker', () => {
  /** Temporal's own library reads TEMPORAL_…, see settings/temporal.test.ts; the worker's main.ts reads LOG_LEVEL first. */
  const readElsewhere = ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'LOG_LEVEL'];
  /** Rolewave's own: for links to Temporal's UI. */
  const readByUs = ['TEMPORAL_UI_URL'];

  const unread = (env: Record<string, string>, names: Set<string>) =>
    Object.keys(env).filter((name) => !readElsewhere.includes(name) && ((name.startsWith('TEMPORAL_') && !readByUs.includes(name)) || !names.has(name)));

  test('the API reads each variable, and with them it is reachable, has an identity provider and is not a demonstration', () => {
    const env = resolved(api.environment);
    const names = namesRead((proxied) => apiConfigFrom(proxied), env);
    expect(unread(env, names)).toEqual([]);
    expect(apiConfigFrom(env)).toMatchObject({ host: '0.0.0.0', port: 8088, demo: false, temporal: { address: 'temporal:7233', namespace: 'default' } });
    expect(apiConfigFrom(env).identity).toEqual({
      jwks: 'value-of-ROLEWAVE_IDENTITY_JWKS',
      issuer: 'value-of-ROLEWAVE_IDENTITY_ISSUER',
      audience: 'rolewave',
      claim: 'sub',
      groupsClaim: 'groups',
    });
    expect(apiConfigFrom(env)).toMatchObject({ publicUrl: 'http://127.0.0.1:8088', temporalUiUrl: 'http://127.0.0.1:8233' });
    const client = { ...env, ROLEWAVE_IDENTITY_CLIENT_ID: 'rolewave-web', ROLEWAVE_IDENTITY_CLIENT_SECRET: 's-1' };
    expect(apiConfigFrom(client).signIn).toEqual({ clientId: 'rolewave-web', clientSecret: 's-1', scope: 'openid profile email' });
  });

  test('the worker reads each variable', () => {
    const env = resolved(worker.environment);
    const names = namesRead((proxied) => workerConfigFrom(proxied, []), env);
    expect(unread(env, names)).toEqual([]);
    expect(workerConfigFrom(env, [])).toMatchObject({ healthPort: 8089, allowDemoClock: false, temporal: { connection: { address: 'temporal:7233' } } });
    // No notices are delivered without a configured channel.
    expect(workerConfigFrom(env, [])).not.toHaveProperty('notices');
  });

  test('both use the same store, the same Temporal and the same trusted keys, and only the API has the private key', () => {
    for (const name of ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'ROLEWAVE_TRUSTED_KEYS_FILE', 'ROLEWAVE_SITE']) {
      expect(worker.environment[name]).toBe(api.environment[name]);
    }
    expect(new URL(resolved(api.environment)['DATABASE_URL']!)).toMatchObject({ username: 'rolewave', hostname: 'postgres', pathname: '/rolewave' });
    expect(services.filter(([, { volumes = [] }]) => volumes.some((volume) => volume.startsWith('signing-key:')))).toHaveLength(1);
    expect(api.volumes).toContain('signing-key:/var/lib/rolewave/signing');
    expect(worker.volumes).toEqual(['trusted-keys:/var/lib/rolewave/trusted:ro', './site:/etc/rolewave/site:ro']);
    expect(api.volumes).toContain('./site:/etc/rolewave/site:ro');
    expect(resolved(worker.environment)['ROLEWAVE_SITE']).toBe('/etc/rolewave/site/site.yaml');
  });
});

describe('each service', () => {
  test.each(services)('%s: its image has an exact version', (_, { image }) => {
    expect(image).toMatch(/^[\w./-]+:\d+\.\d+[\w.-]*$/);
  });

  test.each(services.filter(([, { ports }]) => ports))('%s: publishes ports on loopback only', (_, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  const secrets = services.flatMap(([service, { environment }]) =>
    Object.entries(environment)
      .filter(([name]) => /PASSWORD|SECRET|TOKEN|_URL$/.test(name))
      .map(([name, value]) => [service, name, value] as const),
  );
  test.each(secrets)('%s: %s contains no password, and no password has a default', (_, name, value) => {
    // A default is empty, or an address on loopback without a password.
    expect(value, name).toMatch(/\$\{\w+_PASSWORD:\?|^\$\{\w+:?-(http:\/\/127\.0\.0\.1:\d+)?\}$/);
  });

  test.each(services)('%s: has a health check, or runs once', (_, service) => {
    expect(isOneShot(service) || (service.healthcheck?.test[0] === 'CMD' && service.restart === 'unless-stopped')).toBe(true);
  });

  test.each(services)('%s: is not root, cannot become root, and cannot write to its image', (_, service) => {
    expect(service.user).toMatch(/^(node|[1-9]\d*:[1-9]\d*)$/);
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
  });

  test.each(services.filter(([, { depends_on }]) => depends_on))('%s: waits for its dependencies, under the right condition', (_, { depends_on = {} }) => {
    for (const [name, { condition }] of Object.entries(depends_on)) {
      expect(condition).toBe(isOneShot(compose.services[name]!) ? 'service_completed_successfully' : 'service_healthy');
    }
  });

  test.each(services.filter(([, { volumes }]) => volumes))(
    '%s: its volumes are declared, or are files of this repository, which it cannot change',
    (_, { volumes = [] }) => {
      for (const volume of volumes) {
        const [source = '', , mode] = volume.split(':');
        // The folder of the site file is the user's.
        if (source === './site') expect(mode).toBe('ro');
        else if (source.startsWith('./')) expect({ mode, there: existsSync(project(source)) }).toEqual({ mode: 'ro', there: true });
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    },
  );
});

test('only the other services can reach the database', () => {
  expect(postgres.ports).toBeUndefined();
  expect(postgres.networks).toEqual(['inside']);
  expect(compose.networks['inside']).toEqual({ internal: true });
});

test('Temporal and its tools have the version that `npm run cluster` proves', () => {
  const images = services.map(([, { image }]) => image).filter((image) => image.startsWith('temporalio/') && !image.startsWith('temporalio/ui:'));
  expect(new Set(images.map((image) => /:(\d+\.\d+\.\d+)/.exec(image)?.[1]))).toEqual(new Set([TEMPORAL_SERVER_VERSION]));
});

test("the image's Node is the one in package-lock.json, which the project's scripts run on", () => {
  const { packages } = JSON.parse(text('package-lock.json')) as { packages: Record<string, { version: string }> };
  const bases = [...text('Dockerfile').matchAll(/^FROM node:(\d+\.\d+\.\d+)-\S+/gm)].map(([, version]) => version);
  expect(new Set(bases)).toEqual(new Set([packages['node_modules/node']!.version]));
});

test('Temporal gets every variable that its configuration needs', () => {
  const asked = [...text('containers/temporal/config/rolewave.yaml').matchAll(/(default "[^"]*" \()?env "(\w+)"/g)];
  const needed = asked.filter(([, fallback]) => fallback === undefined).map(([, , name]) => name);
  expect(needed.length).toBeGreaterThan(0);
  expect(Object.keys(temporal.environment)).toEqual(expect.arrayContaining(needed));
  // And it uses every other variable that it gets.
  expect(asked.map(([, , name]) => name)).toEqual(expect.arrayContaining(Object.keys(temporal.environment)));
});

test('PostgreSQL gets every password of the logins', () => {
  const sql = text('containers/postgres/logins.sql');
  expect(Object.keys(postgres.environment)).toEqual(expect.arrayContaining([...sql.matchAll(/^\\getenv \w+ (\w+)$/gm)].map(([, name]) => name)));
  const statements = statementsOf(sql, { TEMPORAL_DB_PASSWORD: "it's", ROLEWAVE_DB_PASSWORD: 'other' });
  expect(statements[0]).toBe("create role temporal login password 'it''s'");
  expect(statements).toHaveLength(6);
  expect(() => statementsOf(sql, {})).toThrow("logins.sql uses :'temporal_password'");
});

test('.dockerignore lets through what the Dockerfile needs, and no secrets', () => {
  const lines = text('.dockerignore').split('\n');
  expect(lines).toContain('*');
  const allowed = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  expect(allowed.filter((path) => !existsSync(project(path)))).toEqual([]);
  for (const path of ['package-lock.json', 'api', 'worker', 'workflows', 'domain', 'store', 'containers/is-healthy.ts']) expect(allowed).toContain(path);
  expect(allowed.filter((path) => /env|rolewave$|\.git/.test(path))).toEqual([]);
});
