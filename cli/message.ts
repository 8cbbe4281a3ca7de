/** Sends one message and says what became of it and what comes next. Every command that changes something ends here. */
import type { AcceptedView, ReceivedView } from '../domain/views/message-status.ts';
import type { PackageView } from '../domain/views/package.ts';
import type { ProposalView } from '../domain/views/proposal.ts';
import type { WavePackageView, WaveView } from '../domain/views/wave.ts';
import { clearerText } from '../domain/views/dependency.ts';
import { instantText } from '../domain/time/instant.ts';
import { nextActions, unreleasedText } from '../domain/states.ts';
import type { Context } from './context.ts';
import { badInput, CommandFailure, exitCodes } from './exit-codes.ts';
import { printable, sentence } from './printable.ts';
import { stageText } from './stages.ts';
import { dayText } from './times.ts';
import { frozenText, needsAnswer } from './proposal.ts';
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
    return running ? { next: nextOfRunning(running), running } : planned ? { next: nextOfPlanned(planned), planned } : {};
  } catch (error) {
    if (error instanceof CommandFailure) return {};
    throw error;
  }
}

export function nextOfPlanned({ state, blockers, heldBack, goLiveMs, endedWhy }: WavePackageView): string {
  if (endedWhy !== undefined) return sentence(`It was never released, because its wave has ended: ${printable(endedWhy)}`);
  const first = heldBack ? `It is held back: ${printable(heldBack.text)}` : `It is ${unreleasedText(state)}`;
  const rest =
    blockers.length > 0
      ? `still needed: ${blockers.map(({ text }) => printable(text)).join('; ')}`
      : goLiveMs === undefined
        ? 'only a date is needed'
        : `nothing more is needed until it goes live on ${instantText(goLiveMs)}`;
  return sentence(`${first}; ${rest}`);
}

export function nextOfRunning(view: PackageView): string {
  const { state, proposal, watch, receiptLine, endedWhy } = view;
  if (receiptLine) return sentence(`It is ${state}: ${printable(receiptLine)}`);
  if (endedWhy) return sentence(`It is ${state}: ${printable(endedWhy)}`);
  if (proposal) return nextOfProposal(view, proposal);
  if (watch.paused !== undefined) return sentence(`It is ${state}, and its watch is paused: ${printable(watch.paused)}`);
  const evaluation = watch.nextEvaluationMs === undefined ? '' : `; the next evaluation is on ${instantText(watch.nextEvaluationMs)}`;
  return sentence(`It is ${state}, ${dayText(watch)}${evaluation}${nextActions[state] === 'None' ? '' : ` (next: ${nextActions[state]})`}`);
}

function nextOfProposal({ state, plan, wave, package: rolePackage }: PackageView, proposal: ProposalView): string {
  const { kind, why, dependencies = [] } = proposal;
  const named = kind === 'question' ? 'a question' : `a ${kind} proposal`;
  const held = frozenText(proposal);
  if (!needsAnswer(proposal)) {
    const open = dependencies
      .filter(({ clear }) => !clear)
      .map(({ line, clearedBy }) => `${line}${clearedBy === undefined ? '' : ` (cleared by ${clearerText(clearedBy)})`}`);
    return sentence(
      `It is ${state}; ${named} is ${held ?? 'approved'}${open.length > 0 ? ` and waits for: ${open.map(printable).join('; ')}` : ''} (${printable(why)})`,
    );
  }
  return sentence(
    `It is ${state}; ${named} ${held === undefined ? '' : `is ${held}, and `}waits for an answer (rolewave decide ${plan}/${wave}/${rolePackage}): ${printable(why)}`,
  );
}

function nextOfWave({ stage, goLiveMs, packages, endedWhy }: WaveView): string {
  if (endedWhy) return sentence(`The wave is ${stageText(stage)}: ${printable(endedWhy)}`);
  const waiting = packages
    .filter(({ blockers }) => blockers.length > 0)
    .map((entry) => `${entry.package} needs ${entry.blockers.map(({ text }) => printable(text)).join('; ')}`);
  const date = goLiveMs === undefined ? '' : `, with go-live on ${instantText(goLiveMs)}`;
  const where =
    stage === 'goLive' && goLiveMs !== undefined
      ? `waits for its go-live on ${instantText(goLiveMs)}`
      : `is ${stage === 'readiness' ? 'getting ready' : stageText(stage)}${date}`;
  return sentence(`The wave ${where}${waiting.length > 0 ? `; ${waiting.join('; ')}` : ''}`);
}
