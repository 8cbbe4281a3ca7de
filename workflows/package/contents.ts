/** What the granted roles may do, where that is not what was reviewed. Only this file changes it: an evaluation finds it, and the owner accepts it. */
import type { MessageOf } from '../../domain/messages.ts';
import type { DriftCounts, Verdict } from '../../domain/watch/measurement.ts';
import { onlyContentDrifted } from '../../domain/watch/next-step.ts';
import type { ChangedContent } from '../../domain/views/package.ts';
import type { Refusal } from '../shared/inbox.ts';
import { withdrawProposal } from './proposals.ts';
import type { RolePackageState } from './state.ts';
import { wantEvaluation } from './watch.ts';

export function foundContents({ data }: RolePackageState, contents: ChangedContent[]): void {
  data.contents = contents;
}

/** The activities read the accepted content from the same message. Accepting the last one answers the question that asked about nothing else. */
export function acceptContent(state: RolePackageState, message: MessageOf<'acceptContent'>): Refusal | undefined {
  const { data } = state;
  const { system, role, digest, reason } = message.body;
  const found = data.contents.find((one) => one.system === system && one.role === role);
  if (!found)
    return {
      code: 'stale-content',
      message: `the last evaluation of '${state.id}' found no new content of role '${role}' in '${system}', so there is nothing to accept`,
    };
  if (found.digest !== digest)
    return {
      code: 'stale-content',
      message: `role '${role}' in '${system}' has changed again since you read it: ${found.text}. Review it and accept what is there now`,
    };
  data.contents = data.contents.filter((one) => one !== found);
  data.contentsAccepted += 1;
  state.logMessage(message, 'content-accepted', `${system}: ${found.text}: ${reason}`, { system, role, digest });
  if (data.contents.length === 0 && state.proposal?.about === 'content') withdrawProposal(state);
  wantEvaluation(state, 'on-demand', state.planTime(message.atMs));
  return undefined;
}

const namedAtMost = 3;

/** A reason with the changes in it, so that those who are asked need not look for them. */
export function naming({ data }: RolePackageState, why: string): string {
  const { contents } = data;
  if (contents.length === 0) return why;
  const named = contents.slice(0, namedAtMost).map(({ system, text }) => `${system}: ${text}`);
  const more = contents.length > namedAtMost ? ` and ${contents.length - namedAtMost} more roles` : '';
  return `${why}; ${named.join('; ')}${more}. If that is expected, the owner accepts it`;
}

/** Whether a question asks about nothing but contents that the owner can accept. */
export const onlyContents = ({ data }: RolePackageState, verdict: Verdict, drift: DriftCounts): boolean =>
  onlyContentDrifted(verdict, drift) && drift.content === data.contents.length;
