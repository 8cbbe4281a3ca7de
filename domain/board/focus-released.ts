/** What deserves attention of a released package: rollbacks, questions, tunes, access that came back, windows that end without data, and peaks. */
import { isOverview } from '../is-overview.ts';
import type { ProposalView } from '../views/proposal.ts';
import { stretchesOf } from '../blackouts.ts';
import { inShort, plannedInFull, runningInFull, stateOf, type BoardEntry } from './entry.ts';
import { personIn } from './facts.ts';
import type { Matter } from './matter.ts';
import { counted, inWords, sentence, spanInWords } from './words.ts';

const dayMs = 86_400_000;

export function matterOfRelease(entry: BoardEntry): Matter[] {
  return [...proposed(entry), ...legacyBack(entry), ...withoutData(entry), ...nearPeak(entry)];
}

function proposed(entry: BoardEntry): Matter[] {
  const { planned, nowMs } = entry;
  const full = runningInFull(entry);
  const { name } = planned;
  if (!full) {
    const short = inShort(entry)?.proposal;
    if (!short || short.frozen) return [];
    const since = `proposed ${spanInWords(Math.max(0, nowMs - short.proposedAtMs))} ago`;
    if (short.kind === 'rollback') return [{ kind: 'rollback', title: `A rollback of ${name} is proposed`, why: `${since}; ${losing(entry)}` }];
    return [{ kind: short.kind, title: short.kind === 'tune' ? `${name} needs tuning` : `${name} waits for an answer`, why: since }];
  }
  const { proposal } = full;
  if (!proposal) return stateOf(entry) === 'Needs tuning' && full.lastVerdict ? [{ kind: 'tune', title: `Tune ${name}`, why: full.lastVerdict.why }] : [];
  if (proposal.frozen) return frozen(entry, proposal);
  switch (proposal.kind) {
    case 'rollback':
      return [rollback(entry, proposal)];
    case 'tune':
      return [{ kind: 'tune', title: `Decide on tuning ${name}`, why: proposal.why }];
    case 'question':
      return [{ kind: proposal.about === 'grants' ? 'refused' : 'question', title: `${questions[proposal.about ?? 'none']} ${name}`, why: proposal.why }];
  }
}

const questions: Record<NonNullable<ProposalView['about']> | 'none', string> = {
  owner: 'Name an owner for',
  grants: 'Decide on grants that could not be confirmed of',
  content: 'Review roles that changed of',
  none: 'Answer about',
};

function rollback(entry: BoardEntry, { why, dependencies = [], approvedBy = [], approvals, blackout }: ProposalView): Matter {
  const { name } = entry.planned;
  const open = dependencies.filter(({ clear }) => !clear);
  const given = approvedBy.length;
  const decided = given >= (approvals ?? 1);
  const check =
    open.length === 0
      ? 'the dependency check is clear'
      : `${inWords(open.length)} of ${inWords(dependencies.length)} dependencies not clear: ${open.map(({ line }) => line).join('; ')}`;
  const waits = decided ? '' : given > 0 ? `approved by ${given} of ${approvals ?? 1}` : '';
  const held = blackout ? `deferred by the blackout '${blackout.id}' for ${spanInWords(Math.max(0, blackout.untilMs - entry.nowMs))}` : '';
  return {
    kind: 'rollback',
    title: !decided ? `Roll back ${name}?` : open.length > 0 ? `Clear the way for the rollback of ${name}` : `${name} is being rolled back`,
    why: [sentence(why), sentence([losing(entry), check, waits, held].filter(Boolean).join('; '))].join(' '),
    leftMs: 0,
  };
}

/** '3 people lose 12 grants', by what its release did. */
function losing({ planned, running, facts }: BoardEntry): string {
  const people = Math.max(0, ...(planned.preview ?? []).map((part) => part.people)) || (facts?.people ?? 0);
  return `${counted(people, 'person', 'people')} would lose up to ${counted(running?.grants.created ?? 0, 'grant')}`;
}

function frozen(entry: BoardEntry, { untilMs, answeredBy, kind }: ProposalView): Matter[] {
  if (untilMs === undefined) return [];
  const left = untilMs - entry.nowMs;
  const by = answeredBy === undefined ? '' : ` by ${personIn(entry.plan, answeredBy).name}`;
  return [
    {
      kind: 'question',
      title: `${entry.planned.name} is frozen`,
      why: `frozen${by}: access is kept and nothing is granted. In ${spanInWords(Math.max(0, left))} the ${kind} is proposed again`,
      leftMs: left,
    },
  ];
}

/** By the last evaluation; before it, by what the release has retired of what was signed. */
function legacyBack(entry: BoardEntry): Matter[] {
  const { planned, running, measured } = entry;
  const full = runningInFull(entry);
  if (!full || !running) return [];
  const title = `Retire legacy access of ${planned.name}`;
  const back = measured?.drift?.legacy ?? 0;
  if (back > 0)
    return [
      {
        kind: 'legacy',
        title,
        why: `${counted(back, 'legacy grant')} ${back === 1 ? 'is' : 'are'} held again, as the last evaluation found; tuning retires ${back === 1 ? 'it' : 'them'}`,
      },
    ];
  const signed = (planned.preview ?? []).reduce((sum, { toRetire }) => sum + toRetire, 0);
  const open = signed - full.grants.legacyRetired;
  if (open <= 0 || measured?.drift !== undefined) return [];
  return [{ kind: 'legacy', title, why: `${full.grants.legacyRetired} of ${counted(signed, 'legacy grant')} retired so far` }];
}

/** In the last seventh of the window, a day at least. */
function withoutData(entry: BoardEntry): Matter[] {
  const { running, nowMs, planned } = entry;
  if (!running || running.state !== 'Monitoring' || !running.lastVerdict) return [];
  const { watch, lastVerdict } = running;
  const left = watch.endMs - nowMs;
  if (left < 0 || left > Math.max(dayMs, (watch.endMs - watch.startMs) / 7)) return [];
  if (!['learning', 'noData', 'error'].includes(lastVerdict.kind)) return [];
  const why = isOverview(running) || !('why' in lastVerdict) ? 'the last verdict is no result' : lastVerdict.why;
  return [{ kind: 'noData', title: `The watch of ${planned.name} ends without a result`, why: `it ends in ${spanInWords(left)}, and ${why}`, leftMs: left }];
}

/** Blackouts are the peaks that the plan knows: one that begins within the first week after the launch. */
function nearPeak(entry: BoardEntry): Matter[] {
  const { plan, planned, running, nowMs } = entry;
  if (!plannedInFull(entry) || !running || running.state !== 'Monitoring') return [];
  const launched = planned.releasedAtMs ?? 0;
  const about = plan.blackouts.filter(({ packages }) => packages === undefined || packages.includes(planned.package));
  const next = stretchesOf([...about]).find(({ sinceMs, untilMs }) => sinceMs > launched && sinceMs <= launched + 7 * dayMs && untilMs > nowMs);
  if (!next) return [];
  const begins = next.sinceMs > nowMs ? `begins in ${spanInWords(next.sinceMs - nowMs)}` : `lasts another ${spanInWords(next.untilMs - nowMs)}`;
  return [
    {
      kind: 'blackout',
      title: `Watch the launch of ${planned.name} against '${next.id}'`,
      why: `the blackout ${begins}, within the first week after launch; nothing is changed automatically in it`,
      leftMs: Math.max(0, next.sinceMs - nowMs),
    },
  ];
}
