/** What makes the command good to use: its help, where it runs, and what it prints. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testIo, type TestIo } from '../test/support/command-io.ts';
import { startPeer, type Peer } from '../test/support/peer.ts';
import { plannedPackage, runningPackage, waveOf } from '../test/support/views.ts';
import { pasteableIn } from './invocation.ts';
import { run } from './program.ts';
import { wrappedForTerminal } from './wrap.ts';

let peer: Peer;
let home: string;
beforeEach(async () => {
  peer = await startPeer([{ wave: waveOf([plannedPackage({ releasedAtMs: 1 })]), packages: [runningPackage()] }]);
  home = await mkdtemp(join(tmpdir(), 'rolewave-home-'));
});
afterEach(async () => {
  await peer.close();
  await rm(home, { recursive: true });
});
const io = (options: Parameters<typeof testIo>[0] = {}) => testIo({ ...options, env: { HOME: home, ROLEWAVE_URL: peer.url, ...options.env } });
async function rolewave(args: string[], at: TestIo = io()) {
  const code = await run(args, at);
  return { code, out: at.written.join('\n'), err: at.errors.join('\n'), io: at };
}
const closing = 'small/first/closing';

describe('the help', () => {
  test('after a missing option or argument is how the command is written and what is missing, and not a page', async () => {
    const { code, err } = await rolewave(['tune', closing, '--step', 'ask']);
    expect(code).toBe(2);
    expect(err.replaceAll(/ {3,}/g, '  ')).toBe(
      [
        "required option '-r, --reason <text>' not specified",
        '',
        'Usage: rolewave tune <package> --step <step> --reason <text> [options]',
        '',
        '  -r, --reason <text>  (required) the reason; it is recorded',
        '',
        "See 'rolewave tune --help'.",
      ].join('\n'),
    );
    expect((await rolewave(['metric', 'try'])).err).toContain("See 'rolewave metric try --help'.");
    expect((await rolewave(['show'])).err).toMatch(/^missing required argument 'target'\n\nUsage: rolewave show <target> \[options\]/);
    expect((await rolewave(['rollback', closing])).err).toMatch(
      /^A rollback needs a reason: add --reason\..*\n\nUsage: rolewave rollback <package> \[options\]/,
    );
  });

  test('of the whole lists every command; an unknown one is told with the nearest', async () => {
    const { out } = await rolewave(['--help']);
    expect(out).toMatch(/^ {2}sign-off +sign off a package, or reject it$/m);
    expect(out).toContain('6 not reached in time');
    expect(await rolewave(['statsu'])).toMatchObject({ code: 2, err: "unknown command 'statsu'\n(Did you mean status?)\nSee 'rolewave --help'." });
  });

  test.each([60, 80, 200])('fits %d columns', async (columns) => {
    for (const args of [['--help'], ['decide', '--help'], ['tune', '--help']]) {
      const { out } = await rolewave(args, io({ columns }));
      const prose = out.slice(0, out.indexOf('\nExample') < 0 ? out.indexOf('\nEnvironment') : out.indexOf('\nExample')).split('\n');
      expect(Math.max(...prose.filter((line) => !line.startsWith('Usage:')).map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  });
});

describe('what is misspelled or left out', () => {
  test.each([
    [['completion', 'zhs'], '(Did you mean zsh?)', "See 'rolewave completion --help'."],
    [['decide', 'small/first/closing', 'aprove'], '(Did you mean approve?)', "See 'rolewave decide --help'."],
    [['--output', 'jsn', 'status'], '(Did you mean json?)', "See 'rolewave --help'."],
    [['profile'], 'This command has commands of its own: name one of them.', 'Usage: rolewave profile '],
    [['metric'], 'This command has commands of its own: name one of them.', 'Usage: rolewave metric '],
  ])('%j', async (args, says, help) => {
    const { code, err } = await rolewave(args);
    expect([code, err]).toEqual([2, expect.stringContaining(says)]);
    expect(err).toContain(help);
  });
});

describe('who it acts as', () => {
  const asked = () => peer.heard.map(({ path, body, headers }) => [path.split('?')[0], path === '/v1/tokens' ? body : headers.authorization]);
  test('on this machine, without anything else, the person whom the endpoint names; ROLEWAVE_PERSON is another', async () => {
    await rolewave(['status']);
    expect(asked()).toEqual([
      ['/v1/tokens', {}],
      ['/v1/waves', 'Bearer given.by.peer'],
    ]);
    peer.heard.length = 0;
    await rolewave(['status'], io({ env: { ROLEWAVE_PERSON: 'eva' } }));
    expect(asked()[0]).toEqual(['/v1/tokens', { person: 'eva' }]);
  });

  test('a profile is set with options as well as with setting=value, and not with nothing', async () => {
    expect((await rolewave(['profile', 'set', 'work', '--url', peer.url, '--person', 'kim', 'scope=openid', '--client-id', 'cli'])).code).toBe(0);
    expect((await rolewave(['profile', 'show', 'work'])).out).toBe(
      ['work: as kim', '  scope: openid', `  url: ${peer.url}`, '  person: kim', '  client-id: cli'].join('\n'),
    );
    expect(await rolewave(['profile', 'set', 'work'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^Nothing to set: write setting=value/),
    });
  });

  test('a token in the environment comes before that, --as before the token, and a profile that is named before both', async () => {
    await rolewave(['profile', 'set', 'demo', `url=${peer.url}`, 'person=kim']);
    const env = { ROLEWAVE_TOKEN: 'my.own.token' };
    await rolewave(['status'], io({ env }));
    expect(asked()).toEqual([['/v1/waves', 'Bearer my.own.token']]);
    peer.heard.length = 0;
    await rolewave(['status', '--as', 'eva'], io({ env }));
    expect(asked()[0]).toEqual(['/v1/tokens', { person: 'eva' }]);
    peer.heard.length = 0;
    await rolewave(['status', '--profile', 'demo'], io({ env }));
    expect(asked()[0]).toEqual(['/v1/tokens', { person: 'kim' }]);
  });

  test('an endpoint elsewhere is never asked for a token', async () => {
    const { caller } = { caller: (await import('./profiles/caller.ts')).callerFor };
    expect(await caller(io({ env: { ROLEWAVE_URL: 'https://rolewave.example.com', ROLEWAVE_PERSON: 'eva' } }), {})).toEqual({
      url: 'https://rolewave.example.com',
    });
  });
});

describe('what it prints', () => {
  test('can be pasted: it begins as the command that printed it', async () => {
    const text = "Next: run 'rolewave show' with one.\n  → rolewave decide a/b/c\nrolewave is its name";
    expect(pasteableIn(['show', 'decide'], { invokedAs: 'npx rolewave' }, { as: 'olga' }, text)).toBe(
      "Next: run 'npx rolewave --as olga show' with one.\n  → npx rolewave --as olga decide a/b/c\nrolewave is its name",
    );
    // Whom the endpoint has picked is not picked again where another plan is applied meanwhile.
    expect((await rolewave(['decide', closing])).err).toContain(`run 'rolewave --as eva show ${closing}'`);
    expect((await rolewave(['decide', closing], io({ env: { ROLEWAVE_TOKEN: 'my.own.token' } }))).err).toContain(`run 'rolewave show ${closing}'`);
    expect((await rolewave(['decide', closing], io({ env: { ROLEWAVE_PERSON: 'kim' } }))).err).toContain(`run 'rolewave show ${closing}'`);
    const { out } = await rolewave(['status', '--as', 'eva', '--url', peer.url]);
    expect(out).not.toMatch(/rolewave (show|status|decide)/);
    const plain = await rolewave(['validate', 'examples/role-packages.yaml'], Object.assign(io(), { invokedAs: 'npx rolewave' }));
    expect(plain.out).toContain("Next: 'npx rolewave plan examples/role-packages.yaml'");
    expect((await rolewave(['decide', closing, '--as', 'eva'])).err).toContain(`run 'rolewave --as eva show ${closing}'`);
  });

  test('on a terminal breaks between words; what is to be copied stays whole', () => {
    const text = 'A sentence that is longer than the terminal is wide\n  rolewave decide a/b/c approve --reason "as long as it is"';
    expect(wrappedForTerminal(text, 30)).toBe(
      'A sentence that is longer than\n  the terminal is wide\n  rolewave decide a/b/c approve --reason "as long as it is"',
    );
  });

  test('--version is the version, and -o json has times that people read', async () => {
    expect((await rolewave(['--version'])).out).toMatch(/^\d+\.\d+\.\d+$/);
    const { out } = await rolewave(['show', closing, '-o', 'json']);
    expect(out).toContain('"start": "2026-04-08T18:00:00.000Z"');
    expect(JSON.parse((await rolewave(['show', closing, '--json'])).out)).toMatchObject({ running: { watch: { startMs: expect.any(Number) } } });
  });
});

describe('status --watch --until', () => {
  const until = (...more: string[]) => rolewave(['status', '--watch', '--every', '0.2', '--until', ...more]);
  test('ends with 0 once every package has the state', async () => {
    setTimeout(() => void peer.waves[0]?.packages.splice(0, 1, runningPackage({ state: 'Stable' })), 300);
    expect(await until('stable', '--timeout', '20s')).toMatchObject({ code: 0 });
  });
  test('ends with 3 once one never will', async () => {
    peer.waves[0]?.packages.splice(0, 1, runningPackage({ state: 'Rolled back' }));
    expect(await until('stable')).toMatchObject({ code: 3, err: `Not every package will be Stable: ${closing} is Rolled back.` });
  });
  test('ends with 6 when the time is up', async () => {
    expect(await until('stable', '--timeout', '1s')).toMatchObject({ code: 6, err: `Not Stable within 1 s: ${closing} is Monitoring.` });
  });
});

describe('what would contradict the case', () => {
  test('a wave that has ended waits for nobody', async () => {
    const { blockers: _, ...rest } = plannedPackage();
    peer.waves[0] = {
      wave: waveOf([{ ...rest, blockers: [], endedWhy: 'aborted by eva: wrong' }], { stage: 'aborted', endedWhy: 'aborted by eva: wrong' }),
      packages: [],
    };
    const { out } = await rolewave(['status']);
    expect(out).toContain('Nothing waits for a person.');
    expect(out).toContain('never released: aborted by eva: wrong');
    expect((await rolewave(['show', 'small/first'])).out).toContain('It was never released, because its wave has ended: aborted by eva: wrong.');
  });

  test('a tune that waits for its owner is not said to run', async () => {
    const tune = ['tune', closing, '--step', 'narrow', '--people', 'ana', '--reason', 'Fewer'];
    expect((await rolewave(tune)).out).toContain(`Accepted: narrow runs on ${closing}.`);
    const answers = [{ answer: 'approve' as const, by: ['ana', 'kim'] }];
    const proposal = { id: 'tune-1', kind: 'tune' as const, tune: { step: 'narrow' as const, people: ['ana'] }, why: 'Fewer', proposedAtMs: 0, answers };
    peer.waves[0]?.packages.splice(0, 1, runningPackage({ proposal }));
    expect((await rolewave(tune)).out).toContain(`Accepted: narrow is proposed for ${closing}, and runs once ana or kim approves it.`);
  });

  test('narrowing without people says that people are missing', async () => {
    expect((await rolewave(['tune', closing, '--step', 'narrow', '--reason', 'Fewer'])).err).toMatch(/^--step narrow needs --people\.\n\nUsage: rolewave tune/);
  });
});

describe('completion', () => {
  const complete = async (...words: string[]) => (await rolewave(['__complete', ...words])).out.split('\n').map((line) => line.split('\t')[0]);
  test('of commands, options and their values', async () => {
    expect(await complete('st')).toEqual(['status']);
    expect(await complete('profile', 's')).toEqual(['show', 'set']);
    expect(await complete('tune', closing, '--st')).toEqual(['--step']);
    expect(await complete('tune', closing, '--step', 'na')).toEqual(['narrow']);
    expect(await complete('decide', closing, 'ap')).toEqual(['approve']);
    expect(await complete('status', '--output', 'j')).toEqual(['json']);
  });
  test('of packages, one part at a time, as the endpoint shows them', async () => {
    const rows = [
      { plan: 'small', wave: 'first', package: 'closing' },
      { plan: 'small', wave: 'first', package: 'intake' },
    ];
    peer.will('GET /v1/packages?limit=500', { status: 200, body: { packages: rows } });
    expect(await complete('show', 'sm')).toEqual(['small/']);
    peer.will('GET /v1/packages?limit=500&plan=small', { status: 200, body: { packages: rows } });
    expect(await complete('evaluate', 'small/first/')).toEqual(['small/first/closing', 'small/first/intake']);
  });
  test.each(['bash', 'zsh', 'fish'])('%s has a script', async (shell) => {
    expect((await rolewave(['completion', shell])).out).toContain('rolewave __complete');
  });
});

test('open shows the page in a browser, and prints its address where there is none', async () => {
  expect(await rolewave(['open', closing])).toMatchObject({ code: 0, out: `${peer.url}/packages/${closing}` });
  const { out, io: at } = await rolewave(['open', 'small/first'], io({ browser: () => undefined }));
  expect([out, at.opened]).toEqual([`Opened ${peer.url}/waves/small/first`, [`${peer.url}/waves/small/first`]]);
});
