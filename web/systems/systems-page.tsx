/** The systems of the plans that the site lets somebody read or apply: what kind each is, what its server really does, and what limits its use. */
import { isMeasured } from '../../domain/access/is-measured.ts';
import type { SystemView } from '../../domain/views/systems.ts';
import { useRead } from '../data/use-read.ts';
import { Empty, Loading, Trouble } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { Shell } from '../shell/shell.tsx';
import './systems.css';

export function SystemsPage() {
  const { view, failure, again } = useRead<SystemView[]>('/v1/systems');
  return (
    <Shell title="Systems">
      <div class="headline">
        <h1>Systems</h1>
        <p class="soft">
          Where plans grant access, and what the servers there really do. A release that needs what a server lacks is refused before anyone signs it.
        </p>
      </div>
      {failure !== undefined && <Trouble failure={failure} below={view !== undefined} retry={again} />}
      {view === undefined
        ? failure === undefined && (
            <Panel id="systems" title="Systems">
              <Loading what="the systems" lines={6} />
            </Panel>
          )
        : shown(view)}
    </Shell>
  );
}

function shown(systems: SystemView[]) {
  if (systems.length === 0)
    return (
      <div class="panel">
        <Empty title="You see no system">
          Systems are shown to site administrators, and to those whom the site file lets read or apply a plan that uses them.
        </Empty>
      </div>
    );
  return systems.map((system) => <System key={system.id} system={system} />);
}

const kinds: Partial<Record<string, string>> = { postgres: 'PostgreSQL', ldap: 'LDAP directory', scim: 'SCIM server', keycloak: 'Keycloak realm' };

function System({ system: { id, kind, description, terms = [], server } }: { system: SystemView }) {
  return (
    <Panel id={`system-${id}`} title={id} hint={kinds[kind] ?? kind} class="system">
      {description !== undefined && <p>{description}</p>}
      <p class={server?.problem === undefined ? undefined : 'tone-text-tune'}>{measuredText(server)}</p>
      {server !== undefined && server.lines.length > 0 && <Lines title="What its server does" lines={server.lines} />}
      {terms.length > 0 && <Lines title="What the site file says" lines={terms} />}
    </Panel>
  );
}

function measuredText(server: SystemView['server']): string {
  if (server === undefined) return 'Nothing is on record about its server yet.';
  const at = `${server.at.slice(0, 16).replace('T', ' ')} UTC`;
  if (server.problem !== undefined) return `${server.name}. What it does has not been measured: ${server.problem} (recorded on ${at}).`;
  return isMeasured(server)
    ? `${server.name}, measured on ${at}.`
    : `${server.name}. Its version, read on ${at}, and documentation say what it does; nothing is measured.`;
}

const Lines = ({ title, lines }: { title: string; lines: string[] }) => (
  <>
    <h3>{title}</h3>
    <ul>
      {lines.map((line) => (
        <li key={line}>It {line}.</li>
      ))}
    </ul>
  </>
);
