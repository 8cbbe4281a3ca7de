/** The packages that this reader sees by name. */
import type { LeadershipPackage } from '../../domain/views/leadership.ts';
import { idInWords, riskInWords } from '../board/words.ts';
import { Empty } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { StateChip } from '../parts/state-chip.tsx';
import { Link, packageAddress } from '../router.tsx';
import { Figure, Heads, Share } from './figure.tsx';
import { accessSaid, driftSaid } from './words.ts';

export function Packages({ packages, elsewhere, severalPlans }: { packages: LeadershipPackage[]; elsewhere: number; severalPlans: boolean }) {
  const rest = elsewhere === 0 ? undefined : elsewhere === 1 ? 'one more is in the totals only' : `${elsewhere} more are in the totals only`;
  return (
    <Panel id="packages" title="Packages" hint={rest ?? `${packages.length}`}>
      {packages.length === 0 ? (
        <Empty title="None by name">
          Packages of your team, and of plans in which you act or which the site lets you read, are named here. All others are in the totals.
        </Empty>
      ) : (
        <table class="figures" role="table" aria-labelledby="packages-title">
          <Heads names={['Package', 'State', 'Grants there', 'Adoption', 'Exceptions', 'Tickets', 'Access drift']} />
          <tbody role="rowgroup">
            {packages.map((each) => (
              <tr role="row" key={`${each.plan}/${each.wave}/${each.package}`}>
                <th role="rowheader" scope="row">
                  <Link to={packageAddress(each)} class="package-name">
                    {each.name}
                  </Link>
                  <small class="faint">
                    {[idInWords(each.team), idInWords(each.wave), `${riskInWords(each.risk)} risk`, ...(severalPlans ? [idInWords(each.plan)] : [])].join(
                      ' · ',
                    )}
                  </small>
                </th>
                <td role="cell">
                  <StateChip state={each.state} beside={each.beside} />
                </td>
                <Figure name="Grants there" said={accessSaid(each.access)} />
                <Share name="Adoption" figure={each.adoption} />
                <Share name="Exceptions" figure={each.exceptions} />
                <Share name="Tickets" figure={each.tickets} />
                <Figure name="Access drift" said={driftSaid(each.drift)} />
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
