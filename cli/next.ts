/** What a package or a wave waits for, and what happens next to it, in one sentence. */
import { openTo } from '../domain/authority/answers.ts';
import { isEndState, nextActions, unreleasedText } from '../domain/states.ts';
import { instantText } from '../domain/time/instant.ts';
import { clearerText } from '../domain/views/dependency.ts';
import type { PackageView } from '../domain/views/package.ts';
import type { ProposalView } from '../domain/views/proposal.ts';
import { waitShort } from '../domain/views/wait.ts';
import type { WavePackageView, WaveView } from '../domain/views/wave.ts';
import { printable, sentence } from './printable.ts';
import { frozenText, needsAnswer, someOf } from './proposal.ts';
import { stageText } from './stages.ts';
import { targetText, type PackageTarget } from './target.ts';
import { dayText } from './times.ts';

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

/** `reader`: who reads it; undefined: it is not known. */
export function nextOfRunning(view: PackageView, reader?: string): string {
  const { state, proposal, watch, receiptLine, endedWhy } = view;
  if (receiptLine) return sentence(`It is ${state}: ${printable(receiptLine)}`);
  if (endedWhy) return sentence(`It is ${state}: ${printable(endedWhy)}`);
  if (isEndState(state)) return sentence(`It is ${state}`);
  if (view.waits) return sentence(`It is ${state}, and ${view.waits.map(waitShort).map(printable).join('; ')}`);
  if (proposal) return nextOfProposal(view, proposal, reader);
  if (watch.paused !== undefined) return sentence(`It is ${state}, and its watch is paused: ${printable(watch.paused)}`);
  const evaluation = watch.nextEvaluationMs === undefined ? '' : `; the next evaluation is on ${instantText(watch.nextEvaluationMs)}`;
  return sentence(`It is ${state}, ${dayText(watch)}${evaluation}${nextActions[state] === 'None' ? '' : ` (next: ${nextActions[state]})`}`);
}

function nextOfProposal({ state, plan, wave, package: rolePackage }: PackageView, proposal: ProposalView, reader: string | undefined): string {
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
  const answer = answerFrom(proposal, { plan, wave, package: rolePackage }, reader);
  return sentence(`It is ${state}; ${named} ${held === undefined ? '' : `is ${held}, and `}waits for ${answer}: ${printable(why)}`);
}

/** Whose answer it waits for, and the command for those who may give one. */
function answerFrom(proposal: ProposalView, target: PackageTarget, reader: string | undefined): string {
  const { answers, approvedBy = [] } = proposal;
  const command = `rolewave decide ${targetText(target)}`;
  if (answers === undefined) return `an answer (${command})`;
  const who = (answers.find(({ answer }) => answer === 'approve')?.by ?? []).filter((person) => !approvedBy.includes(person));
  if (reader !== undefined && who.includes(reader)) return `your answer (${command})`;
  const from = who.length === 0 ? 'an answer' : `an answer from ${someOf(who)}`;
  if (reader === undefined) return `${from} (${command})`;
  return openTo(answers, reader).length === 0 ? from : `${from} (yours may be another: ${command})`;
}

/** They have left the plan, and the wave waits for a revision that brings it back. */
const noPackages = 'It has no packages any more. Abort it to end it.';

export function nextOfWave({ stage, goLiveMs, packages, endedWhy }: WaveView): string {
  if (endedWhy) return sentence(`The wave is ${stageText(stage)}: ${printable(endedWhy)}`);
  if (packages.length === 0) return noPackages;
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
