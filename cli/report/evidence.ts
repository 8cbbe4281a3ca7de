/** The checklist: what was needed before the release, and the evidence for it. */
import type { ReadinessItem } from '../../domain/plan/schema.ts';
import type { ReportData, ReportedPackage } from './data.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { person, table, when } from './words.ts';

const items: Record<ReadinessItem, string> = {
  owner: 'Owner',
  handoff: 'Owner handoff',
  rollbackPath: 'Rollback path',
  drill: 'Rollback drill',
  backup: 'Backup',
  notices: 'Notices to the people',
  training: 'Training',
  postLaunchChecks: 'Post-launch checks',
  riskAcceptance: 'Risk acceptance',
  metrics: 'Metrics read once',
};

export function evidenceSection({ plan }: ReportData, { planned }: ReportedPackage): Html {
  return table(
    'Evidence',
    ['Item', 'Done', 'Evidence', 'By', 'Valid until'],
    planned.checklist.map(({ item, ok, why, by, expiresMs }) => [
      items[item] ?? item,
      ok ? 'yes' : html`<strong class="open">open</strong>`,
      why,
      by === undefined ? '' : person(plan, by),
      expiresMs === undefined ? '' : when(expiresMs),
    ]),
    true,
  );
}
