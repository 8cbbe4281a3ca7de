/** Sends one message and says what became of it and what comes next. Every command that changes something ends here. */
import type { AcceptedView, ReceivedView } from '../domain/views/message-status.ts';
import type { PackageView } from '../domain/views/package.ts';
import type { WavePackageView } from '../domain/views/wave.ts';
import type { Context } from './context.ts';
import { badInput, CommandFailure, exitCodes } from './exit-codes.ts';
import { nextOfPlanned, nextOfRunning, nextOfWave } from './next.ts';
import { sentence } from './printable.ts';
import { readPackage, readWave } from './read.ts';
import { targetPath, targetText } from './target.ts';
import type { Target } from './target.ts';

export interface Outgoing {
  target: Target;
  /** Last part of the address, such as `sign-offs`. */
  segment: string;
  body: Record<string, unknown>;
  /** Completes 'Accepted: …', such as 'signed off finance-month-end-operator'. A function: it depends on what the package is now. */
  done: string | ((running: PackageView | undefined, planned: WavePackageView | undefined) => string);
  /** `--id`, where it was given. */
  id?: string | undefined;
}

/** Throws when the message was refused, and when it was received but not decided yet. */
export async function sendMessage(context: Context, { target, segment, body, done, id }: Outgoing): Promise<void> {
  const key = id ?? crypto.randomUUID();
  if (!/^[\x21-\x7e]{8,100}$/.test(key)) throw badInput('--id must be 8 to 100 printable characters without spaces.');
  refusePlaceholders(body);
  const { body: answer } = await context.client.post(`${targetPath(target)}/${segment}`, body, key);
  const received = answer as AcceptedView | ReceivedView;
  if (received.status === 'received') {
    const message = `Received and stored, but not decided yet: no worker answered in time. A worker decides it as soon as one runs. To see the decision, run 'rolewave message ${received.statusUrl}'.`;
    throw new CommandFailure(exitCodes.undecided, message, { code: 'received', ...(answer as object) });
  }
  const { next, running, planned } = await whatComesNext(context, target);
  const said = typeof done === 'string' ? done : done(running, planned);
  context.answer(
    { ...(answer as object), target: targetText(target), ...(next === undefined ? {} : { next }) },
    `${received.duplicate ? 'Already accepted; nothing was done twice' : 'Accepted'}: ${sentence(said)}${next === undefined ? '' : ` ${next}`}`,
  );
}

/** Commands in notices have … where people write their own words. Copied unchanged, the … itself would be recorded. */
export function refusePlaceholders(body: Record<string, unknown>): void {
  if (Object.values(body).includes('…')) throw badInput('Replace … in the command with your own words; they are recorded. Nothing was sent.');
}

/** From what the endpoint knows. A message that was accepted stays accepted even if this is unavailable. */
async function whatComesNext({ client }: Context, target: Target): Promise<{ next?: string; running?: PackageView; planned?: WavePackageView }> {
  try {
    if (!('package' in target)) return { next: nextOfWave((await readWave(client, target)).view) };
    const { package: planned, running } = (await readPackage(client, target)).view;
    return running ? { next: nextOfRunning(running, client.person), running } : planned ? { next: nextOfPlanned(planned), planned } : {};
  } catch (error) {
    if (error instanceof CommandFailure) return {};
    throw error;
  }
}
