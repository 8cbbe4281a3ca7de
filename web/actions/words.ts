/** What each action is called. The words say what it does, and are the same on every page. */
import { itemNames } from '../../domain/readiness.ts';
import type { OpenAction } from '../../domain/views/open-action.ts';
import type { ProposalView } from '../../domain/views/proposal.ts';
import type { ButtonKind } from '../parts/button.tsx';

const plain: Record<Exclude<OpenAction['type'], 'signOff' | 'evidence' | 'decide'>, string> = {
  setDate: 'Set go-live date',
  holdBack: 'Hold back',
  liftHold: 'Approve lifting the hold',
  evaluate: 'Evaluate now',
  extend: 'Extend the watch',
  pause: 'Pause the watch',
  resume: 'Resume the watch',
  tune: 'Tune',
  rollback: 'Roll back',
  certify: 'Certify',
  acceptContent: 'Accept role content',
  claim: 'Claim access',
  endClaim: 'End a claim',
  note: 'Add a note',
  abort: 'Abort',
};

const decisions = { approve: 'Sign off', reject: 'Reject', withdraw: 'Withdraw my decision' } as const;
const approves: Record<ProposalView['kind'], string> = { rollback: 'Approve rollback', tune: 'Approve tune', question: 'Keep as it is' };
const answers = { finish: 'Grant what is missing', freeze: 'Freeze', afterBlackout: 'Wait for the blackout to end' } as const;

export function actionName({ type, item, decision, answer }: OpenAction, proposal: Pick<ProposalView, 'kind'> | undefined): string {
  switch (type) {
    case 'signOff':
      return decisions[decision ?? 'approve'];
    case 'evidence':
      return item === undefined ? 'Add evidence' : `Add evidence: ${itemNames[item]}`;
    case 'decide':
      if (answer === 'decline') return proposal?.kind === 'question' ? 'Propose rollback' : 'Keep as it is';
      return answer === undefined || answer === 'approve' ? approves[proposal?.kind ?? 'question'] : answers[answer];
    default:
      return plain[type];
  }
}

/** What takes access away is outlined in red wherever it stands. */
export function actionKind({ type, answer }: OpenAction, proposal: Pick<ProposalView, 'kind'> | undefined): ButtonKind {
  const takes = type === 'rollback' || type === 'abort' || (type === 'decide' && answer === 'approve' && proposal?.kind === 'rollback');
  return takes ? 'takes' : 'open';
}
