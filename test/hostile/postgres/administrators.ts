/** Hostile administrators of a PostgreSQL server: what they do to it, as its superuser or in the name of others. What the server refuses them has not happened. */
import type { Client } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { connected, type LoggedServer } from './server.ts';
import { openLine, type Line } from '../../support/line.ts';
import { asWay, type Company as AnyCompany, type WatchedWay } from '../peer.ts';
import { administrators, people, roleNames, type Act, type Held } from '../scenario.ts';
import type { Snapshot, Witness } from '../witness.ts';
import { ended } from './statement-log.ts';
import { markOf, ToldByTheLog, wide } from './told.ts';

/** How Rolewave's login may grant (`creator`: by CREATEROLE alone, which servers up to 15 let grant), and for which administrators it may act. */
export interface Setup {
  right: 'direct' | 'group' | 'superuser' | 'creator';
  actsFor: ('kim' | 'dba')[];
}

export class Company implements AnyCompany {
  readonly mayStay = /passed this role on|^PostgreSQL refused/;
  readonly #server: LoggedServer;
  readonly #admin: Client;
  readonly #setup: Setup;
  readonly #snapshots: Snapshot[] = [];
  readonly #mark: string;
  /** Rolewave's login, as it is called now. */
  login: string;
  readonly group: string;
  readonly acts: string[] = [];
  /** Locks that are still held. */
  #holding: Promise<unknown>[] = [];
  #renamed = 0;

  private constructor(server: LoggedServer, admin: Client, setup: Setup, mark: string) {
    this.#server = server;
    this.#admin = admin;
    this.#setup = setup;
    this.#mark = mark;
    this.login = this.of('rolewave');
    this.group = this.of('admins');
  }

  /** `mark`: makes names unique. */
  static async founded(server: LoggedServer, setup: Setup, held: Held[], mark: string): Promise<Company> {
    const made = new Company(server, await connected(server.url, 'administrator'), setup, mark);
    await made.#admin.query(`set lock_timeout = 150`);
    await made.#found(held);
    return made;
  }

  of(name: string): string {
    return `${name}_${this.#mark}`;
  }

  role = (index: number): string => this.of(roleNames[index] ?? '');
  account = (index: number): string => this.of(people[index] ?? '');

  /** Whose name Rolewave's own grants carry. */
  get ownGrantor(): string {
    if (this.#server.version < 16) return this.login;
    return { direct: this.login, creator: this.login, group: this.group, superuser: 'postgres' }[this.#setup.right];
  }

  async connect(application: string, watch?: () => WatchedWay) {
    const url = new URL(this.#server.url);
    url.username = encodeURIComponent(this.login);
    let line: Line | undefined;
    if (watch) {
      line = await openLine({ host: url.hostname, port: Number(url.port) }, () => asWay(watch()));
      url.host = `${line.host}:${line.port}`;
    }
    const settings = { connectionString: url.href, applicationName: application, lockTimeoutMs: 500, connections: 2 };
    return { connection: { kind: 'postgres', settings }, end: async () => line?.close() };
  }

  async quiet(application: string): Promise<void> {
    for (let attempt = 1; attempt <= 200; attempt++) {
      const [found] = await this.#rows<{ open: boolean }>('select exists (select from pg_stat_activity where application_name = $1) as open', [application]);
      if (found?.open !== true) return;
      await sleep(10);
    }
  }

  note = async (text: string): Promise<void> => void (await this.#rows(`select 'note: ${text.replaceAll("'", '')}'`));

  /** Up to 15 a grant may outlive an account that is dropped before the grant is committed: nobody holds it. */
  async snapshot(of: Pick<Snapshot, 'claims' | 'ledger'>): Promise<Snapshot> {
    const [found] = await this.#rows<Pick<Snapshot, 'named' | 'wide'> & { rows: (Omit<Snapshot['rows'][number], 'grantor'> & { grantor: string })[] }>(
      `${markOf(this.#mark, this.#snapshots.length)}, (select coalesce(json_agg(json_build_object('role', a.roleid::text, 'account', a.member::text, 'grantor', a.grantor::text, 'id', to_jsonb(a) ->> 'oid')), '[]')
         from pg_auth_members a join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member where r.oid >= 16384 and m.oid >= 16384) as rows,
       (select json_agg(json_build_object('id', oid::text, 'name', rolname, 'login', rolcanlogin)) from pg_roles where oid >= 16384 or oid = 10) as named,
       (select coalesce(json_agg(a.member::text), '[]') from pg_auth_members a join pg_roles r on r.oid = a.roleid where r.rolname = '${wide}') as wide`,
    );
    const snapshot: Snapshot = { rows: found?.rows ?? [], named: found?.named ?? [], wide: found?.wide ?? [], ...of };
    this.#snapshots.push(snapshot);
    return snapshot;
  }

  async tell(witness: Witness): Promise<void> {
    const last = markOf(this.#mark, this.#snapshots.length - 1);
    const log = new ToldByTheLog(witness, this.#mark, this.#snapshots);
    log.read(await this.#server.linesUntil((line) => ended(line)?.startsWith(last) === true));
  }

  async #rows<R extends object>(sql: string, values: unknown[] = []): Promise<R[]> {
    return (await this.#admin.query<R>(sql, values)).rows;
  }

  async #found(held: Held[]): Promise<void> {
    const logins = [...administrators.map((name) => this.of(name)), ...people.map((name) => this.of(name)), this.login, this.of('bystander')];
    const { right, actsFor } = this.#setup;
    const all = [...roleNames.keys()];
    await this.#all([
      ...logins.map((name) => `create role "${name}" login`),
      `create role "${this.group}"`,
      ...all.map((role) => `create role "${this.role(role)}"`),
      ...all.flatMap((role) => administrators.map((name) => `grant "${this.role(role)}" to "${this.of(name)}" with admin option`)),
      ...(right === 'group' ? [`grant "${this.group}" to "${this.login}"`] : []),
      ...(right === 'superuser' ? [] : actsFor.map((name) => `grant "${this.of(name)}" to "${this.login}"`)),
      ...this.#rightsOf(all),
      ...held.map(({ role, account, by, admin }) => grantOf(this.role(role), this.account(account), this.of(by), admin)),
    ]);
  }

  #rightsOf(roles: number[]): string[] {
    const { right } = this.#setup;
    if (right === 'superuser') return [`alter role "${this.login}" superuser`];
    if (right === 'creator') return [`alter role "${this.login}" createrole`];
    return roles.map((role) => `grant "${this.role(role)}" to "${right === 'group' ? this.group : this.login}" with admin option`);
  }

  async #all(statements: string[]): Promise<void> {
    for (const statement of statements) await this.#admin.query(statement);
  }

  /** Each statement by itself; answers whether all went through. */
  async #try(...statements: string[]): Promise<boolean> {
    for (const statement of statements) {
      try {
        await this.#admin.query(statement);
        this.acts.push(statement);
      } catch (error) {
        this.acts.push(`${statement} -- refused: ${(error as Error).message}`);
        return false;
      }
    }
    return true;
  }

  async #grantorsOf(role: number, account: number): Promise<string[]> {
    const rows = await this.#rows<{ grantor: string }>(
      `select g.rolname as grantor from pg_auth_members a join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.grantor
       where r.rolname = $1 and m.rolname = $2 order by a.grantor`,
      [this.role(role), this.account(account)],
    );
    return rows.map(({ grantor }) => grantor);
  }

  async play(act: Act): Promise<void> {
    switch (act.do) {
      case 'grant':
        return void (await this.#try(grantOf(this.role(act.role), this.account(act.account), act.by === 'own' ? this.ownGrantor : this.of(act.by), act.admin)));
      case 'revoke':
      case 'revokeAndGrantAgain': {
        const grantors = await this.#grantorsOf(act.role, act.account);
        const grantor = grantors[act.nth % Math.max(grantors.length, 1)];
        if (grantor === undefined) return;
        const [role, account] = [this.role(act.role), this.account(act.account)];
        const revoked = await this.#try(`revoke "${role}" from "${account}"${this.#server.version < 16 ? '' : ` granted by "${grantor}"`}`);
        if (revoked && act.do === 'revokeAndGrantAgain') await this.#try(grantOf(role, account, grantor, false));
        return;
      }
      case 'passOn': {
        const [grantor] = await this.#grantorsOf(act.role, act.account);
        if (grantor === undefined) return;
        const [role, account] = [this.role(act.role), this.account(act.account)];
        if (await this.#try(grantOf(role, account, grantor, true))) await this.#try(grantOf(role, this.of('bystander'), account, false));
        return;
      }
      case 'lock':
        return void (await this.#try(`alter role "${this.account(act.account)}" nologin`));
      case 'unlock':
        return void (await this.#try(`alter role "${this.account(act.account)}" login`));
      case 'dropAccount':
        return void (await this.#try(`drop role "${this.account(act.account)}"`));
      case 'recreateAccount':
        return void (await this.#try(`drop role if exists "${this.account(act.account)}"`, `create role "${this.account(act.account)}" login`));
      case 'renameAccount':
        return void (await this.#try(`alter role "${this.account(act.account)}" rename to "${this.account(act.account)} ${(this.#renamed += 1)}"`));
      case 'swapAccounts': {
        const [one, other] = [this.account(act.account), this.account((act.account + 1) % people.length)];
        if (await this.#try(`alter role "${one}" rename to "between"`)) {
          await this.#try(`alter role "${other}" rename to "${one}"`);
          await this.#try(`alter role "between" rename to "${other}"`);
        }
        return;
      }
      case 'widen':
        return void (await this.#try(`grant "${wide}" to "${this.role(act.role)}"`));
      case 'narrowAgain':
        return void (await this.#try(`revoke "${wide}" from "${this.role(act.role)}"`));
      case 'dropRole':
        return void (await this.#try(`drop role "${this.role(act.role)}"`));
      case 'recreateRole':
        return void (await this.#try(
          `drop role if exists "${this.role(act.role)}"`,
          `create role "${this.role(act.role)}"`,
          ...administrators.map((name) => `grant "${this.role(act.role)}" to "${this.of(name)}" with admin option`),
          ...this.#rightsOf([act.role]),
        ));
      case 'renameRole':
        return void (await this.#try(`alter role "${this.role(act.role)}" rename to "${this.role(act.role)} ${(this.#renamed += 1)}"`));
      case 'takeRight':
        return void (await this.#try(...this.#without(act.role, act.cascade)));
      case 'returnRight':
        return this.returnRights();
      case 'renameLogin': {
        const name = this.of(`rolewave ${(this.#renamed += 1)}`);
        if (await this.#try(`alter role "${this.login}" rename to "${name}"`)) this.login = name;
        return;
      }
      case 'endSessions':
        await this.#rows(`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'rolewave%'`);
        return void this.acts.push('ended all sessions of Rolewave');
      case 'holdUp':
        return this.#hold(act.forMs, 'lock table pg_auth_members in share row exclusive mode');
      case 'widenMeanwhile':
        return this.#hold(
          act.forMs,
          `grant "${this.role(act.role)}" to "${this.of('bystander')}" granted by "${this.of('kim')}"`,
          `grant "${wide}" to "${this.role(act.role)}"`,
        );
      case 'rewriteMembers':
        return;
    }
  }

  async takeRights(): Promise<void> {
    for (const role of roleNames.keys()) await this.play({ do: 'takeRight', role, cascade: false });
  }

  #without(role: number, cascade: boolean): string[] {
    const { right } = this.#setup;
    if (right === 'superuser') return [`alter role "${this.login}" nosuperuser`];
    if (right === 'creator') return [`alter role "${this.login}" nocreaterole`];
    if (right === 'group' && !cascade) return [`revoke "${this.group}" from "${this.login}"`];
    return [`revoke admin option for "${this.role(role)}" from "${right === 'group' ? this.group : this.login}"${cascade ? ' cascade' : ''}`];
  }

  /** Rolewave may grant again what it could in the beginning, as far as the roles are still there. */
  async returnRights(): Promise<void> {
    if (this.#setup.right === 'group') await this.#try(`grant "${this.group}" to "${this.login}"`);
    for (const statement of this.#rightsOf([...roleNames.keys()])) await this.#try(statement);
  }

  /** In another session: begins, waits while others go on, does the rest and commits. */
  async #hold(forMs: number, first: string, second?: string): Promise<void> {
    const other = await connected(this.#server.url, 'administrator');
    try {
      await other.query('set lock_timeout = 150');
      await other.query('begin');
      await other.query(first);
      this.acts.push(`held for ${forMs} ms: ${first}${second === undefined ? '' : `, then ${second}`}`);
    } catch {
      await other.end();
      return;
    }
    const rest = async () => {
      await sleep(forMs);
      try {
        if (second !== undefined) await other.query(second);
        await other.query('commit');
      } finally {
        await other.end();
      }
    };
    this.#holding.push(rest().catch(() => undefined));
  }

  async letGo(): Promise<void> {
    await Promise.all(this.#holding.splice(0));
  }

  /** Drops everything. */
  async close(): Promise<void> {
    await this.letGo();
    const names = await this.#rows<{ name: string }>('select rolname as name from pg_roles where oid >= 16384 order by oid');
    await this.#admin.query('set lock_timeout = 0');
    if (names.length > 0) await this.#admin.query(`drop role ${names.map(({ name }) => `"${name}"`).join(', ')}`);
    await this.#admin.end();
  }
}

const grantOf = (role: string, account: string, grantor: string, admin: boolean) =>
  `grant "${role}" to "${account}"${admin ? ' with admin option' : ''} granted by "${grantor}"`;
