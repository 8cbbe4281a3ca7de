/** The leadership report from a real endpoint with a real worker. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leadershipView, type LeadershipView } from '../../domain/views/leadership.ts';
import { marks, people, startTwoPlans, type TwoPlans } from '../../test/attacks/two-plans.ts';
import { until } from '../../test/support/endpoint.ts';

let site: TwoPlans;
beforeAll(async () => {
  site = await startTwoPlans();
});
afterAll(() => site?.close());

async function reportOf(person: string, query = ''): Promise<LeadershipView> {
  const { status, body } = await site.ask(person, 'GET', `/v1/leadership${query}`);
  expect([status, body.code]).toEqual([200, undefined]);
  return leadershipView.parse(body);
}

test('counts what was released and evaluated, by team and by period', async () => {
  const report = await until(
    () => reportOf(people.operator),
    ({ teams }) => teams.some(({ evaluations }) => evaluations.count > 0),
  );
  expect(report.lines).toHaveLength(10);
  expect(report.teams.reduce((sum, { standing }) => sum + standing.packages, 0)).toBe(2);
  expect(report.teams.reduce((sum, { standing }) => sum + standing.released, 0)).toBe(1);
  expect(report.packages.map(({ plan, package: id }) => [plan, id])).toEqual([
    ['mine', 'clerk'],
    ['mine', 'reader'],
  ]);
  expect(report.periods.reduce((sum, { evaluations }) => sum + evaluations.count, 0)).toBe(
    report.teams.reduce((sum, { evaluations }) => sum + evaluations.count, 0),
  );
  expect(report.periods.reduce((sum, { requests }) => sum + (requests?.opened ?? 0), 0)).toBeGreaterThan(0);
});

test('says nothing of two people to those who do not act for them, and nothing at all of a plan that is not theirs', async () => {
  const viewer = await reportOf(people.viewer);
  expect(viewer.teams.map(({ team }) => team)).toEqual(['']);
  for (const { adoption, exceptions, tickets } of [...viewer.teams, ...viewer.periods, ...viewer.packages])
    for (const figure of [adoption, exceptions, tickets]) expect([figure.share, figure.perDay]).toEqual([undefined, undefined]);
  expect(viewer.periods.every(({ requests }) => requests === undefined || requests.opened === 0)).toBe(true);
  const stranger = await reportOf(people.stranger);
  expect([stranger.plans, stranger.teams, stranger.packages, stranger.elsewhere]).toEqual([[], [], [], 0]);
  for (const person of [people.operator, people.owner, people.viewer]) {
    const { reader: _reader, ...rest } = await reportOf(person);
    expect(JSON.stringify(rest)).not.toMatch(new RegExp([marks.clerk, marks.reader, marks.deciders, marks.other].join('|')));
  }
});

test('has the days that are asked for, cut into periods', async () => {
  const { range, periods } = await reportOf(people.operator, '?from=2026-04-08&to=2026-05-02&period=month');
  const text = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  expect([text(range.fromMs), text(range.untilMs), range.period]).toEqual(['2026-04-08', '2026-05-03', 'month']);
  expect(periods.map(({ fromMs, untilMs }) => [text(fromMs), text(untilMs)])).toEqual([
    ['2026-04-08', '2026-05-01'],
    ['2026-05-01', '2026-05-03'],
  ]);
  expect((await reportOf(people.operator, '?team=nowhere')).unknownTeam).toBe(true);
});

describe('what is asked wrongly', () => {
  test.each([
    ['from=2026-04-31', /from.*not a date/],
    ['from=2026-05-02&to=2026-04-08', /^from: is after the end of the report/],
    ['from=1990-01-01&to=2026-04-08', /^from: gives more than 60 weeks: give a later one, or period=month\./],
    ['period=year', /'year' is not one of week, month/],
    ['team=', /team: must have/],
    ['person=ana', /person/],
  ])('%s is refused, with what to do', async (query, why) => {
    const { status, body } = await site.ask(people.operator, 'GET', `/v1/leadership?${query}`);
    expect([status, body.code]).toEqual([422, 'malformed']);
    expect(`${body.detail} ${JSON.stringify(body.mistakes ?? '')}`).toMatch(why);
  });
});
