/** Operations focus: what to look at first, and why, as the endpoint ranked it. */
import type { BoardFocus } from '../../domain/views/board.ts';
import { ButtonLink } from '../parts/button.tsx';
import { Empty } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { packageAddress, waveAddress } from '../router.tsx';
import { idInWords } from './words.ts';

interface Props {
  items: BoardFocus[];
  packageOfWave: (at: { plan: string; wave: string }) => string | undefined;
  severalPlans: boolean;
}

export function Focus({ items, packageOfWave, severalPlans }: Props) {
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
                {severalPlans && item.package === undefined && <span class="soft"> in {idInWords(item.plan)}</span>}
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

const onWavePage: ReadonlySet<BoardFocus['action']['asks']> = new Set(['review', 'date', 'liftHold']);

/** About a wave as a whole: its own page has its date, hold and review; the page of its first package has what else can be done. */
function addressOf({ plan, wave, package: id, action }: BoardFocus, packageOfWave: (at: { plan: string; wave: string }) => string | undefined): string {
  const found = id ?? (onWavePage.has(action.asks) ? undefined : packageOfWave({ plan, wave }));
  return found === undefined ? waveAddress({ plan, wave }) : packageAddress({ plan, wave, package: found });
}
