/** The checklist: what had to be there before the release, and the evidence for it. */
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
  postLaunchChecks: 'Checks after launch',
  riskAcceptance: 'Risk acceptance',
  metrics: 'Metrics read once',
};

export function evidenceSection({ plan }: ReportData, { planned }: ReportedPackage): Html {
  return table(
    'Evidence',
    ['What', 'There', 'Evidence', 'By', 'Until'],
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
