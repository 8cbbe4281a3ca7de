/** Numbers of the report as the page writes them. What is not known is 'no data', and never a zero. */
import { percent } from '../../domain/leadership/percent.ts';
import type { AccessFigure, DriftFigure, ShareFigure } from '../../domain/views/leadership.ts';

export const noData = 'no data';
/** No metric is about it. */
export const notMeasured = 'not measured';
/** The numbers are about fewer than five people. */
export const tooFew = 'fewer than 5 people';

const short = (value: number): string => String(Math.round(value * 10) / 10);

export interface Said {
  text: string;
  /** Softer, below it. */
  small?: string;
  isKnown: boolean;
}

export function shareSaid({ packages, measured, share, perDay, withheld }: ShareFigure): Said {
  if (packages === 0) return { text: notMeasured, isKnown: false };
  if (measured === 0) return { text: noData, isKnown: false };
  // Some packages measure a share and others a rate: neither stands for the other.
  const rate = perDay === undefined ? '' : `${short(perDay)} a day`;
  if (share && share.of > 0)
    return {
      text: percent(share.count, share.of),
      small: [`${short(share.count)} of ${short(share.of)}`, rate === '' ? '' : `and ${rate} where days are counted`].filter(Boolean).join(', '),
      isKnown: true,
    };
  if (rate !== '') return { text: rate, isKnown: true };
  return { text: withheld === undefined ? noData : tooFew, isKnown: false };
}

/** 'one of 3 beyond its bound': only where some are. */
export const beyondSaid = ({ beyond, measured }: ShareFigure): string =>
  beyond === 0 ? '' : measured === 1 ? 'beyond its bound' : `${beyond} of ${measured} beyond`;

export function driftSaid({ packages, measured, drifted, found }: DriftFigure): Said {
  if (packages === 0) return { text: 'nothing released', isKnown: false };
  if (measured === 0) return { text: noData, isKnown: false };
  const count = Object.values(found).reduce((sum, each) => sum + each, 0);
  if (count === 0) return { text: 'none', isKnown: true };
  return { text: String(count), ...(measured > 1 ? { small: `in ${drifted} of ${measured}` } : {}), isKnown: true };
}

export function accessSaid({ planned, there, withoutPreview }: AccessFigure): Said {
  if (planned === 0) return { text: withoutPreview > 0 ? noData : 'none planned', isKnown: false };
  return { text: percent(there, planned), small: `${there} of ${planned}`, isKnown: true };
}

/** '2 tunes, 1 rollback'. */
export function correctionsSaid({ tunes, rolledBack }: { tunes: number; rolledBack: number }): Said {
  const text = [tunes > 0 ? `${tunes} ${tunes === 1 ? 'tune' : 'tunes'}` : '', rolledBack > 0 ? `${rolledBack} rolled back` : ''].filter(Boolean).join(', ');
  return { text: text === '' ? 'none' : text, isKnown: true };
}
