/** Common steps of the stories: record evidence, sign what is shown, set a date. Safe to repeat in a later run. */
import type { ReadinessItem } from '../domain/plan/schema.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import type { PackageState } from '../domain/states.ts';
import type { WavePackageView } from '../domain/views/wave.ts';
import { type Board, type PackageOnBoard, planDate, stateOf } from './board.ts';
import { Refused, type RolewaveClient } from './rolewave-client.ts';

/** Records what is missing on the checklist, one message each, as soon as the wave shows the package. */
export async function evidence(
  client: RolewaveClient,
  board: Board,
  by: string,
  rolePackage: string,
  items: Partial<Record<ReadinessItem, string | { reference: string; expires?: string; took?: string }>>,
): Promise<void> {
  const { wave, planned } = await board.until(rolePackage, 'its checklist', (seen) => seen);
  for (const [item, given] of Object.entries(items)) {
    if (released(planned) || planned.checklist.some((line) => line.item === item && line.ok)) continue;
    const body = typeof given === 'string' ? { reference: given } : { ...given };
    // Plan time continues while the demonstration is down: evidence that would have expired by then is dated two months ahead.
    if (body.expires && Date.parse(body.expires) <= toPlan(Date.now(), wave.clock)) body.expires = planDate(wave, 60);
    await client.toPackage(by, wave.wave, rolePackage, 'evidence', { item, ...body });
  }
}

/** True when it signed exactly the digests on the board. When these have just changed, it reads the board again and signs the new ones (R3). */
export async function signOff(client: RolewaveClient, board: Board, by: string, rolePackage: string): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    const { wave, planned } = await board.until(rolePackage, 'a preview to sign', (seen) => seen.planned.previewDigest && seen);
    if (released(planned)) return false;
    const { planDigest, previewDigest } = planned;
    try {
      await client.toPackage(by, wave.wave, rolePackage, 'sign-offs', { decision: 'approve', planDigest, previewDigest });
      return true;
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'stale-digest' || tries === 3) throw error;
      await board.until(rolePackage, 'a new preview', (seen) => seen.planned.previewDigest !== previewDigest);
    }
  }
}

/** True when it set a date: the agreed one, or a day and a half from now when that has passed or none was agreed. */
export async function setDate(
  client: RolewaveClient,
  board: Board,
  by: string,
  wave: string,
  agreed: string | undefined,
  rolePackage?: string,
): Promise<boolean> {
  const view = board.waves.find((entry) => entry.wave.wave === wave)?.wave;
  if (!view) throw new Error(`there is no wave ${wave} on the board`);
  if (view.packages.some((entry) => released(entry) && (rolePackage === undefined || entry.package === rolePackage))) return false;
  const inTime = agreed !== undefined && Date.parse(agreed) > toPlan(Date.now(), view.clock) + 12 * 3_600_000;
  const goLive = inTime ? agreed : planDate(view, 1.5);
  if (rolePackage) await client.toPackage(by, wave, rolePackage, 'go-live', { goLive });
  else await client.toWave(by, wave, 'go-live', { goLive });
  return true;
}

export const released = ({ releasedAtMs }: WavePackageView) => releasedAtMs !== undefined;

export function ended(state: PackageState) {
  return (seen: PackageOnBoard) => stateOf(seen) === state;
}
