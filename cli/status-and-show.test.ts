import { describe, expect, test } from 'vitest';
import { openRequest } from '../test/support/board.ts';
import { testIo } from '../test/support/command-io.ts';
import { commandWithPeer } from '../test/support/command-with-peer.ts';
import { plannedPackage, runningPackage, waveOf } from '../test/support/views.ts';

const command = commandWithPeer();
const closing = 'small/first/closing';

describe('status and show', () => {
  test('status shows the table and who must act', async () => {
    const { code, out } = await command.rolewave(['status', 'small']);
    expect(command.peer.heard[0]?.path).toBe('/v1/waves?full=true&plan=small');
    expect(out).toContain('Finance Month-End Operator');
    expect(out).toContain("1 package waits for a person: small/first/closing. Next: run 'rolewave show small/first/closing'.");
    expect(code).toBe(0);
  });

  test.each([60, 72, 84, 96, 100, 104, 108, 112, 120, 140, 200])('status in %i columns names each person once, wherever a line breaks', async (columns) => {
    const needs = ['dorota.kowalska', 'viktor.hansen', 'grace.adeyemi'].map((person) => ({ code: 'signOff' as const, person, text: `sign-off by ${person}` }));
    const names = { 'dorota.kowalska': 'Dorota Kowalska', 'viktor.hansen': 'Viktor Hansen', 'grace.adeyemi': 'Grace Adeyemi' };
    const requests = [openRequest('evidence', { to: ['viktor.hansen'], text: 'Closing needs the drill of viktor.hansen before its go-live.' })];
    const wave = waveOf([plannedPackage({ blockers: needs, checklist: [] })], { requests });
    command.peer.will('GET /v1/waves?full=true', { status: 200, body: { waves: [{ wave, packages: [] }], names } });
    const { out } = await command.rolewave(['status'], testIo({ env: { ROLEWAVE_TOKEN: 'my.own.token' }, columns }));
    const words = out.replaceAll(/\s+/g, ' ');
    const often = (text: string) => words.split(text).length - 1;
    expect(often('dorota.kowalska')).toBe(1);
    for (const [id, name] of Object.entries(names)) expect(often(name)).toBeLessThanOrEqual(often(id));
  });

  test('status says who must answer a request, and has its command for those who may', async () => {
    const asked = openRequest('evidence', { to: ['viktor.hansen'], mayAnswer: ['viktor.hansen', 'grace.adeyemi'] });
    command.peer.waves[0] = { wave: waveOf([plannedPackage()], { requests: [asked] }), packages: [] };
    const statusOf = async (person: string) => {
      command.peer.person = person;
      return (await command.rolewave(['status'])).out;
    };
    const evidence = 'rolewave evidence small/first/closing handoff';
    expect(await statusOf('eva')).toContain('→ Only viktor.hansen or grace.adeyemi can answer it.');
    expect(await statusOf('eva')).not.toContain(evidence);
    expect(await statusOf('viktor.hansen')).toContain(`→ ${evidence}`);
    expect(await statusOf('grace.adeyemi')).toContain(`→ You may answer it, too:\n  ${evidence}`);
  });

  test('status explains a state that is no usual one before a release, once', async () => {
    const planned = ['one', 'two'].map((id) => plannedPackage({ package: id, state: 'Monitoring', nextAction: 'Monitor' }));
    command.peer.will('GET /v1/waves?full=true', { status: 200, body: { waves: [{ wave: waveOf(planned), packages: [] }] } });
    const { out } = await command.rolewave(['status']);
    expect(out.split('Monitoring, before release: Nothing is granted yet, and it has no go-live date.')).toHaveLength(2);
    command.peer.will('GET /v1/waves?full=true', { status: 200, body: { waves: [{ wave: waveOf([plannedPackage()]), packages: [] }] } });
    expect((await command.rolewave(['status'])).out).not.toContain('before release');
  });

  test('status reads every page of the list', async () => {
    const page = (wave: string) => [{ wave: waveOf([plannedPackage()], { wave }), packages: [] }];
    command.peer.will('GET /v1/waves?full=true', { status: 200, body: { waves: page('one'), next: 'a.b' } });
    command.peer.will('GET /v1/waves?full=true&cursor=a.b', { status: 200, body: { waves: page('two') } });
    const { out } = await command.rolewave(['status', '--json']);
    expect(JSON.parse(out).map((entry: { wave: { wave: string } }) => entry.wave.wave)).toEqual(['one', 'two']);
  });

  test('status does not say that nothing was started, or that nothing waits, where no wave answers', async () => {
    const silent = [{ plan: 'small', wave: 'first', stage: 'watching', why: 'does not answer: no worker runs' }];
    command.peer.will('GET /v1/waves?full=true', { status: 200, body: { waves: [], silent } });
    const { out, err } = await command.rolewave(['status']);
    expect(out).toBe("No wave answers now, so what waits for a person is not known. 'rolewave doctor' finds out why.");
    expect(err).toBe('small/first (watching): does not answer: no worker runs');
  });

  test.each([
    [['--state', 'monitoring'], ['closing']],
    [['--state', 'Needs tuning,release-ready'], ['opening']],
    [['--state', 'Stable'], []],
    [['--owner', 'ben,kim'], ['opening']],
    [['--risk', 'low', '--team', 'finance', '--owner', 'ana'], ['closing']],
  ])('status %j shows these packages and no others', async (options, expected) => {
    const planned = [plannedPackage({ releasedAtMs: 1 }), plannedPackage({ package: 'opening', owner: 'ben', team: 'sales', state: 'Release ready' })];
    command.peer.waves[0] = { wave: waveOf(planned, { stage: 'watching' }), packages: [runningPackage()] };
    const { code, out } = await command.rolewave(['status', 'small', ...options, '--json']);
    const shown = (JSON.parse(out) as { wave: { packages: { package: string }[] } }[]).flatMap(({ wave }) => wave.packages.map((entry) => entry.package));
    expect([code, shown]).toEqual([0, expected]);
  });

  test('status passes the filters on, and lists the known states when one is unknown', async () => {
    await command.rolewave(['status', 'small', '--owner', 'ana', '--text', 'closing, or not']);
    expect(command.peer.heard[0]?.path).toBe('/v1/waves?full=true&plan=small&owner=ana&text=closing%2C+or+not');
    expect(await command.rolewave(['status', '--state', 'happy'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--state happy is none of Scheduled, Release ready'),
    });
  });

  test.each([
    [['--wave', 'wave-9'], 'No package matches these options.'],
    [['--owner', 'nobody'], 'No package matches these options.'],
  ])('status %j, which matches nothing, does not say that nothing was started', async (options, says) => {
    const { code, out } = await command.rolewave(['status', ...options]);
    expect([code, out]).toEqual([0, expect.stringContaining(says)]);
    expect(out).not.toContain('started');
  });

  test('a state that is misspelled is told with the nearest', async () => {
    expect((await command.rolewave(['status', '--state', 'Monitorin'])).err).toMatch(/; did you mean 'Monitoring'\?$/);
  });

  test('status of a wave that does not exist is refused', async () => {
    expect(await command.rolewave(['status', 'small/none'])).toMatchObject({
      code: 3,
      err: expect.stringContaining("No wave of 'small/none' has been started"),
    });
  });

  test('status --watch writes the table once and then a line for each change, even while the endpoint is unavailable, until it is ended', async () => {
    const io = testIo({ env: { ROLEWAVE_TOKEN: 'x' } });
    const watching = command.rolewave(['status', '--watch', '--every', '0.2'], io);
    await expect.poll(() => io.written.length).toBe(1);
    command.peer.will('GET /v1/waves?full=true', { status: 503, body: { code: 'no-worker', title: 'No worker answers', detail: 'None.' } });
    await expect.poll(() => io.errors.length).toBe(1);
    command.peer.waves[0]?.packages.push(runningPackage());
    await expect.poll(() => io.written[1]).toBe('small/first/closing: Monitoring, day 3 of 14: close-adoption is judged only from 7 days after go-live');
    io.end();
    expect(await watching).toMatchObject({ code: 0, err: 'No worker answers. None. Retrying.' });
    expect(io.written).toHaveLength(2);
  });

  test('show prints a package in full', async () => {
    command.peer.waves[0] = {
      wave: waveOf([plannedPackage({ releasedAtMs: Date.parse('2026-04-08T18:00:00Z'), blockers: [] })], { stage: 'watching' }),
      packages: [
        runningPackage({
          state: 'Rolled back',
          nextAction: 'None',
          receiptLine: '12 granted, 12 revoked, 1 kept: granted by dba_kim',
          receipts: [
            {
              system: 'erp',
              granted: 12,
              revoked: 12,
              kept: [{ role: 'wh', account: 'awa', why: 'granted by dba_kim' }],
              restored: 0,
              restoredNotes: [],
              notRestored: [],
              failed: [],
              check: 'select 1',
            },
          ],
        }),
      ],
    };
    const { out } = await command.rolewave(['show', closing]);
    for (const part of [
      'Released on 2026-04-08 18:00 UTC.',
      'It is Rolled back: 12 granted, 12 revoked, 1 kept: granted by dba_kim.',
      'kept: awa wh: granted by dba_kim',
      'check it with: select 1',
      'no longer watched: its watch began on 2026-04-08 18:00 UTC, was to end on 2026-04-22 18:00 UTC (14 d), and had 3 evaluations',
    ])
      expect(out).toContain(part);
  });

  const released = { releasedAtMs: Date.parse('2026-04-08T18:00:00Z'), blockers: [] };
  const proposal = {
    id: 'rollback-1',
    kind: 'rollback' as const,
    why: 'exceptions',
    proposedAtMs: 0,
    answers: [
      { answer: 'approve' as const, by: ['ana'] },
      { answer: 'freeze' as const, by: ['ana', 'eva'] },
    ],
  };

  test('show of a wave says what became of each package, what it waits for, and what is next', async () => {
    const packages = [
      plannedPackage(released),
      plannedPackage({ ...released, package: 'opening', name: 'Opening' }),
      plannedPackage({ ...released, package: 'asked', name: 'Asked' }),
      plannedPackage({ ...released, package: 'mute', name: 'Mute' }),
    ];
    const asked = openRequest('certification', { to: ['viktor.hansen'], package: 'asked', text: 'Certify it.' });
    command.peer.waves[0] = {
      wave: waveOf(packages, { stage: 'watching' }),
      packages: [
        runningPackage({ state: 'Rolled back', nextAction: 'None', receiptLine: '11 granted, 10 revoked, 1 FAILED' }),
        runningPackage({ package: 'opening', state: 'Rollback ready', proposal }),
        runningPackage({ package: 'asked', requests: [asked], grants: { created: 5, preexisting: 2, failed: 1, unknown: 0, legacyRetired: 3 } }),
      ],
    };
    command.peer.person = 'eva';
    const { out } = await command.rolewave(['show', 'small/first']);
    for (const part of [
      'next: its review, once every package is stable, rolled back or retired (1 of 4 now)',
      'It is Rolled back: 11 granted, 10 revoked, 1 FAILED.',
      'before its rollback: 11 granted, 1 already had it, 0 failed, 0 could not be confirmed, 12 legacy grants retired',
      'It is Rollback ready; a rollback proposal waits for an answer from ana (yours may be another: rolewave decide small/first/opening): exceptions.',
      'waits for viktor.hansen: see the open requests below',
      '5 granted, 2 already had it, 1 failed, 0 could not be confirmed, 3 legacy grants retired',
      'It is Monitoring, day 3 of 14; the next evaluation is on 2026-04-12 18:00 UTC (next: Monitor).',
      'What became of it is not known now.',
      'viktor.hansen: Certify it.',
    ])
      expect(out).toContain(part);
  });

  test('show of a wave whose released packages cannot be read shows the rest, and says so', async () => {
    command.peer.waves[0] = { wave: waveOf([plannedPackage(released)], { stage: 'watching' }), packages: [] };
    const body = { code: 'no-such-route', title: 'There is no such address', detail: 'None.' };
    command.peer.will('GET /v1/waves?full=true&plan=small&wave=first', { status: 404, body });
    const { code, out } = await command.rolewave(['show', 'small/first']);
    expect([code, out]).toEqual([0, expect.stringContaining('What became of it is not known now: There is no such address. None.')]);
    expect(out).toContain('Released on 2026-04-08 18:00 UTC.');
  });

  test.each([
    ['ana', 'waits for your answer (rolewave decide small/first/closing)'],
    ['eva', 'waits for an answer from ana (yours may be another: rolewave decide small/first/closing)'],
    ['kim', 'waits for an answer from ana: exceptions'],
  ])('show tells %s whose answer an open proposal waits for, and prints no command to those who may give none', async (person, says) => {
    command.peer.waves[0] = { wave: waveOf([plannedPackage(released)], { stage: 'watching' }), packages: [runningPackage({ proposal })] };
    command.peer.person = person;
    expect((await command.rolewave(['show', 'small/first'])).out).toContain(says);
  });

  test('what has ended is nowhere shown as watched', async () => {
    const over = [
      runningPackage({ state: 'Rolled back', nextAction: 'None', receiptLine: '11 granted, 11 revoked' }),
      runningPackage({ package: 'opening', state: 'Retired', nextAction: 'None', endedWhy: '11 revoked' }),
      runningPackage({ package: 'cut', endedWhy: 'terminated in Temporal' }),
    ];
    const planned = over.map((entry) => plannedPackage({ ...released, package: entry.package }));
    command.peer.waves[0] = { wave: waveOf(planned, { stage: 'watching' }), packages: over };
    const said = [await command.rolewave(['status']), await command.rolewave(['show', 'small/first']), await command.rolewave(['show', closing])];
    for (const { out } of said) expect(out).not.toMatch(/day 3 of 14|watched from/);
    expect(said[0]?.out).toMatch(/Rolled back +None +ended/);
    expect(said[0]?.out).toMatch(/Monitoring +Monitor +not watched/);
  });

  test('those who do not act in a plan see how its rollbacks ended and that something waits for a person, and no command for it', async () => {
    const shown = 'overview' as const;
    const { watch, receipts: _, notes: _notes, refusals: _refusals, lastVerdict: _verdict, owner: _owner, ...counts } = runningPackage();
    const entry = { ...counts, shown, watch: { ...watch, paused: false } };
    const receipts = [{ system: 'erp', granted: 11, revoked: 10, restored: 0, kept: 1, failed: 0 }];
    const planned = [plannedPackage(released), plannedPackage({ ...released, package: 'opening' })];
    const body = {
      waves: [
        {
          wave: waveOf(planned, { stage: 'watching' }),
          packages: [
            { ...entry, state: 'Rolled back', nextAction: 'None', receipts },
            { ...entry, package: 'opening', state: 'Rollback ready', proposal: { kind: 'rollback', proposedAtMs: 0 }, receipts: [] },
          ],
        },
      ],
    };
    command.peer.will('GET /v1/waves?full=true', { status: 200, body });
    const { out } = await command.rolewave(['status']);
    expect(out).toContain('11 granted, 10 revoked, 1 kept');
    expect(out).toContain('1 package waits for a person: small/first/opening.');
    expect(out).not.toContain('rolewave decide');
  });

  test('show prints a wave in full, and --json passes on what the endpoint says', async () => {
    expect((await command.rolewave(['show', 'small/first'])).out).toContain('OPEN handoff: no evidence yet');
    const wave = waveOf([plannedPackage()]);
    command.peer.waves[0] = { wave, packages: [] };
    expect(JSON.parse((await command.rolewave(['show', 'small/first', '--json'])).out)).toEqual(wave);
  });

  test('show of a wave with --json has what became of its released packages too, and names those that do not answer', async () => {
    const wave = waveOf([plannedPackage({ releasedAtMs: 1 })], { stage: 'watching' });
    command.peer.waves[0] = { wave, packages: [runningPackage()] };
    const answer = async () => JSON.parse((await command.rolewave(['show', 'small/first', '--json'])).out) as Record<string, unknown>;
    expect(await answer()).toEqual({ ...wave, released: [expect.objectContaining({ package: 'closing', grants: runningPackage().grants })] });
    const silent = [{ plan: 'small', wave: 'first', package: 'closing', stage: 'watching', why: 'no worker answers' }];
    command.peer.will('GET /v1/waves?full=true&plan=small&wave=first', { status: 200, body: { waves: [], silent } });
    expect(await answer()).toEqual({ ...wave, silent });
  });

  test('show has words for stages, items and outcomes, and no names of fields', async () => {
    const checklist = [{ item: 'riskAcceptance' as const, ok: true, code: 'recorded' as const, why: 'RISK-5', reference: 'RISK-5' }];
    command.peer.waves[0] = { wave: waveOf([plannedPackage({ checklist })], { stage: 'signOffs' }), packages: [runningPackage()] };
    const wave = (await command.rolewave(['show', 'small/first'])).out;
    expect(wave).toContain('revision 1: waiting for sign-offs');
    expect(wave).toContain('ok risk acceptance: RISK-5');
    const inFull = { package: plannedPackage({ checklist }), running: runningPackage(), evaluations: [], ledger: { grant: { preexisting: 2, created: 1 } } };
    const body = { ...inFull, events: [], actions: [], names: {}, clock: null };
    command.peer.will('GET /v1/packages/small/first/closing', { status: 200, body });
    const { out } = await command.rolewave(['show', closing]);
    expect(`${wave}${out}`).not.toMatch(/\b(signOffs|riskAcceptance|rollbackPath|postLaunchChecks|preexisting|retireLegacy)\b/);
    expect(out).toContain('granted access: 2 there already, 1 granted');
  });

  test('show says where the site file turned off the separation of duties', async () => {
    expect((await command.rolewave(['show', 'small/first'])).out).not.toContain('the site allows');
    for (const entry of command.peer.waves[0]!.wave.packages)
      entry.duties = { appliedBy: ['ines'], receivers: [], allowed: ['a sign-off counts for a grant to the signer'] };
    expect((await command.rolewave(['show', 'small/first'])).out).toContain('the site allows that a sign-off counts for a grant to the signer');
  });
});
