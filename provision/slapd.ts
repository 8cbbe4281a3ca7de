/**
 * Starts a real OpenLDAP on 127.0.0.1, as any user, including root: one tree of people and groups, and the log of who changed what (overlay accesslog), which a
 * rollback needs. See docs/decisions/0239-the-demo-has-a-directory.md.
 */
import { chmod, chown, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'ldapts';
import type { Slapd } from './find-slapd.ts';
import { freePort } from './free-port.ts';
import { createProgress, type Progress } from './progress.ts';
import { endLeftover, startServerProcess } from './server-process.ts';
import { reachableFolder, reachablePrograms, reachableTwin, unprivilegedAccount, type Account } from './unprivileged.ts';

export interface SlapdOptions {
  slapd: Slapd;
  /** Folder of its files, unless the server's uid cannot reach it. Created when missing; used again when present. */
  dir: string;
  /** The top of its tree, such as `dc=example,dc=com`; the caller adds the entries. */
  suffix: string;
  /** May do everything. The password is in the configuration only, and may be another one at each start. */
  administrator: { dn: string; password: string };
  /** The login that reads the log of changes, `cn=accesslog`, whole; without one there is no log. */
  logReader?: string | RegExp;
  /** Rules of access to the tree, lines of slapd.conf(5); the first that fits counts. Without any, everybody reads everything, passwords too. */
  access: string[];
  /** More lines of slapd.conf(5): before the databases, and of the tree's database. */
  settings?: string[];
  overlays?: string[];
  /** Preferred port; another free one is used when it is taken. Default 1389. */
  port?: number;
  /** Also ldaps://, on a port of its own, with these files; relative to none, and readable by the server's uid. */
  tls?: { certificate: string; key: string };
  /** True: data need not survive a crash of the machine, so the server does not wait for the disk (tests). */
  throwaway?: boolean;
  progress?: Progress;
}

export interface DirectoryServer {
  /** `ldap://127.0.0.1:1389` */
  url: string;
  host: string;
  port: number;
  /** Of ldaps://; where `tls` was given. */
  securePort?: number;
  pid: number;
  /** Resolves when the server has ended, for any reason. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

const host = '127.0.0.1';
const stopSignal = 'SIGTERM';
/** Address space, and not disk: what the data may grow to. */
const maxBytes = 1_073_741_824;

/** Resolves when the administrator can sign in. Rejects with the end of the server's log where it does not start. */
export async function startSlapd(options: SlapdOptions): Promise<DirectoryServer> {
  const { slapd, dir, administrator, tls, progress = createProgress() } = options;
  const account = unprivilegedAccount();
  await mkdir(dir, { recursive: true, mode: 0o711 });
  const recordFile = join(dir, 'server.json');
  await endLeftover('OpenLDAP', recordFile, stopSignal);

  const step = progress.step('Starting OpenLDAP', 'a second');
  try {
    const programs = await within(slapd, account);
    const files = await reachableFolder(dir, account, 'slapd');
    for (const name of ['data', 'log']) await own(join(files, name), account);
    const configuration = join(files, 'slapd.conf');
    await rm(configuration, { force: true });
    await writeFile(configuration, configurationOf(options, programs, files), { mode: 0o600 });
    if (account) await chown(configuration, account.uid, account.gid);

    const port = await freePort(options.port ?? 1389);
    const securePort = tls ? await freePort(0) : undefined;
    const url = `ldap://${host}:${port}`;
    const addresses = securePort === undefined ? url : `${url} ldaps://${host}:${securePort}`;
    const server = await startServerProcess({
      name: 'OpenLDAP',
      command: programs.program,
      // In the foreground, with what it always says, such as what is wrong with its configuration.
      args: ['-f', configuration, '-h', addresses, '-d', 'none'],
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC', ...(programs.libraries.length > 0 ? { LD_LIBRARY_PATH: programs.libraries.join(':') } : {}) },
      cwd: '/',
      uid: account?.uid,
      gid: account?.gid,
      logFile: join(dir, 'server.log'),
      recordFile,
      stopSignal,
      isReady: () => signsIn(url, administrator),
    });
    step.done(`${host}:${port}`);
    return { url, host, port, ...(securePort === undefined ? {} : { securePort }), pid: server.pid, ended: server.ended, stop: server.stop };
  } catch (error) {
    step.failed('see the error below');
    throw error;
  }
}

/** Removes all its files, even those outside `dir`. */
export async function removeSlapd(dir: string): Promise<void> {
  await endLeftover('OpenLDAP', join(dir, 'server.json'), stopSignal);
  await rm(dir, { recursive: true, force: true });
  await rm(reachableTwin('/var/lib', dir, 'slapd'), { recursive: true, force: true });
}

/** Where the server's account can read its programs and schemas. */
async function within(slapd: Slapd, account: Account | undefined): Promise<Slapd> {
  const { folder } = slapd;
  if (folder === undefined) return slapd;
  const { mtimeMs } = await stat(slapd.program);
  const reachable = await reachablePrograms(folder, String(mtimeMs), account, 'slapd');
  const moved = (path: string) => path.replace(folder, reachable);
  return {
    program: moved(slapd.program),
    libraries: slapd.libraries.map(moved),
    schemas: moved(slapd.schemas),
    modules: moved(slapd.modules),
    folder: reachable,
  };
}

async function own(folder: string, account: Account | undefined): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  if (account) await chown(folder, account.uid, account.gid);
}

async function signsIn(url: string, { dn, password }: SlapdOptions['administrator']): Promise<boolean> {
  const client = new Client({ url, timeout: 5_000, connectTimeout: 2_000 });
  try {
    await client.bind(dn, password);
    return true;
  } finally {
    await client.unbind().catch(() => undefined);
  }
}

function configurationOf(
  { suffix, administrator, logReader, access, settings = [], overlays = [], tls, throwaway }: SlapdOptions,
  slapd: Slapd,
  files: string,
) {
  const durability = throwaway ? ['envflags nosync'] : [];
  return [
    ...['core', 'cosine', 'inetorgperson', 'nis'].map((name) => `include ${join(slapd.schemas, `${name}.schema`)}`),
    `modulepath ${slapd.modules}`,
    'moduleload back_mdb',
    'sortvals member uniqueMember memberUid',
    ...(tls ? [`TLSCertificateFile ${tls.certificate}`, `TLSCertificateKeyFile ${tls.key}`] : []),
    ...settings,
    ...(logReader === undefined ? [] : logDatabase(logReader, administrator.dn, join(files, 'log'), durability)),
    '',
    'database mdb',
    `suffix ${quoted(suffix)}`,
    `rootdn ${quoted(administrator.dn)}`,
    `rootpw ${quoted(administrator.password)}`,
    `directory ${join(files, 'data')}`,
    `maxsize ${maxBytes}`,
    ...durability,
    'index objectClass,entryUUID,uid,cn,member,uniqueMember,memberUid eq',
    ...(logReader === undefined ? [] : ['overlay accesslog', 'logdb cn=accesslog', 'logops writes', 'logsuccess TRUE']),
    ...overlays,
    ...access.map((rule) => `access ${rule}`),
    '',
  ].join('\n');
}

const logDatabase = (reader: string | RegExp, administrator: string, folder: string, durability: string[]): string[] => [
  'moduleload accesslog',
  '',
  'database mdb',
  'suffix cn=accesslog',
  `directory ${folder}`,
  `rootdn ${quoted(administrator)}`,
  `maxsize ${maxBytes}`,
  ...durability,
  'index entryCSN,objectClass,reqStart,reqResult,reqType,reqEntryUUID eq',
  `access to * by ${dnIs(reader)} read by * none`,
  `limits ${dnIs(reader)} size=unlimited`,
];

const dnIs = (who: string | RegExp): string => (typeof who === 'string' ? `dn.exact=${quoted(who)}` : `dn.regex=${quoted(who.source)}`);

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
