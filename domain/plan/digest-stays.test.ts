/** A digest that a release computed is computed alike by every later one: sign-offs rest on it. */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import { expect, test } from 'vitest';
import { testPlan } from '../../test/workflows/plan.ts';
import { packageDigest } from './digest.ts';
import type { WaveInput } from './section.ts';

const name = 'a-package-whose-owner-signed-what-was-shown-is-given-at-its-go-live-wa.test.wave-1.pb.gz';

test.each(['0.1.0', '0.2.0'])('the digest that release %s gave the package of the tests is still its digest', async (release) => {
  const file = await readFile(new URL(`../../test/replay/histories/${release}/${name}`, import.meta.url));
  const [started] = proto.temporal.api.history.v1.History.decode(gunzipSync(file)).events;
  const input = defaultPayloadConverter.fromPayload<WaveInput>(started!.workflowExecutionStartedEventAttributes!.input!.payloads![0]!);
  expect(packageDigest(testPlan(), 'package-1', 'wave-1')).toBe(input.section.packages[0]?.planDigest);
});
