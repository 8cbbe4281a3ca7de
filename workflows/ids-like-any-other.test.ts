/**
 * `constructor` and `__proto__` are ids like any other. A plan whose ids are names of properties must behave exactly as the same plan with other ids of the
 * same length and order: from its text to its sections, digests, previews, verdicts, the state of its workflows and what people see. A place that reads an
 * object by an id finds something inherited for the one and nothing for the other.
 */
import { expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { message } from '../test/support/keys.ts';
import { metric, planInput, roles } from '../test/support/plan.ts';
import { buildPreview, partOf } from '../domain/access/build-preview.ts';
import { previewDigest } from '../domain/access/preview.ts';
import { sha256Hex } from '../domain/canonical.ts';
import type { MessageType, PackageMessage, WaveMessage } from '../domain/messages.ts';
import { packageDigest, planDocumentDigest } from '../domain/plan/digest.ts';
import { loadPlan } from '../domain/plan/load.ts';
import type { Plan } from '../domain/plan/schema.ts';
import { waveSection, type RolePackageInput } from '../domain/plan/section.ts';
import { simulationOf } from '../domain/plan/simulation.ts';
import { tooLargeWaves } from '../domain/plan/size.ts';
import { releasedChange } from '../domain/release/definition-change.ts';
import { packageWithTexts, waveWithTexts } from '../domain/views/texts.ts';
import { judge, judgeEnd } from '../domain/watch/verdict.ts';
import { receivePackageMessage } from './package/messages.ts';
import { RolePackageState } from './package/state.ts';
import { packageView } from './package/view.ts';
import { receiveWaveMessage } from './wave/messages.ts';
import { WaveState } from './wave/state.ts';
import { waveView } from './wave/view.ts';

// Whether a change applies is asked of a run, and here is none. When a wave escalates is by the digest of its address, in which twins differ like any other two.
vi.mock('./patches.ts', () => ({ isPatched: () => false }));

/** Each with a twin of the same length that sorts to the same place. */
const names = {
  id: ['constructor', 'constructoq'],
  owner: ['__proto__', '__protn__'],
  operator: ['toString', 'toStrinf'],
  someone: ['hasOwnProperty', 'hasOwnPropertx'],
  other: ['valueOf', 'valueOe'],
} as const;

type Names = Record<keyof typeof names, string>;
const chosen = (at: 0 | 1): Names => Object.fromEntries(Object.entries(names).map(([key, pair]) => [key, pair[at]])) as Names;

const nowMs = Date.parse('2027-02-01');

function textOf({ id, owner, operator, someone, other }: Names): string {
  const written = planInput({
    plan: id,
    systems: [id],
    people: [owner, operator, someone, other].map((person, index) => ({
      id: person,
      name: person,
      team: id,
      ...(index === 2 ? { accounts: { [id]: 'a1' } } : {}),
    })),
    operators: [operator],
    delegates: [{ of: owner, to: other, until: '2027-06-01', packages: [id] }],
    notices: { onCall: [operator] },
    blackouts: [{ id, reason: id, from: '2027-04-01', until: '2027-04-02', packages: [id] }],
    metrics: [metric(id)],
    packages: [
      {
        id,
        owner,
        entitlements: roles(id, id, owner),
        legacy: roles(id, other),
        cohort: [someone, other],
        watch: { length: '14d', metrics: [{ metric: id, tune: { aboveBaselineTimes: 2 } }] },
      },
      { id: 'last', owner, entitlements: roles(id, 'last'), legacy: [], buildsOn: [id], cohort: [owner] },
    ],
    waves: [{ id, goLive: '2027-03-01', alsoSigns: [other], packages: [{ package: id }, { package: 'last' }] }],
  });
  return stringify(written);
}

/** Everything that is made of a plan on its way, as one text. */
function story(at: 0 | 1): string {
  vi.useFakeTimers({ now: nowMs });
  const ids = chosen(at);
  const { id, owner, operator, someone, other } = ids;
  const loaded = loadPlan(textOf(ids), 'plan.yaml', { nowMs });
  if (!loaded.ok) return JSON.stringify(loaded);
  const { plan } = loaded;
  const actual = { roles: [], accounts: [], unknownAccounts: [], unknownRoles: [], grants: [{ role: id, account: other, grantor: owner, options: {} }] };
  const preview = buildPreview(plan, id, id, actual);
  const part = partOf(preview, sha256Hex(preview));
  return JSON.stringify({
    plan,
    tooLarge: tooLargeWaves(plan).length,
    digest: planDocumentDigest(plan),
    // An account that the plan does not name is the person's id.
    accounts:
      packageDigest(
        withAccounts(plan, () => ({})),
        id,
        id,
      ) ===
      packageDigest(
        withAccounts(plan, (person) => ({ [id]: person })),
        id,
        id,
      ),
    section: waveSection(plan, 1, id),
    simulation: [simulationOf(plan, 'draft', {}), simulationOf(plan, 'draft', { [id]: [id] })],
    unknown: loadPlan(textOf({ ...ids, someone: other }), 'plan.yaml', { nowMs }),
    change: releasedChange(plan, { package: id, wave: id, document: withAccounts(plan, () => ({})) } as never),
    preview,
    verdicts: verdicts(plan),
    wave: waveStory(plan, ids, part),
    package: packageStory(plan, ids, part),
    people: [owner, operator, someone, other],
  });
}

const withAccounts = (plan: Plan, accounts: (person: string) => Record<string, string>): Plan => ({
  ...plan,
  people: plan.people.map((person) => ({ ...person, accounts: accounts(person.id) })),
});

function verdicts(plan: Plan): unknown {
  const { watch } = plan.packages[0]!;
  const evaluation = {
    number: 1,
    purpose: 'scheduled',
    dueMs: nowMs + 86_400_000,
    measurements: [{ metric: plan.metrics[0]!.id, kind: 'value', value: 3, n: 9, unit: 'gauge', from: nowMs, to: nowMs + 86_400_000 }],
    drift: { missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 },
  };
  return [{}, { [plan.metrics[0]!.id]: 1 }].map((baseline) => [judge, judgeEnd].map((each) => each(watch, [evaluation as never], baseline, nowMs)));
}

let sent = 0;
function sealedFor(about: { plan: string; wave: string; package?: string }, type: MessageType, by: string, body: unknown): unknown {
  sent += 1;
  return message(type, by, about, body, { id: `message-${sent}`, atMs: nowMs });
}

function waveStory(plan: Plan, { id, owner, operator, other }: Names, part: ReturnType<typeof partOf>): unknown {
  sent = 0;
  const state = new WaveState({ section: waveSection(plan, 1, id) });
  const about = { plan: id, wave: id };
  const progress = state.progressOf(state.sectionOf(id)!);
  progress.preview = { digest: previewDigest([part]), parts: [part] };
  const digests = { planDigest: state.sectionOf(id)!.planDigest, previewDigest: progress.preview.digest };
  const answers = [
    sealedFor({ ...about, package: id }, 'evidence', owner, { item: 'handoff', reference: id, waived: false }),
    sealedFor({ ...about, package: id }, 'signOff', owner, { decision: 'approve', ...digests }),
    sealedFor({ ...about, package: id }, 'signOff', other, { decision: 'reject', reason: id, ...digests }),
    sealedFor({ ...about, package: owner }, 'note', operator, { text: id }),
    sealedFor(about, 'setDate', operator, { goLiveMs: nowMs + 86_400_000 }),
  ].map((each) => receiveWaveMessage(state, each as WaveMessage, '', undefined) ?? null);
  const next = waveSection({ ...plan, waves: [{ ...plan.waves[0]!, packages: [{ ...plan.waves[0]!.packages[1]! }] }] }, 2, id);
  const revise = sealedFor(about, 'revise', operator, { revision: 2, sectionDigest: sha256Hex(next) });
  const before = JSON.parse(JSON.stringify(state.data)) as typeof state.data;
  const carried = new WaveState({ section: state.section, carried: before });
  answers.push(receiveWaveMessage(state, revise as WaveMessage, '', next) ?? null);
  const texts = { names: { last: 'Last' }, holds: {} };
  return { answers, views: [state, carried].map((each) => waveWithTexts(waveView(each), texts)), data: [state.data, carried.data] };
}

function packageStory(plan: Plan, { id, owner, operator }: Names, part: ReturnType<typeof partOf>): unknown {
  sent = 0;
  const { packages, notices, blackouts, operators } = waveSection(plan, 1, id);
  const input: RolePackageInput = {
    plan: id,
    wave: id,
    revision: 1,
    section: packages[0]!,
    operators,
    notices,
    blackouts,
    release: { previewDigest: previewDigest([part]), parts: [part], baseline: { [id]: 1 }, goLiveMs: nowMs },
  };
  const state = new RolePackageState(input);
  state.data.phase = 'watching';
  const about = { plan: id, wave: id, package: id };
  const answers = [
    sealedFor(about, 'extend', operator, { byMs: 86_400_000, reason: id }),
    sealedFor(about, 'rollback', operator, { reason: id }),
    sealedFor(about, 'decide', owner, { proposal: 'rollback-1', kind: 'rollback', answer: 'freeze', reason: id }),
    sealedFor(about, 'decide', owner, { proposal: id, kind: 'rollback', answer: 'approve', reason: id }),
    sealedFor(about, 'acceptContent', owner, { system: id, role: id, digest: '0'.repeat(64), reason: id }),
  ].map((each) => receivePackageMessage(state, each as PackageMessage, undefined) ?? null);
  const view = packageView(state);
  return { answers, view: packageWithTexts(view, { names: {}, holds: {} }), release: state.release(), data: state.data };
}

/** Digests differ with the names. */
const compared = (text: string): string =>
  text
    .replace(/[0-9a-f]{64}/g, 'DIGEST')
    .replace(/[0-9a-f]{12}…/g, 'DIGEST…')
    .replace(/-[0-9a-f]{8}"/g, '-DIGEST"');

test('a plan whose ids are names of properties behaves as any other plan', () => {
  const [odd, plain] = [story(0), story(1)];
  expect(JSON.parse(odd)).toMatchObject({ plan: { plan: 'constructor' }, accounts: true });
  const renamed = Object.values(names).reduce((text, [from, to]) => text.replaceAll(from, to), odd);
  expect(JSON.parse(compared(renamed))).toEqual(JSON.parse(compared(plain)));
  vi.useRealTimers();
});
