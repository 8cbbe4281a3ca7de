/** Operations focus: what to look at first, and why, as the endpoint ranked it. */
import type { BoardFocus } from '../../domain/views/board.ts';
import { ButtonLink } from '../parts/button.tsx';
import { Empty } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { packageAddress, waveAddress } from '../router.tsx';

export function Focus({ items, packageOfWave }: { items: BoardFocus[]; packageOfWave: (at: { plan: string; wave: string }) => string | undefined }) {
  return (
    <Panel id="focus" title="Operations focus" hint="ranked by what endangers the rollout now">
      {items.length === 0 ? (
        <Empty title="Nothing needs you now">
          What endangers the rollout appears here, ranked: rollbacks, drills, peaks, and requests that nobody answered.
        </Empty>
      ) : (
        <ol class="focus">
          {items.map((item) => (
            <li key={item.id}>
              <div>
                <b>{item.title}</b>
                <p>{item.why}</p>
              </div>
              <ButtonLink kind={item.action.kind} to={addressOf(item, packageOfWave)} label={`${item.action.name}: ${item.title}`}>
                {item.action.name}
              </ButtonLink>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

/** About a wave as a whole: the page of its first package has what can be done, except the review, which is written where the wave is. */
function addressOf({ plan, wave, package: id, action }: BoardFocus, packageOfWave: (at: { plan: string; wave: string }) => string | undefined): string {
  const found = id ?? (action.asks === 'review' ? undefined : packageOfWave({ plan, wave }));
  return found === undefined ? waveAddress({ plan, wave }) : packageAddress({ plan, wave, package: found });
}
