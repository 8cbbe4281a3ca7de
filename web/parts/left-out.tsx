/** What is left out, and where it is. */
import type { NotShown } from '../../domain/views/not-shown.ts';
import { Link } from '../router.tsx';
import './left-out.css';

const counted = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;

export function LeftOut({ plans, address }: { plans: readonly NotShown[] | undefined; address: (plan: string) => string }) {
  if (plans === undefined) return null;
  return (
    <p class="left-out soft" role="status">
      Not shown, because these plans only name you, or what ended first would make this too long:{' '}
      {plans.map(({ plan, packages, waves }, at) => (
        <span key={plan}>
          {at > 0 && ', '}
          {packages > 0 ? counted(packages, 'package') : counted(waves, 'wave')} of <Link to={address(plan)}>{plan}</Link>
        </span>
      ))}
      .
    </p>
  );
}

/** `all`: where everything is shown again. */
export function OnlyPlan({ plan, all }: { plan: string; all: string }) {
  if (plan === '') return null;
  return (
    <p class="left-out soft" role="status">
      Only plan {plan} is shown. <Link to={all}>Show all plans</Link>
    </p>
  );
}
