import { describe, expect, test } from 'vitest';
import { commandWithPeer } from '../test/support/command-with-peer.ts';
import { smallPlan } from '../test/support/small-plan.ts';

const command = commandWithPeer();

describe('plans against the endpoint', () => {
  const simulated = {
    plan: 'small',
    packages: [
      {
        package: 'closing',
        parts: [{ system: 'erp', digest: 'x', people: 6, toGrant: 11, alreadyThere: 1, toRetire: 2, conflicts: ['role fin_x does not exist'] }],
        problems: [] as string[],
      },
    ],
    totals: { erp: { toGrant: 11, alreadyThere: 1, toRetire: 2 } },
  };
  const simulateRoute = () => `POST /v1/plans/simulate?file=${encodeURIComponent(command.file)}`;

  test('plan shows what would change, per package and in total, and the conflicts', async () => {
    command.peer.will(simulateRoute(), { status: 200, body: simulated });
    const { code, out } = await command.rolewave(['plan', command.file]);
    expect(out).toMatch(/closing +│ erp +│ +6 │ +11 │ +1 │ +2 │ +1 │/);
    expect(out).toContain('Conflicts:\n  closing in erp: role fin_x does not exist.');
    expect(out).toContain(
      `Plan 'small' would grant 11 and retire 2, with 1 already granted, in 1 system. Nothing was changed. Next: 'rolewave apply ${command.file}'.`,
    );
    expect(command.sent()[0]?.body).toBe(smallPlan);
    expect(code).toBe(0);
  });

  test('plan names the line of the plan where something is that the system does not have', async () => {
    const lineOf = (text: string) => smallPlan.split('\n').findIndex((line) => line.includes(text)) + 1;
    const conflicts = [
      "role 'fin_close' does not exist in 'erp': create it or fix the plan, it cannot be granted",
      "account 'nobody' of 'zoe' does not exist in 'erp': nothing is granted to it; create the account or fix the plan",
    ];
    const [closing] = simulated.packages;
    const packages = [{ ...closing, parts: [{ ...closing?.parts[0], conflicts }] }];
    command.peer.will(simulateRoute(), { status: 200, body: { ...simulated, packages } });
    const { out } = await command.rolewave(['plan', command.file]);
    expect(lineOf('role: fin_close')).toBeGreaterThan(1);
    expect(out).toContain(`Conflicts:\n  ${command.file}:${lineOf('role: fin_close')}: closing in erp: role 'fin_close' does not exist`);
    // Not in the file.
    expect(out).toContain("\n  closing in erp: account 'nobody' of 'zoe'");
  });

  test('plan says which wave releases again what was rolled back', async () => {
    const [closing] = simulated.packages;
    const rolledBack = { wave: 'first', next: 'second' };
    command.peer.will(simulateRoute(), { status: 200, body: { ...simulated, packages: [{ ...closing, rolledBack }] } });
    const { out } = await command.rolewave(['plan', command.file]);
    expect(out).toContain("Rolled back:\n  closing was rolled back in wave 'first'. Wave 'second' would release it again, with what is shown above.");
    expect(out).toContain('would grant 11 and retire 2');
  });

  test('plan promises no grant of what was rolled back and no wave releases again', async () => {
    const [closing] = simulated.packages;
    const stops = [{ code: 'unsupported', text: 'the server lacks it' }];
    const packages = [{ ...closing, parts: [{ ...closing?.parts[0], stops }], rolledBack: { wave: 'first' } }];
    command.peer.will(simulateRoute(), { status: 200, body: { ...simulated, packages, totals: {} } });
    const { out } = await command.rolewave(['plan', command.file]);
    expect(out).toContain(
      "closing was rolled back in wave 'first', and no wave of the plan releases it again. To release it again (in erp: 11 grants for 6 people, 1 already granted, 2 to retire), add a wave that has it with change: revise.",
    );
    expect(out).toContain(`Plan 'small' would grant and retire nothing. Nothing was changed. Next: 'rolewave apply ${command.file}'.`);
    // Neither in the table, nor as a release that something stops.
    expect(out).not.toMatch(/│ +11 │|Conflicts:|stop these releases/);
  });

  test('plan shows how many people’s access would change, and which releases the plan would stop', async () => {
    const [closing] = simulated.packages;
    const part = {
      ...closing?.parts[0],
      blastRadius: { people: 6, accounts: 20, maxPeople: 4, maxPercent: 25 },
      incompatible: [{ rule: 'order-and-pay', existing: 2, caused: 1, excepted: 0, resolved: 0 }],
    };
    command.peer.will(simulateRoute(), { status: 200, body: { ...simulated, packages: [{ ...closing, parts: [part] }] } });
    const { code, out } = await command.rolewave(['plan', command.file]);
    expect(out).toMatch(/People changed.*Conflicts/);
    expect(out).toMatch(/closing +│ erp +│ +6 │ +11 │ +1 │ +2 │ +6 of 4 │ +1 │/);
    expect(out).toContain(
      [
        'The plan stops these releases:',
        "  closing: the access of 6 people in 'erp' would change, and the plan allows at most 4.",
        "  closing: the access of 6 people in 'erp' would change, 30 percent of its 20 accounts, and the plan allows at most 25 percent.",
        "  closing: 1 person would hold both entitlements of 'order-and-pay', which nobody may hold together: take them out of the cohort, have one of the two revoked first, or name an exception in the plan.",
      ].join('\n'),
    );
    expect(out).toContain('Incompatible entitlements:\n  closing in erp: order-and-pay: 1 caused, 2 existing.');
    expect(code).toBe(0);
  });

  test('plan shows how many people a wave of several packages would change, and what would be held together across systems', async () => {
    const [closing] = simulated.packages;
    const incompatible = [{ rule: 'order-and-pay', existing: 0, caused: 1, excepted: 0, resolved: 0 }];
    const systems = [
      { system: 'erp', people: 12, accounts: 400, packages: 2 },
      { system: 'hr', people: 3, packages: 1 },
    ];
    command.peer.will(simulateRoute(), { status: 200, body: { ...simulated, packages: [{ ...closing, incompatible }], waves: [{ wave: 'wave-1', systems }] } });
    const { out } = await command.rolewave(['plan', command.file]);
    expect(out).toContain('People whose access each wave changes:\n  wave-1 in erp: 12 people (3 percent), by 2 packages together.\n\n');
    expect(out).toContain('Incompatible entitlements:\n  closing across systems: order-and-pay: 1 caused.');
    expect(out).toContain("  closing: 1 person would hold both entitlements of 'order-and-pay'");
  });

  test('plan says how much of what all packages do together it leaves out', async () => {
    const leftOut = { incompatible: 3, waves: 2, systems: 0 };
    command.peer.will(simulateRoute(), { status: 200, body: { ...simulated, leftOut } });
    const { out } = await command.rolewave(['plan', command.file]);
    expect(out).toContain(
      'Left out here, because there is too much:\n  rules about incompatible entitlements across systems, of 3 more packages.\n  what 2 more waves change.\n\n',
    );
  });

  test('plan shows what a server lacks for a release, and what is measured before it, once for all packages', async () => {
    const [closing] = simulated.packages;
    const measured = 'what the server of hr does will be measured before the first release, because nothing was measured yet';
    const stops = [{ code: 'server', system: 'erp', text: 'in erp, the server removes other holders, too. To release it, update it' }];
    const parts = [
      { ...closing?.parts[0], stops },
      { ...closing?.parts[0], system: 'hr', conditions: [measured] },
    ];
    const opening = { package: 'opening', parts: [parts[1]], problems: [] };
    command.peer.will(simulateRoute(), { status: 200, body: { ...simulated, packages: [{ ...closing, parts }, opening] } });
    const { code, out } = await command.rolewave(['plan', command.file]);
    expect(out).toContain('The servers of systems stop these releases:\n  closing: in erp, the server removes other holders, too. To release it, update it.\n');
    expect(out.split(measured)).toHaveLength(2);
    expect(code).toBe(0);
  });

  test('a system that could not be read is not a success', async () => {
    command.peer.will(simulateRoute(), {
      status: 200,
      body: { ...simulated, packages: [{ package: 'closing', parts: [], problems: ['erp cannot be reached'] }] },
    });
    expect(await command.rolewave(['plan', command.file])).toMatchObject({
      code: 3,
      err: expect.stringContaining('Could not be read:\n  closing: erp cannot be reached.'),
    });
  });

  describe('metric try', () => {
    const trialRoute = (more = '') => `POST /v1/plans/metric-trial?file=${encodeURIComponent(command.file)}&metric=adoption${more}`;
    const atMs = Date.parse('2026-04-07T12:00:00Z');
    const range = (days: number) => ({ fromMs: atMs - days * 86_400_000, toMs: atMs });
    const trial = {
      plan: 'small',
      metric: 'adoption',
      package: 'closing',
      kind: 'ratio',
      system: 'erp',
      people: 2,
      evaluation: { ...range(1), measured: { metric: 'adoption', kind: 'value', ...range(1), value: 0.0625, unit: 'ratio', n: 32, count: 2 } },
      baseline: { ...range(14), measured: { metric: 'adoption', kind: 'noData', ...range(14) } },
      newest: { ageMs: 5 * 3_600_000, atMs: atMs - 5 * 3_600_000, late: false },
    };

    test('prints the range, the numbers and the newest row', async () => {
      command.peer.will(trialRoute('&package=closing'), { status: 200, body: trial });
      expect(await command.rolewave(['metric', 'try', command.file, 'adoption', '--package', 'closing'])).toMatchObject({
        code: 0,
        out: [
          "adoption, a ratio, for the 2 people of closing, in erp (the database's own time zone)",
          'An evaluation that is due now, from 2026-04-06 12:00:00 UTC to 2026-04-07 12:00:00 UTC (24 h):',
          '  0.0625 (count 2 of 32).',
          'A baseline that is taken now, from 2026-03-24 12:00:00 UTC to 2026-04-07 12:00:00 UTC (14 days):',
          '  no data.',
          'Newest row: about 5 h old (2026-04-07 07:00:00 UTC).',
          'Nothing was stored or changed.',
        ].join('\n'),
      });
    });

    test('says that rows seem late, that there are none, what a gauge is, and what is not known', async () => {
      const { newest, ...without } = trial;
      const { system: _none, ...fixed } = without;
      const gauge = { ...range(0), measured: { metric: 'adoption', kind: 'value', ...range(0), value: 7, unit: 'gauge' } };
      command.peer.will(
        trialRoute(),
        { status: 200, body: { ...trial, timeZone: 'Asia/Tokyo', newest: { ...newest, late: true } } },
        { status: 200, body: without },
        { status: 200, body: { ...without, kind: 'gauge', evaluation: gauge, baseline: gauge } },
        { status: 200, body: fixed },
        { status: 200, body: { ...without, newestProblem: 'no answer within 15 s' } },
      );
      const out = async () => (await command.rolewave(['metric', 'try', command.file, 'adoption'])).out;
      expect(await out()).toMatch(
        /time zone Asia\/Tokyo[^]*old \(2026-04-07 07:00:00 UTC\)\. That is long for its usual number of rows: if they arrive late, give the metric a delay\./,
      );
      expect(await out()).toContain(
        'Newest row: none in the range of the baseline. If there should be some, check the time column and the time zone of the system.',
      );
      expect(await out()).toContain('An evaluation that is due now, at 2026-04-07 12:00:00 UTC:\n  7.\n');
      expect(await out()).toContain('Newest row: a fixed answer has none.');
      expect(await out()).toContain('Newest row: not known: no answer within 15 s.');
    });

    test('a metric that cannot be read is no success', async () => {
      const failed = { ...range(1), measured: { metric: 'adoption', kind: 'error', why: 'relation "x" does not exist' } };
      command.peer.will(trialRoute(), { status: 200, body: { ...trial, evaluation: failed } });
      expect(await command.rolewave(['metric', 'try', command.file, 'adoption'])).toMatchObject({
        code: 3,
        err: expect.stringContaining('could not be read: relation "x" does not exist.'),
      });
    });
  });

  const applyRoute = () => `POST /v1/plans?file=${encodeURIComponent(command.file)}`;
  const applied = {
    plan: 'small',
    revision: 2,
    changed: true,
    waves: [
      { wave: 'first', status: 'accepted', id: '1' },
      { wave: 'second', status: 'accepted', id: '2' },
    ],
  };

  test('apply shows the revision and what comes next', async () => {
    command.peer.will(applyRoute(), { status: 200, body: applied }, { status: 200, body: { ...applied, changed: false } });
    expect(await command.rolewave(['apply', command.file, '--if-revision', '1'])).toMatchObject({
      code: 0,
      out: "Applied 'small' as revision 2 and sent it to 2 waves.\nNext: 'rolewave status small --watch' shows what each package needs.",
    });
    expect(command.sent()[0]?.headers['if-match']).toBe('1');
    expect((await command.rolewave(['apply', command.file])).out).toMatch(/^Nothing changed: 'small' is already at revision 2/);
  });

  test('a wave that refuses the plan, or has not taken it yet, is reported with its own exit code', async () => {
    command.peer.will(
      applyRoute(),
      { status: 200, body: { ...applied, waves: [{ wave: 'first', status: 'refused', code: 'older-revision', message: 'It has a newer one.' }] } },
      { status: 200, body: { ...applied, waves: [{ wave: 'first', status: 'received', message: 'Kept.' }] } },
    );
    expect(await command.rolewave(['apply', command.file])).toMatchObject({ code: 3, err: expect.stringContaining('first: refused: It has a newer one.') });
    expect(await command.rolewave(['apply', command.file])).toMatchObject({ code: 5, err: expect.stringContaining('first: received: Kept.') });
  });

  test('where consent is missing, apply says who gives it and how; a site administrator sends a reason', async () => {
    const missing = { person: 'eva', what: "no longer owns 'intake'; kim does", where: 'packages[intake].owner' };
    const answer = {
      status: 409,
      body: { code: 'consent-missing', title: 'Consent is missing', detail: `Revision 3 takes a say from eva (${missing.what}).`, consents: [missing] },
    };
    command.peer.will(applyRoute(), answer, answer);
    const refused = await command.rolewave(['apply', command.file]);
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining(`\n  eva: rolewave consent ${command.file}`) });
    const issued = await command.rolewave(['--as', 'kim', 'apply', command.file]);
    expect(issued).toMatchObject({ code: 3, err: expect.stringContaining(`\n  eva: rolewave --as eva consent ${command.file}`) });
    command.peer.will(`${applyRoute()}&reason=eva%20left`, { status: 200, body: applied });
    expect((await command.rolewave(['apply', command.file, '--reason', 'eva left'])).code).toBe(0);
  });

  test('consent sends the same file, and shows what is given up', async () => {
    const losses = [{ person: 'eva', what: "no longer owns 'intake'; kim does", where: 'packages[intake].owner' }];
    command.peer.will(`POST /v1/plans/small/consents?file=${encodeURIComponent(command.file)}`, {
      status: 200,
      body: { plan: 'small', revision: 3, digest: 'd', losses },
    });
    expect(await command.rolewave(['consent', command.file])).toMatchObject({
      code: 0,
      out: "You agree that this file becomes revision 3 of 'small':\n  eva no longer owns 'intake'; kim does (packages[intake].owner)",
    });
    expect(command.sent()[0]?.body).toBe(smallPlan);
  });

  test('mistakes that the endpoint finds read like those of validate', async () => {
    command.peer.will(applyRoute(), {
      status: 422,
      body: {
        code: 'plan-invalid',
        title: 'The plan has mistakes',
        detail: '1 mistake.',
        mistakes: [{ file: command.file, line: 3, column: 1, path: 'waves[0].goLive', message: 'the go-live is in the past' }],
      },
    });
    expect(await command.rolewave(['apply', command.file])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`${command.file}:3:1  waves[0].goLive  the go-live is in the past\n`),
    });
  });

  test('--as gets a token for a person of the plan', async () => {
    command.peer.will(applyRoute(), { status: 200, body: applied });
    await command.rolewave(['apply', command.file, '--as', 'eva']);
    expect(command.peer.heard.map(({ path, body }) => [path, body])).toMatchObject([
      ['/v1/tokens', { person: 'eva', plan: smallPlan }],
      [applyRoute().slice(5), smallPlan],
    ]);
    expect(command.peer.heard[1]?.headers.authorization).toBe('Bearer given.by.peer');
  });
});
