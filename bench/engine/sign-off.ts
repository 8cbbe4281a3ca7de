/** The time until a sign-off over HTTP is durable (200: it is in the history), compared with a bare update of a bare wave. p50; one at a time, in turn. */
import { compared, median, type Pair, type Result } from './result.ts';
import type { Scale } from './scale.ts';
import type { Site } from './site.ts';
import { inParallel, signers, terminate, until, type Side, type WaveSpec } from './side.ts';

const alsoSigns = ['otto', 'hugo'];

export async function signOff({ product, bare, apiUrl }: Site, scale: Scale): Promise<Result[]> {
  await Promise.all([product.worker.start(), bare.worker.start()]);
  const pairs: Pair[] = [];
  // The first run is not counted: it opens connections and warms up the code.
  for (let run = 0; run <= scale.runs; run += 1) {
    const wanted = run === 0 ? 15 : scale.signOffs;
    const waves = async (side: Side) => previewed(side, run, Math.ceil(wanted / (1 + alsoSigns.length)));
    const [products, bares] = [await waves(product), await waves(bare)];
    const tokens = await tokensOf(apiUrl, ['olga', ...alsoSigns]);
    const times: Record<Side['name'], number[]> = { product: [], bare: [] };
    for (const [index, { spec, digest }] of products.entries()) {
      const twin = bares[index];
      if (!twin) throw new Error('both sides must have the same number of waves');
      for (const by of signers(spec)) {
        const body = JSON.stringify({ decision: 'approve', planDigest: product.planDigest(spec), previewDigest: digest });
        times.product.push(await timed(() => post(`${apiUrl}/v1/packages/${spec.id}/access/sign-offs`, tokens.get(by) ?? '', body)));
        times.bare.push(await timed(() => bare.signOff(twin.spec, by, twin.digest)));
      }
    }
    if (run > 0) pairs.push({ product: median(times.product), baseline: median(times.bare) });
    await terminate(
      product,
      products.map(({ spec }) => spec),
    );
    await terminate(
      bare,
      bares.map(({ spec }) => spec),
    );
  }
  return [compared('sign-off over HTTP until durable, p50', 'ms', '<=2', pairs)];
}

/** Starts waves and returns them, with the digest to sign, once they wait for their sign-offs. */
async function previewed(side: Side, run: number, count: number): Promise<{ spec: WaveSpec; digest: string }[]> {
  const specs = Array.from({ length: count }, (_, index): WaveSpec => ({
    id: `${side.name}-sign-off-${run}-${index}/wave`,
    goLiveMs: Date.now() + 30 * 86_400_000,
    alsoSigns,
    evaluations: { every: 1, length: 21 },
  }));
  await inParallel(8, specs, (spec) => side.start(spec));
  await until(side, 'previewed', specs, specs.length, 120_000);
  const digests = new Map((await side.follow()()).map(({ wave, kind, digest }) => [kind === 'previewed' ? wave : '', digest]));
  return specs.map((spec) => ({ spec, digest: digests.get(spec.id) ?? '' }));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

async function post(url: string, token: string, body: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) };
  const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(30_000) });
  const answer = await response.json();
  if (response.status !== 200) throw new Error(`POST ${url}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

async function tokensOf(apiUrl: string, people: string[]): Promise<Map<string, string>> {
  const tokens = new Map<string, string>();
  for (const person of people) {
    const { token } = (await post(`${apiUrl}/v1/tokens`, '', JSON.stringify({ person }))) as { token: string };
    tokens.set(person, token);
  }
  return tokens;
}
