/** The release of what is not released yet, as its previews simulate it, by system. */
import type { CalendarWave } from '../../domain/views/calendar.ts';
import { Empty } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { counted } from './words.ts';

export function Simulated({ wave }: { wave: CalendarWave }) {
  const { systems, withoutPreview, packages } = wave;
  const waiting = packages.filter(({ released }) => !released).length;
  const drops = systems.some(({ toDrop }) => toDrop > 0);
  return (
    <Panel id="simulated" title="The release, simulated" hint="grants by system, as the previews have them">
      {systems.length === 0 ? (
        <Empty title={waiting === 0 ? 'Nothing is left to release' : 'No preview yet'}>
          {waiting === 0 ? 'Each package page says what its release did.' : 'Previews are taken once the systems can be read.'}
        </Empty>
      ) : (
        <div class="table-scroll">
          <table class="plain" aria-labelledby="simulated-title">
            <thead>
              <tr>
                <th scope="col">System</th>
                <th scope="col">To grant</th>
                <th scope="col">Already there</th>
                <th scope="col">Legacy to retire</th>
                {drops && <th scope="col">To drop</th>}
                <th scope="col">Packages</th>
              </tr>
            </thead>
            <tbody>
              {systems.map((each) => (
                <tr key={each.system}>
                  <th scope="row">{each.system}</th>
                  <td>{each.toGrant}</td>
                  <td>{each.alreadyThere}</td>
                  <td>{each.toRetire}</td>
                  {drops && <td>{each.toDrop}</td>}
                  <td>{each.packages}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {systems.length > 0 && withoutPreview > 0 && (
        <p class="panel-foot soft small">{counted(withoutPreview, 'package has', 'packages have')} no preview yet.</p>
      )}
    </Panel>
  );
}
