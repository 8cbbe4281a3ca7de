/** Rejections of owners that stand in other waves of the plan: a wave takes them with its section, so that no delegate overrules them there. */
import { decodeJwt } from 'jose';
import { keptText } from '../../../domain/kept-text.ts';
import type { MessageOf } from '../../../domain/messages.ts';
import { delegatesFor, type OwnersWord } from '../../../domain/plan/section.ts';
import { toPlan } from '../../../domain/time/plan-clock.ts';
import type { Revision } from '../../../store/contract.ts';
import { inParallel } from '../../in-parallel.ts';
import type { Services } from '../../route.ts';

/** By package of the wave. Only where somebody else may sign for the owner is it asked for. */
export async function rejectedElsewhere(
  store: Pick<Services['store'], 'signOffsElsewhere'>,
  revision: Revision,
  wave: string,
): Promise<Map<string, OwnersWord>> {
  const { document, clock } = revision;
  const ids = new Set(document.waves.find(({ id }) => id === wave)?.packages.map((entry) => entry.package));
  const delegated = document.packages.filter(({ id, owner }) => ids.has(id) && delegatesFor(document.delegates, owner, id).length > 0);
  const found = await inParallel(8, delegated, async ({ id, owner }): Promise<[string, OwnersWord][]> => {
    const [last] = (await store.signOffsElsewhere({ plan: document.plan, wave, package: id, by: owner })).messages;
    if (last?.wave === undefined) return [];
    const { body, atMs } = decodeJwt<MessageOf<'signOff'>>(last.jws);
    if (body.decision !== 'reject') return [];
    const reason = body.reason === undefined ? {} : { reason: keptText(body.reason) };
    return [[id, { wave: last.wave, decision: body.decision, atMs: Math.round(toPlan(atMs, clock)), ...reason }]];
  });
  return new Map(found.flat());
}
