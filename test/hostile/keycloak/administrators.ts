/** Hostile administrators of a realm of Keycloak: kim, and dba, who is one of the whole server. What Keycloak refuses them has not happened. */
import { setTimeout as sleep } from 'node:timers/promises';
import { neededRoles, settingsOf, startRealm, type Api, type TestRealm } from '../../support/keycloak.ts';
import { openGate, type Gate } from '../http/gate.ts';
import type { Company as AnyCompany, WatchedWay } from '../peer.ts';
import { people as names, roleNames, type Act, type Held } from '../scenario.ts';
import type { Snapshot, Witness } from '../witness.ts';
import { KeycloakWitness, type RoleKind } from './server.ts';

/** `kind`: of the entitlements; `events`: the realm keeps admin events, by which Rolewave knows who gave an access. */
export interface Setup {
  kind: RoleKind;
  events: boolean;
}

/** The role of Rolewave's account without which it changes nothing. */
interface Right {
  account: string;
  client: string;
  role: { id: string; name: string };
}

/** What may still come is known when the token has ended, and three seconds later. */
const tokenSeconds = 3;
/** Without the first, Rolewave still reads by the second. */
const [neededToWrite, neededToRead] = ['manage-users', 'view-users'];

export class Company implements AnyCompany {
  readonly mayStay: RegExp;
  readonly #realm: TestRealm;
  readonly #setup: Setup;
  readonly #mark: string;
  readonly #witness: KeycloakWitness;
  readonly #gates = new Map<string, Gate>();
  readonly #holding: Promise<unknown>[] = [];
  readonly #right: Right;
  #held: Promise<unknown> = Promise.resolve();
  #count = 0;

  private constructor(realm: TestRealm, setup: Setup, mark: string, right: Right) {
    this.#realm = realm;
    this.#setup = setup;
    this.#mark = mark;
    this.#right = right;
    this.#witness = new KeycloakWitness(realm, setup.kind, setup.events ? right.account : undefined);
    this.mayStay = setup.events ? /(?!)/ : /cannot be told/;
  }

  /** In a realm of its own. */
  static async founded(setup: Setup, held: Held[], mark: string): Promise<Company> {
    const realm = await startRealm({ adminEvents: setup.events, tokenSeconds, roles: [...neededRoles, neededToRead] });
    const [client] = (await realm.admin('GET', '/clients?clientId=realm-management')) as { id: string }[];
    const role = (await realm.admin('GET', `/clients/${client?.id}/roles/${neededToWrite}`)) as { id: string; name: string };
    const account = await realm.userId('service-account-rolewave');
    const made = new Company(realm, setup, mark, { account, client: client?.id ?? '', role: { id: role.id, name: role.name } });
    await made.#found(held);
    return made;
  }

  of = (name: string): string => ((roleNames as readonly string[]).includes(name) ? this.#planName(this.#bare(name)) : this.#bare(name));
  role = (index: number): string => this.of(roleNames[index] ?? '');
  account = (index: number): string => this.of(names[index] ?? '');
  #bare = (name: string): string => `${name}_${this.#mark}`;
  #planName = (bare: string): string => (this.#setup.kind === 'group' ? `/${bare}` : `realm:${bare}`);

  async #found(held: Held[]): Promise<void> {
    for (const name of [...names, 'bystander']) await this.#realm.user(this.of(name));
    for (const name of roleNames) await this.#addRole(this.#bare(name));
    await this.#realm.admin('POST', '/roles', { name: 'wider' });
    await this.#witness.snapshot({ claims: [], ledger: [] });
    for (const { role, account, by } of held) await this.#give(by, role, account);
    this.#witness.seen.length = 0;
  }

  #addRole = (name: string): Promise<unknown> => this.#realm.admin('POST', this.#setup.kind === 'group' ? '/groups' : '/roles', { name });

  async connect(application: string, watch?: () => WatchedWay) {
    const author = { name: application, watch: watch?.() };
    const gate = await openGate(
      this.#realm,
      () => author,
      async (_, request, forward) => {
        await this.#held;
        return this.#witness.pass(author, request, forward);
      },
    );
    this.#gates.set(application, gate);
    const end = async () => {
      await gate.close();
      this.#gates.delete(application);
    };
    const settings = settingsOf(this.#realm, { baseUrl: `http://${gate.host}:${gate.port}` });
    return { connection: { kind: 'keycloak', settings }, end };
  }

  #idOf(of: 'users' | 'roles', name: string): string | undefined {
    const { users, roles } = this.#witness.last;
    if (of === 'users') return [...users].find(([, one]) => one.name === name)?.[0];
    return [...roles].find(([, one]) => one === name)?.[0];
  }

  /** Answers whether it went through. */
  async #try(by: string, what: string, work: (api: Api) => Promise<unknown>): Promise<boolean> {
    const api = by === 'dba' ? this.#realm.admin : this.#realm.kim;
    try {
      await this.#witness.changed(undefined, () => work(api));
      this.#witness.note(`  ${by}: ${what}`.replaceAll(`_${this.#mark}`, ''));
      return true;
    } catch {
      return false;
    }
  }

  async #change(by: string, method: 'give' | 'take', role: number, account: number): Promise<boolean> {
    const [roleId, accountId] = [this.#idOf('roles', this.role(role)), this.#idOf('users', this.account(account))];
    if (roleId === undefined || accountId === undefined) return false;
    return this.#try(by === 'own' ? 'kim' : by, `modify ${this.account(account)} ${method} ${this.role(role)}`, (api) =>
      this.#setup.kind === 'group'
        ? api(method === 'give' ? 'PUT' : 'DELETE', `/users/${accountId}/groups/${roleId}`)
        : api(method === 'give' ? 'POST' : 'DELETE', `/users/${accountId}/role-mappings/realm`, [{ id: roleId, name: this.role(role).slice('realm:'.length) }]),
    );
  }

  #give = (by: string, role: number, account: number) => this.#change(by, 'give', role, account);

  #update(account: number, change: object): Promise<boolean> {
    return this.#updateNamed(this.account(account), change);
  }

  async #updateNamed(name: string, change: object): Promise<boolean> {
    const id = this.#idOf('users', name);
    return id !== undefined && this.#try('kim', `modify ${name} ${JSON.stringify(change)}`, (api) => api('PUT', `/users/${id}`, change));
  }

  async #dropUser(account: number): Promise<void> {
    const id = this.#idOf('users', this.account(account));
    if (id !== undefined) await this.#try('kim', `delete ${this.account(account)}`, (api) => api('DELETE', `/users/${id}`));
  }

  async #dropRole(role: number): Promise<void> {
    const id = this.#idOf('roles', this.role(role));
    if (id !== undefined) await this.#try('kim', `delete ${this.role(role)}`, (api) => api('DELETE', `${this.#roleById}/${id}`));
  }

  get #roleById(): string {
    return this.#setup.kind === 'group' ? '/groups' : '/roles-by-id';
  }

  async #widen(role: number, isWide: boolean): Promise<void> {
    const id = this.#idOf('roles', this.role(role));
    if (id === undefined) return;
    const path = this.#setup.kind === 'group' ? `/groups/${id}/role-mappings/realm` : `/roles-by-id/${id}/composites`;
    await this.#try('kim', `modify ${this.role(role)} ${isWide ? 'wider' : 'as before'}`, async (api) => {
      const wider = await this.#realm.admin('GET', '/roles/wider');
      await api(isWide ? 'POST' : 'DELETE', path, [wider]);
      if (isWide) this.#witness.wide.add(id);
      else this.#witness.wide.delete(id);
    });
  }

  async play(act: Act): Promise<void> {
    switch (act.do) {
      case 'grant':
        return void (await this.#give(act.by, act.role, act.account));
      case 'revoke':
      case 'revokeAndGrantAgain': {
        const [role, account] = [this.#idOf('roles', this.role(act.role)) ?? '', this.#idOf('users', this.account(act.account)) ?? ''];
        if (!this.#witness.last.held.has(`${role} ${account}`)) return;
        if (!(await this.#change('kim', 'take', act.role, act.account)) || act.do === 'revoke') return;
        return void (await this.#give('kim', act.role, act.account));
      }
      case 'lock':
      case 'unlock':
        return void (await this.#update(act.account, { enabled: act.do === 'unlock' }));
      case 'dropAccount':
        return this.#dropUser(act.account);
      case 'recreateAccount':
        await this.#dropUser(act.account);
        return void (await this.#try('kim', `add ${this.account(act.account)}`, () => this.#realm.user(this.account(act.account))));
      case 'renameAccount':
        return void (await this.#update(act.account, { username: `${this.account(act.account)}-${(this.#count += 1)}` }));
      case 'swapAccounts': {
        const [one, other] = [this.account(act.account), this.account((act.account + 1) % names.length)];
        const between = this.of('between');
        if (!(await this.#updateNamed(one, { username: between }))) return;
        await this.#updateNamed(other, { username: one });
        return void (await this.#updateNamed(between, { username: other }));
      }
      case 'widen':
      case 'narrowAgain':
        return this.#widen(act.role, act.do === 'widen');
      case 'dropRole':
        return this.#dropRole(act.role);
      case 'recreateRole':
        await this.#dropRole(act.role);
        return void (await this.#try('kim', `add ${this.role(act.role)}`, () => this.#addRole(this.#bare(roleNames[act.role] ?? ''))));
      case 'renameRole': {
        const id = this.#idOf('roles', this.role(act.role));
        const name = `${this.#bare(roleNames[act.role] ?? '')}-${(this.#count += 1)}`;
        if (id === undefined) return;
        return void (await this.#try('kim', `modify ${this.role(act.role)} ${name}`, (api) => api('PUT', `${this.#roleById}/${id}`, { name })));
      }
      case 'takeRight':
        return this.takeRights();
      case 'returnRight':
        return this.returnRights();
      case 'endSessions':
        for (const [name, gate] of this.#gates) gate.cut(name);
        return;
      case 'holdUp':
        return this.#hold(sleep(act.forMs));
      case 'widenMeanwhile':
        return this.#hold(sleep(act.forMs).then(() => this.#widen(act.role, true)));
      case 'renameLogin':
      case 'passOn':
      case 'rewriteMembers':
        return;
    }
  }

  #hold(until: Promise<unknown>): void {
    this.#held = until.catch(() => undefined);
    this.#holding.push(this.#held);
  }

  #mayWrite = async (may: boolean): Promise<void> => {
    const { account, client, role } = this.#right;
    await this.#realm.admin(may ? 'POST' : 'DELETE', `/users/${account}/role-mappings/clients/${client}`, [role]);
  };
  takeRights = (): Promise<void> => this.#mayWrite(false);
  returnRights = (): Promise<void> => this.#mayWrite(true);

  async letGo(): Promise<void> {
    await Promise.all(this.#holding.splice(0));
  }

  quiet = async (application: string): Promise<void> => this.#gates.get(application)?.quiet(application);
  snapshot = (of: Pick<Snapshot, 'claims' | 'ledger'>): Promise<Snapshot> => this.#witness.snapshot(of);
  note = async (text: string): Promise<void> => this.#witness.note(text);
  reads = async (application: string): Promise<void> => this.#witness.reads(application);
  tell = async (witness: Witness): Promise<void> => this.#witness.tell(witness);

  async close(): Promise<void> {
    await this.letGo();
    for (const gate of this.#gates.values()) await gate.close();
    await this.#realm.remove();
  }
}
