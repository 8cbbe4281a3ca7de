import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import proto from '@temporalio/proto';
import { DeterminismViolationError } from '@temporalio/workflow';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { bundle } from '../../worker/bundle.ts';

const histories = new URL('histories/', import.meta.url);
const releases = await readdir(histories);
let workflowBundle: WorkflowBundle;

beforeAll(async () => {
  workflowBundle = await bundle();
});

const { History } = proto.temporal.api.history.v1;
/** As the engine keeps them: protocol buffers, gzipped. */
const read = async (release: string, name: string) => History.decode(gunzipSync(await readFile(new URL(`${release}/${name}`, histories))));

for (const release of releases) {
  const names = (await readdir(new URL(`${release}/`, histories))).filter((name) => name.endsWith('.pb.gz'));

  test(`release ${release} recorded every path`, () => {
    expect(names.length).toBeGreaterThan(40);
  });

  test.each(names)(`release ${release} replays: %s`, async (name) => {
    await Worker.runReplayHistory({ workflowBundle }, await read(release, name));
  });
}

test('an incompatible change of a workflow is caught by the replay', async () => {
  const changed = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('incompatible-workflows.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  const release = releases[0]!;
  const name = (await readdir(new URL(`${release}/`, histories))).find((file) => file.includes('package-1.pb'))!;
  await expect(Worker.runReplayHistory({ workflowBundle: changed }, await read(release, name))).rejects.toThrow(DeterminismViolationError);
});
