/** The lists, page by page, and the short form that waves and packages have in them. */
import { z } from 'zod';
import { personNames } from './person-names.ts';
import { eventView } from './event.ts';
import { leftOut } from './not-shown.ts';
import { noticeView } from './notice.ts';
import { shownPackage, shownWave } from './overview.ts';
import type { PackageView } from './package.ts';
import { wavePackageView, type WaveView } from './wave.ts';

export const waveRow = z
  .strictObject({
    plan: z.string(),
    wave: z.string(),
    stage: z.string().describe("the wave's stage; not-started; or terminated, when it ended in Temporal without a final record"),
    running: z.boolean(),
  })
  .meta({ id: 'WaveRow' });
export type WaveRow = z.output<typeof waveRow>;

/** A wave in full, with those of its packages that are released. */
export interface FullWave {
  wave: WaveView;
  packages: PackageView[];
}
/** The same as one person may read it. */
export const fullWave = z.strictObject({ wave: shownWave, packages: z.array(shownPackage) }).meta({ id: 'FullWave' });
export type ShownFullWave = z.output<typeof fullWave>;

const unanswered = z.literal(true).describe('its workflow does not answer: this is what is known without it');
/** A started wave, or one of its released packages, that could not be shown in full. */
export const silentRow = z
  .strictObject({ plan: z.string(), wave: z.string(), package: z.string().exactOptional(), stage: z.string().exactOptional(), why: z.string() })
  .meta({ id: 'SilentRow' });
export type SilentRow = z.output<typeof silentRow>;

const { package: rolePackage, name, owner, team, risk, state, nextAction } = wavePackageView.shape;
export const packageRow = z
  .strictObject({
    plan: z.string(),
    wave: z.string(),
    package: rolePackage,
    name,
    owner: owner.exactOptional().describe('absent: the reader does not act in this plan'),
    team,
    risk,
    state,
    nextAction,
    released: z.boolean(),
    running: z.boolean(),
    unanswered: unanswered.exactOptional(),
  })
  .meta({ id: 'PackageRow' });
export type PackageRow = z.output<typeof packageRow>;

/** A page of a list: `next` is absent on the last one. */
const next = z.string().exactOptional().describe('the cursor of the next page; absent on the last page');

export const waveList = z.strictObject({ waves: z.array(waveRow), notShown: leftOut, next }).meta({ id: 'WaveList' });
export type WaveList = z.output<typeof waveList>;
export const fullWaveList = z
  .strictObject({
    waves: z.array(fullWave),
    silent: z.array(silentRow).exactOptional().describe('what does not answer'),
    names: personNames.exactOptional(),
    notShown: leftOut,
    next,
  })
  .meta({ id: 'FullWaveList' });
export type FullWaveList = z.output<typeof fullWaveList>;
export const packageList = z.strictObject({ packages: z.array(packageRow), next }).meta({ id: 'PackageList' });
export type PackageList = z.output<typeof packageList>;
export const noticeList = z.strictObject({ notices: z.array(noticeView), names: personNames.exactOptional(), next }).meta({ id: 'NoticeList' });
export type NoticeList = z.output<typeof noticeList>;
export const eventList = z.strictObject({ events: z.array(eventView), names: personNames.exactOptional(), next }).meta({ id: 'EventList' });
export type EventList = z.output<typeof eventList>;
