/** What is rolled out, by whom and in which steps, as the plan describes it. */
import { cohortText } from '../../domain/access/cohort-words.ts';
import { Panel } from '../parts/panel.tsx';
import type { PackageContext } from './reading.ts';

export function Rollout({ context: { view, nameOf } }: { context: PackageContext }) {
  const { definition } = view;
  const owner = view.running?.owner ?? view.package?.owner;
  const team = view.running?.team ?? view.package?.team;
  return (
    <Panel id="rollout" title="Owner and rollout" hint={definition ? `revision ${definition.revision}` : undefined}>
      <dl class="facts panel-body">
        <dt>Owner</dt>
        <dd>
          {owner === undefined ? 'unknown' : nameOf(owner)} {team !== undefined && <span class="soft">({team})</span>}
        </dd>
        {definition && (
          <>
            <dt>Handoff</dt>
            <dd>{definition.ownerHandoff}</dd>
            <dt>Grants</dt>
            <dd>
              <ul class="plain">
                {definition.entitlements.map(({ system, role, description }) => (
                  <li key={`${system}/${role}`}>
                    <code>
                      {system}/{role}
                    </code>{' '}
                    <span class="soft">{description}</span>
                  </li>
                ))}
              </ul>
            </dd>
            {definition.cohortQuery && (
              <>
                <dt>Cohort</dt>
                <dd>{cohortText(definition.cohortQuery, definition.people)}</dd>
              </>
            )}
            <dt>Steps</dt>
            <dd>
              <ol class="steps">
                {definition.rolloutSteps.map((step) => (
                  <li key={step}>{step}</li>
                ))}
              </ol>
            </dd>
            <dt>After launch</dt>
            <dd>
              <ul class="plain">
                {definition.postLaunchChecks.map((check) => (
                  <li key={check}>{check}</li>
                ))}
              </ul>
            </dd>
            <dt>Maintenance</dt>
            <dd>{definition.maintenanceNote}</dd>
          </>
        )}
      </dl>
    </Panel>
  );
}
