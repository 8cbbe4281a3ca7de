/** By team: how its packages stand, and what was measured of them last. */
import type { LeadershipTeam, Standing } from '../../domain/views/leadership.ts';
import { idInWords } from '../board/words.ts';
import { Panel } from '../parts/panel.tsx';
import { Figure, Heads, Share } from './figure.tsx';
import { accessSaid, correctionsSaid, driftSaid } from './words.ts';

export function Teams({ teams }: { teams: LeadershipTeam[] }) {
  return (
    <Panel id="teams" title="By team" hint="how it stands now; of each package, what its last evaluation in these days measured">
      <table class="figures" role="table" aria-labelledby="teams-title">
        <Heads names={['Team', 'Packages', 'Grants there', 'Adoption', 'Exceptions', 'Tickets', 'Access drift', 'Corrections']} />
        <tbody role="rowgroup">
          {teams.map((each) => (
            <tr role="row" key={each.team}>
              <th role="rowheader" scope="row">
                {nameOf(each)}
                {each.own === true && <small class="soft"> yours</small>}
              </th>
              <td role="cell">
                <span class="only-cards soft">Packages</span>
                <span class="num">
                  {each.standing.released} of {each.standing.packages} released<small class="soft"> {statesSaid(each.standing)}</small>
                </span>
              </td>
              <Figure
                name="Grants there"
                said={accessSaid(each.access)}
                warn={each.access.failed + each.access.unknown > 0 ? `${each.access.failed + each.access.unknown} to look at` : ''}
              />
              <Share name="Adoption" figure={each.adoption} />
              <Share name="Exceptions" figure={each.exceptions} />
              <Share name="Tickets" figure={each.tickets} />
              <Figure name="Access drift" said={driftSaid(each.drift)} />
              <Figure name="Corrections" said={correctionsSaid(each)} />
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

const nameOf = ({ team, teams }: LeadershipTeam): string => (team === '' ? (teams === 1 ? 'One other team' : `${teams} other teams`) : idInWords(team));

/** What is not quiet first. */
export const statesSaid = ({ rollbackReady, needTuning, monitored, stable, rolledBack, retired }: Standing): string =>
  [
    rollbackReady > 0 ? `${rollbackReady} rollback ready` : '',
    needTuning > 0 ? `${needTuning} ${needTuning === 1 ? 'needs' : 'need'} tuning` : '',
    monitored > 0 ? `${monitored} monitored` : '',
    stable > 0 ? `${stable} stable` : '',
    rolledBack > 0 ? `${rolledBack} rolled back` : '',
    retired > 0 ? `${retired} retired` : '',
  ]
    .filter(Boolean)
    .join(', ');
