/** What each workflow is started with, and everything that it is not: each field left out, and of another kind. */
import { describe, expect, test } from 'vitest';
import { plan } from '../../test/support/plan.ts';
import { waveSection, type RolePackageInput } from './section.ts';
import { inputMistakes, type WorkflowInputs } from './workflow-inputs.ts';

const clock = { epochMs: 0, anchorMs: 0, dayMs: 2_000 };
const made = waveSection(
  plan({
    operators: ['ines'],
    delegates: [{ of: 'olga', to: 'dora', until: '2027-06-01' }],
    blackouts: [{ id: 'close', reason: 'Month-end close', from: '2027-02-01', until: '2027-02-05', packages: ['clerks'] }],
    packages: [{ risk: 'high', buildsOn: [], certifyEvery: '90d', requires: { drill: { validFor: '90d', timebox: '1h', signedBy: 'sam' } } }],
    waves: [{ alsoSigns: ['sam'], packages: [{ package: 'clerks', goLive: '2027-03-02' }] }],
  }),
  1,
  'wave-1',
);
// A wave has a date or a hold; an input may have both.
const section = { ...made, wave: { ...made.wave, hold: { reason: 'a pilot', liftedBy: ['hugo', 'ines'], approvals: 2 } } };
const [packageSection] = section.packages;
const part = { system: 'erp', digest: 'd', people: 1, toGrant: 1, alreadyThere: 0, toRetire: 0, conflicts: [] };
const { notices, blackouts, operators } = section;
const released: RolePackageInput = {
  plan: 'test',
  wave: 'wave-1',
  revision: 1,
  section: packageSection!,
  operators,
  notices,
  blackouts,
  release: {
    previewDigest: 'd',
    parts: [part],
    baseline: { adoption: 0.5 },
    goLiveMs: 1,
    despiteBlackout: true,
    riskUntilMs: 2,
    signedBy: [{ by: 'olga', atMs: 1 }],
  },
  clock,
  continueAfterEvents: 100,
};
const inputs: { [Type in keyof WorkflowInputs]: object } = {
  wave: { section, clock, continueAfterEvents: 100 },
  rolePackage: released,
  simulation: { plan: 'test', draft: 'd', packages: [{ id: 'clerks', systems: ['erp'] }] },
  metricTrial: { draft: 'd', metric: 'm', package: 'clerks' },
  rollbackPreview: { release: { plan: 'test', wave: 'w', package: 'p', revision: 1, planDigest: 'd', previewDigest: 'd', parts: [part] }, sinceMs: 1 },
  notice: { notice: 'n', again: 'failed' },
};
/** By place; `*`: any item of a list. What may be left out, and what may be any text, list or record. */
const optional: Partial<Record<keyof WorkflowInputs, string[]>> = {
  wave: [
    'clock',
    'continueAfterEvents',
    'section.wave.hold',
    'section.wave.goLive',
    'section.packages.0.goLiveMs',
    'section.packages.0.package.certifyEvery',
    'section.packages.0.package.requires.drill',
    'section.blackouts.0.packages',
  ],
  rolePackage: [
    'clock',
    'continueAfterEvents',
    'section.goLiveMs',
    'section.package.certifyEvery',
    'section.package.requires.drill',
    'blackouts.0.packages',
    'release.despiteBlackout',
    'release.riskUntilMs',
    'release.signedBy',
  ],
  notice: ['again'],
};
const types = Object.keys(inputs) as (keyof WorkflowInputs)[];

/** Every place of a value, `a.0.b`. */
function placesIn(value: unknown, at: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [at];
  return [...(at.length > 0 ? [at] : []), ...Object.entries(value).flatMap(([key, each]) => placesIn(each, [...at, key]))];
}

function changed(input: object, place: string[], change: (holder: Record<string, unknown>, key: string) => void): unknown {
  // Not structuredClone, which keeps what is shared: the operators are also on call.
  const copy = JSON.parse(JSON.stringify(input)) as Record<string, unknown>;
  let holder = copy;
  for (const key of place.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
  change(holder, place.at(-1)!);
  return copy;
}
const valueAt = (input: object, place: string[]): unknown => place.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], input);

describe.each(types)('the input of a %s', (type) => {
  const input = inputs[type];
  const places = placesIn(input);

  test('is taken as it is made', () => {
    expect(inputMistakes(type, input)).toEqual([]);
  });

  test('lacks nothing but what may be left out', () => {
    // Of lists, an item is not a field.
    const fields = places.filter((place) => !/^\d+$/.test(place.at(-1)!) && !place.includes('metrics') && !isRecord(place));
    const mayLack = fields.filter(
      (place) =>
        inputMistakes(
          type,
          changed(input, place, (holder, key) => delete holder[key]),
        ).length === 0,
    );
    expect(mayLack.map((place) => place.join('.')).sort()).toEqual((optional[type] ?? []).toSorted());
  });

  test('has in each place the kind of value that belongs there, and a mistake says where', () => {
    for (const place of places) {
      const wrong = typeof valueAt(input, place) === 'string' ? 7 : 'text';
      const [mistake = ''] = inputMistakes(
        type,
        changed(input, place, (holder, key) => (holder[key] = wrong)),
      );
      expect(mistake, place.join('.')).toMatch(new RegExp(`^${place.join('\\.')}: .`));
    }
  });
});

const isRecord = (place: string[]) => place.at(-2) === 'baseline';

describe('out of bounds is', () => {
  test.each<[keyof WorkflowInputs, string, unknown]>([
    ['wave', 'section.packages', []],
    ['wave', 'section.plan', ''],
    ['wave', 'section.revision', -1],
    ['wave', 'section.revision', 1.5],
    ['wave', 'section.wave.window', -1],
    ['wave', 'section.wave.goLive', 1e300],
    ['wave', 'section.wave.status', 'soon'],
    ['wave', 'section.packages.0.package.id', ''],
    ['wave', 'section.packages.0.package.risk', 'none'],
    ['wave', 'section.packages.0.package.watch.every', 0],
    ['wave', 'section.packages.0.package.watch.length', -1],
    ['wave', 'section.packages.0.package.rollback.approval', 'nobody'],
    ['wave', 'section.packages.0.change', 'destroy'],
    ['wave', 'clock.dayMs', 0],
    ['wave', 'clock.dayMs', -2_000],
    ['rolePackage', 'release.despiteBlackout', false],
    ['rolePackage', 'release.goLiveMs', Number.NaN],
    ['notice', 'again', 'always'],
    ['notice', 'notice', ''],
  ])('in a %s, %s = %j', (type, place, value) => {
    const [mistake = ''] = inputMistakes(
      type,
      changed(inputs[type], place.split('.'), (holder, key) => (holder[key] = value)),
    );
    expect(mistake).toMatch(new RegExp(`^${place.replaceAll('.', '\\.')}: `));
  });
});

test('only a run that continues an earlier one has a state', () => {
  for (const type of ['wave', 'rolePackage'] as const)
    expect(inputMistakes(type, { ...inputs[type], carried: { any: 'state' } })).toEqual(['carried: only a run that continues an earlier one has a state']);
});

test('what is no input at all has one mistake, and what has many is told five of them', () => {
  for (const input of [undefined, null, 7, 'text']) expect(inputMistakes('notice', input)).toEqual([expect.stringMatching(/^input: /)]);
  expect(inputMistakes('rolePackage', {})).toHaveLength(5);
});
