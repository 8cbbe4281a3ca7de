/** Hostile administrators of a SCIM server, kim and dba, whose requests pass the same gate as Rolewave's. What the server refuses them has not happened. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ScimAdmin, scimSettings, tokens, type TestScim } from '../../support/scim-server.ts';
import { openGate, type Author, type Gate } from '../http/gate.ts';
import type { HttpRequest } from '../http/messages.ts';
import type { Company as AnyCompany, WatchedWay } from '../peer.ts';
import { people as names, roleNames, type Act, type Held } from '../scenario.ts';
import type { Snapshot, Witness } from '../witness.ts';
import { ScimWitness } from './server.ts';

/**
 * `soleWriter`: the site says that nobody else changes members of these groups, and so administrators change everything but these: they remove people and groups,
 * with the memberships that hang on them, and rename them. Otherwise they change members too, and Rolewave revokes nothing.
 */
export interface Setup {
  soleWriter: boolean;
}

type ScimAuthor = Author & { isAttempt: boolean };

/** A tenth of the usual ones and less: stories do not wait minutes. What is held up on the line is held up for less. */
const limits = { sentWithinMs: 1_000, settleMs: 900, elsewhereMs: 1_800, readAgainMs: [0, 50, 150] };
const refused = { status: 403, headers: {}, body: Buffer.alloc(0) };

const administratorsActs = new Set<Act['do']>(['grant', 'revoke', 'revokeAndGrantAgain', 'rewriteMembers']);

export class Company implements AnyCompany {
  readonly mayStay: RegExp;
  readonly #server: TestScim;
  readonly #setup: Setup;
  readonly #mark: string;
  readonly #witness: ScimWitness;
  readonly #authors = new Map<string, ScimAuthor>();
  readonly #attempts = new Set<string>();
  readonly #holding: Promise<unknown>[] = [];
  #gate!: Gate;
  #kim!: ScimAdmin;
  #dba!: ScimAdmin;
  #held: Promise<unknown> = Promise.resolve();
  #mayWrite = true;
  #count = 0;

  private constructor(server: TestScim, setup: Setup, mark: string) {
    this.#server = server;
    this.#setup = setup;
    this.#mark = mark;
    this.#witness = new ScimWitness(server.kim);
    this.mayStay = setup.soleWriter ? /(?!)/ : /cannot be told/;
  }

  /** `mark`: makes names unique. */
  static async founded(server: TestScim, setup: Setup, held: Held[], mark: string): Promise<Company> {
    const made = new Company(server, setup, mark);
    await made.#found(held);
    return made;
  }

  of = (name: string): string => `${name}_${this.#mark}`;
  role = (index: number): string => this.of(roleNames[index] ?? '');
  account = (index: number): string => this.of(names[index] ?? '');

  async #found(held: Held[]): Promise<void> {
    const authorOf = ({ headers }: HttpRequest) => this.#authors.get(/^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1] ?? '');
    this.#gate = await openGate(this.#server, authorOf, async (author, request, forward) => {
      const isAttempt = this.#attempts.has(author.name);
      if (isAttempt) await this.#held;
      if (isAttempt && !this.#mayWrite && request.method !== 'GET') return refused;
      return this.#witness.pass({ ...author, isAttempt }, request, forward);
    });
    this.#kim = this.#administrator('kim');
    this.#dba = this.#administrator('dba');
    for (const name of [...names, 'bystander']) await this.#kim.user(this.of(name));
    for (const name of roleNames) await this.#kim.group(this.of(name));
    for (const { role, account, by } of held) await this.#add(by, role, account);
  }

  get #baseUrl(): string {
    return this.#server.baseUrl.replace(`${this.#server.host}:${this.#server.port}`, `${this.#gate.host}:${this.#gate.port}`);
  }

  #administrator(name: string): ScimAdmin {
    const token = `token-of-${name}-${this.#mark}`;
    this.#authors.set(token, { name, isAttempt: false, headers: { authorization: `Bearer ${tokens.kim}` } });
    return new ScimAdmin(this.#baseUrl, token);
  }

  async connect(application: string, watch?: () => WatchedWay) {
    const token = `attempt-${(this.#count += 1)}-${this.#mark}`;
    this.#attempts.add(application);
    this.#authors.set(token, { name: application, isAttempt: true, watch: watch?.(), headers: { authorization: `Bearer ${tokens.rolewave}` } });
    const settings = scimSettings(
      { baseUrl: this.#baseUrl },
      { credentials: { clientId: undefined, secret: token }, groups: { name: 'displayName', soleWriter: this.#setup.soleWriter } },
    );
    return { connection: { kind: 'scim', settings: { settings, limits } }, end: async () => void this.#authors.delete(token) };
  }

  #idOf(kind: 'users' | 'groups', name: string): string | undefined {
    return [...this.#witness.last[kind]].find(([, one]) => one.name === name)?.[0];
  }

  /** Answers whether it went through. */
  async #try(by: string, what: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      this.#witness.note(`  ${by}: ${what}`.replaceAll(`_${this.#mark}`, ''));
      return true;
    } catch {
      return false;
    }
  }

  #patch(by: string, kind: 'Users' | 'Groups', name: string, op: 'add' | 'remove' | 'replace', path: string, value?: unknown): Promise<boolean> {
    const id = this.#idOf(kind === 'Users' ? 'users' : 'groups', name);
    const admin = by === 'dba' ? this.#dba : this.#kim;
    const operation = { op, path, ...(value === undefined ? {} : { value }) };
    return this.#try(by, `modify ${name} ${op} ${path} ${value === undefined ? '' : JSON.stringify(value)}`, async () => {
      if (id === undefined) throw new Error('there is no such thing');
      await admin.patch(kind, id, [operation]);
    });
  }

  async #add(by: string, role: number, account: number): Promise<boolean> {
    const id = this.#idOf('users', this.account(account));
    return id !== undefined && this.#patch(by, 'Groups', this.role(role), 'add', 'members', [{ value: id }]);
  }

  async #delete(kind: 'Users' | 'Groups', name: string): Promise<boolean> {
    const id = this.#idOf(kind === 'Users' ? 'users' : 'groups', name);
    return id !== undefined && this.#try('kim', `delete ${name}`, () => this.#kim.ask('DELETE', `${kind}/${id}`));
  }

  #rename(kind: 'Users' | 'Groups', name: string, now: string): Promise<boolean> {
    return this.#patch('kim', kind, name, 'replace', kind === 'Users' ? 'userName' : 'displayName', now);
  }

  async play(act: Act): Promise<void> {
    if (this.#setup.soleWriter && administratorsActs.has(act.do)) return;
    switch (act.do) {
      case 'grant':
        return void (await this.#add(act.by, act.role, act.account));
      case 'revoke':
      case 'revokeAndGrantAgain': {
        const [role, id] = [this.role(act.role), this.#idOf('users', this.account(act.account))];
        const isMember = this.#witness.last.groups.get(this.#idOf('groups', role) ?? '')?.members.has(id ?? '') === true;
        if (!isMember || !(await this.#patch('kim', 'Groups', role, 'remove', `members[value eq "${id}"]`)) || act.do === 'revoke') return;
        return void (await this.#add('kim', act.role, act.account));
      }
      case 'rewriteMembers': {
        const name = this.role(act.role);
        const members = [...(this.#witness.last.groups.get(this.#idOf('groups', name) ?? '')?.members.keys() ?? [])];
        if (members.length === 0) return;
        return void (await this.#patch(
          'kim',
          'Groups',
          name,
          'replace',
          'members',
          members.map((value) => ({ value })),
        ));
      }
      case 'lock':
      case 'unlock':
        return void (await this.#patch('kim', 'Users', this.account(act.account), 'replace', 'active', act.do === 'unlock'));
      case 'dropAccount':
        return void (await this.#delete('Users', this.account(act.account)));
      case 'recreateAccount':
        await this.#delete('Users', this.account(act.account));
        return void (await this.#try('kim', `add ${this.account(act.account)}`, () => this.#kim.user(this.account(act.account))));
      case 'renameAccount':
        return void (await this.#rename('Users', this.account(act.account), `${this.account(act.account)}-${(this.#count += 1)}`));
      case 'swapAccounts': {
        const [one, other] = [this.account(act.account), this.account((act.account + 1) % names.length)];
        const between = this.of('between');
        if (!(await this.#rename('Users', one, between))) return;
        await this.#rename('Users', other, one);
        return void (await this.#rename('Users', between, other));
      }
      case 'dropRole':
        return void (await this.#delete('Groups', this.role(act.role)));
      case 'recreateRole':
        await this.#delete('Groups', this.role(act.role));
        return void (await this.#try('kim', `add ${this.role(act.role)}`, () => this.#kim.group(this.role(act.role))));
      case 'renameRole':
        return void (await this.#rename('Groups', this.role(act.role), `${this.role(act.role)}-${(this.#count += 1)}`));
      case 'takeRight':
        return this.takeRights();
      case 'returnRight':
        return this.returnRights();
      case 'endSessions':
        for (const name of this.#attempts) this.#gate.cut(name);
        return;
      case 'holdUp':
        this.#held = sleep(act.forMs);
        this.#holding.push(this.#held);
        return;
      case 'widen':
      case 'narrowAgain':
      case 'widenMeanwhile':
      case 'renameLogin':
      case 'passOn':
        return;
    }
  }

  takeRights = async (): Promise<void> => void (this.#mayWrite = false);
  returnRights = async (): Promise<void> => void (this.#mayWrite = true);

  async letGo(): Promise<void> {
    await Promise.all(this.#holding.splice(0));
  }

  quiet = (application: string): Promise<void> => this.#gate.quiet(application);
  snapshot = (of: Pick<Snapshot, 'claims' | 'ledger'>): Promise<Snapshot> => this.#witness.snapshot(of);
  note = async (text: string): Promise<void> => this.#witness.note(text);
  reads = async (application: string): Promise<void> => this.#witness.reads(application);

  async tell(witness: Witness): Promise<void> {
    this.#witness.tell(witness);
  }

  async close(): Promise<void> {
    await this.letGo();
    const { users, groups } = this.#witness.last;
    await Promise.all([...groups.keys()].map((id) => this.#kim.ask('DELETE', `Groups/${id}`)));
    await Promise.all([...users.keys()].map((id) => this.#kim.ask('DELETE', `Users/${id}`)));
    await this.#gate.close();
  }
}
