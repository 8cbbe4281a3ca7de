/**
 * Anyone who may read the namespace reads the histories: what is in them, and what is not. With a released package that was evaluated, messages with texts, a
 * simulation, a trial of a metric, a preview of its rollback, and notices that were delivered.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RollbackPreviewView } from '../../domain/views/rollback-preview.ts';
import { until } from '../support/endpoint.ts';
import { historyText } from './history-text.ts';
import { marks, people, planText, startTwoPlans, type TwoPlans } from './two-plans.ts';

let site: TwoPlans;
let histories: Map<string, string>;
let rollback: RollbackPreviewView;
beforeAll(async () => {
  site = await startTwoPlans();
  const { ask } = site;
  const [plan, package_] = [planText('mine'), '/v1/packages/mine/wave-1/clerk'];
  await ask(people.owner, 'POST', `${package_}/notes`, { text: 'a text that olga wrote' });
  await ask(people.operator, 'POST', '/v1/plans/simulate', plan);
  await ask(people.operator, 'POST', '/v1/plans/metric-trial?metric=adoption', plan);
  rollback = (await ask(people.owner, 'GET', `${package_}/rollback-preview`)).body;
  const listed = async () => {
    const found: string[] = [];
    for await (const run of site.api.client.workflow.list()) found.push(`${run.type} ${run.workflowId} ${run.runId}`);
    return found;
  };
  const runs = await until(listed, (found) =>
    ['wave', 'rolePackage', 'simulation', 'metricTrial', 'rollbackPreview'].every((type) => found.some((each) => each.startsWith(`${type} `))),
  );
  histories = new Map();
  for (const each of runs) {
    const [, id = '', run = ''] = each.split(' ');
    const handle = site.api.client.workflow.getHandle(id, run);
    const { raw } = await handle.describe();
    histories.set(each, readable(historyText(await handle.fetchHistory()) + historyText(raw)));
  }
}, 180_000);
afterAll(() => site?.close());

/** With what sealed messages and tokens say, which anyone can decode. */
const readable = (text: string) =>
  text.replaceAll(/eyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]+/g, (_jws, payload: string) => Buffer.from(payload, 'base64url').toString('utf8'));

const saidIn = (text: string | RegExp) => [...histories].flatMap(([run, history]) => (history.search(text) === -1 ? [] : [run]));

test('they have the ids of those who decide, the texts that people sent, and counts of people', () => {
  expect(saidIn(people.owner)).not.toEqual([]);
  expect(saidIn('a text that olga wrote')).not.toEqual([]);
  expect(saidIn(/cohortSize\\?":2/)).not.toEqual([]);
});

test('who would lose what by a rollback is told to those who decide, as the systems are now, and is in no history', () => {
  expect(rollback).toMatchObject({ asOf: 'now', counts: { revoked: 2 } });
  expect(rollback.revoked.map(({ person }) => person)).toEqual(['ann-zqc', 'ben-zqc']);
  expect(saidIn(/losesCount\\?":2/)).not.toEqual([]);
});

test.each<[string, string | RegExp]>([
  ['name of a person', 'Name of '],
  ['mail address', 'mail\\.example'],
  ['account in a system', 'account_of_'],
  ['id of a person who receives access', /(ann|ben)-zqc|bea-zqr|(ann|ben|bea)-xk/],
  ['statement of a metric, or anything of it', `select 1|table-${marks.clerk}`],
  ['token, password, or private key', /Bearer |idp\.example|"d\\?":\\?"[\w-]{43}\\?"|postgres(ql)?:\/\//],
])('they have no %s', (_what, planted) => {
  expect(saidIn(planted)).toEqual([]);
});
