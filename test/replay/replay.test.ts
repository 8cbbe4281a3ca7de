/** Recorded histories must replay under today's workflows, because a run that began under an earlier release continues under this one. */
import { Worker, type ReplayHistoriesIterable, type WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../worker/bundle.ts';
import { next, readHistories, readManifest, recordedReleases } from './histories.ts';
import { pathsOf, requiredPaths, type History } from './paths.ts';

const releases = await recordedReleases();
let workflowBundle: WorkflowBundle;

beforeAll(async () => {
  workflowBundle = await bundle();
});

test.skipIf(releases.length > 0)('NO HISTORIES ARE RECORDED YET, so nothing here replays: npm run histories', ({ skip }) => skip());

describe.each(releases)('histories of %s', (release) => {
  test('are those that were recorded: none is missing, changed or added', async () => {
    const { files } = await readManifest(release);
    const kept = (await readHistories(release)).map(({ name, digest }) => [name, digest]);
    expect(kept.length).toBeGreaterThan(0);
    expect(Object.fromEntries(kept)).toEqual(files);
  });

  test('take every required path', async () => {
    const { required } = await readManifest(release);
    const taken = new Set(pathsOf((await readHistories(release)).map(({ history }) => history)));
    expect(required.filter((path) => !taken.has(path))).toEqual([]);
    // The histories of the next release are recorded again until they take every path of today's code. Those of a release stay as they are.
    if (release === next) expect(required).toEqual(requiredPaths());
  });

  test('replay', { timeout: 300_000 }, async () => {
    const histories = await readHistories(release);
    const failed: string[] = [];
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, replayed(histories)))
      if (error) failed.push(`${workflowId}: ${error.message}`);
    expect(failed).toEqual([]);
  });
});

/** Named by their files, so that a failure names its file. */
function* replayed(
  histories: { name: string; history: History }[],
): Generator<ReplayHistoriesIterable extends AsyncIterable<infer T> | Iterable<infer T> ? T : never> {
  for (const { name, history } of histories) yield { workflowId: name, history };
}

test('the required paths come from the lists of messages, states, verdicts and activities in the code', () => {
  expect(requiredPaths()).toEqual(
    expect.arrayContaining([
      'notice: runs',
      'wave: takes signOff',
      'rolePackage: takes tune',
      'rolePackage: becomes Stable',
      'rolePackage: judged noData',
      'activity retireLegacy',
    ]),
  );
});
