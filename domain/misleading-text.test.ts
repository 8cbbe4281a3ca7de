/** Wherever a person reads a text that others wrote, characters that nobody sees or that turn what follows are there by name. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { html as signInHtml, page } from '../api/sign-in/html.ts';
import { waveDetails } from '../api/plans/apply/wave-details.ts';
import { noticeWords } from '../channels/notice-words.ts';
import { html } from '../cli/report/html.ts';
import { jsonText } from '../cli/output.ts';
import { statusTable } from '../cli/table.ts';
import { inComment, value } from '../discover/yaml-text.ts';
import { commandWithPeer } from '../test/support/command-with-peer.ts';
import { notice } from '../test/support/notices.ts';
import { plan as planOf } from '../test/support/plan.ts';
import { heldBackBy, plannedPackage, runningPackage, waveOf } from '../test/support/views.ts';
import { packageAttributes } from '../workflows/shared/search-attributes.ts';
import { planFacts } from './board/facts.ts';
import { escapedInJson, misleading, onTerminal, withoutMisleading } from './misleading-text.ts';
import { quote } from './plan/places.ts';
import type { RolePackageInput } from './plan/section.ts';
import { waveSection } from './plan/section.ts';
import { words } from './temporal-ui/markdown.ts';

/** As a plan from before could have it: it is stored, and nobody refuses it any more. */
const old = 'Payroll \u202egnol\u009b\u200b';
const command = commandWithPeer();
const oldPlan = planOf({ packages: [{ id: 'clerk', name: old, description: old }], waves: [{ description: old }] });
const oldWave = () => waveOf([plannedPackage({ name: old, heldBack: heldBackBy(old) })], { hold: { reason: old, approvals: 1, liftedBy: [] } });
/** Of the command, as it leaves the process. */
async function written(...args: string[]): Promise<string> {
  command.peer.waves[0] = { wave: oldWave(), packages: [runningPackage({ name: old, endedWhy: old })] };
  const { out, err } = await command.rolewave(args);
  return `${out}\n${err}`;
}

describe('a name of before is seen as it is', () => {
  test.each<[string, () => string | Promise<string>]>([
    ['on the board', () => planFacts(oldPlan).packages.get('clerk')?.name ?? ''],
    ['in the table of the command', () => statusTable([{ wave: oldWave(), packages: [] }], 0, 140)],
    ['by rolewave status', () => written('status', 'small')],
    ['by rolewave show', () => written('show', 'small/first/closing')],
    [
      'in a problem that the command tells',
      () => {
        command.peer.will('GET /v1/waves?full=true&plan=small', { status: 409, body: { code: 'wrong-stage', title: 'Not possible', detail: old } });
        return written('status', 'small');
      },
    ],
    ['in the report', () => html`<p title="${old}">${old}</p>`.markup],
    ['on the pages before the sign-in', () => page(old, signInHtml`<p>${old}</p>`)],
    [
      'in a mail',
      () => noticeWords({ notice: notice({ text: old }), plan: { ...oldPlan, people: oldPlan.people.map((each) => ({ ...each, name: old })) } }).body,
    ],
    ['in the details of a wave in Temporal', () => waveDetails(oldPlan, waveSection(oldPlan, 1, 'wave-1'))],
    ['in the current details in Temporal', () => words(old)],
    [
      'in a search attribute',
      () => {
        const section = { team: old, package: { id: 'clerk', risk: 'low' } };
        return String(packageAttributes({ plan: 'p', wave: 'w', section } as unknown as RolePackageInput, 'Stable').at(-1)?.value);
      },
    ],
    ['in a mistake of a plan', () => quote(old)],
    ['in a comment of a plan that is written', () => inComment(old)],
  ])('%s', async (_where, shown) => {
    const text = (await shown()).replaceAll('\\', '');
    // Styles of a terminal are the command's own.
    // oxlint-disable-next-line no-control-regex -- sequences of a terminal
    expect(text.replaceAll(/\u001b\[[\d;]*m/g, '')).not.toMatch(misleading);
    expect(text).toContain('Payroll [U+202E]gnol[U+009B][U+200B]');
  });

  test.each([
    ['the JSON of the command', (text: string) => jsonText({ text }, 'json')],
    ['its JSON in one line', (text: string) => jsonText({ text }, 'line')],
    ['a value of a plan that is written', (text: string) => `{ "text": ${value(text)} }`],
  ])('in %s, which is the same text for programs', (_where, written) => {
    expect(written(old)).not.toMatch(misleading);
    expect(JSON.parse(written(old))).toEqual({ text: old });
    expect(JSON.parse(written('\u{e0041} a "quoted" \\ b'))).toEqual({ text: '\u{e0041} a "quoted" \\ b' });
  });
});

test('nothing misleading stays, what is not misleading stays as it is, and twice is once', () => {
  const text = fc
    .array(fc.constantFrom('\u202e', '\u200b', '\u200d', '\ufe0f', '\u001b', '\u00ad', '\u{e0041}', 'a', ' ', 'क', '👩', '\n'), { maxLength: 12 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (given) => {
      const shown = withoutMisleading(given);
      expect(withoutMisleading(shown)).toBe(shown);
      if (!misleading.test(given)) expect(shown).toBe(given);
      expect(JSON.parse(escapedInJson(JSON.stringify({ given })))).toEqual({ given });
    }),
  );
});

test('on a terminal, styles work and nothing else does', () => {
  expect(onTerminal('\u001b[1mbold\u001b[22m \u001b[2J\u001b]0;t\u0007\u202e')).toBe('\u001b[1mbold\u001b[22m [U+001B][2J[U+001B]]0;t[U+0007][U+202E]');
});
