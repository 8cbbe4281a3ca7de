/**
 * What a system holds, on its way from the process that has read it. Hundreds of thousands of grants are the same few roles and the accounts of one plan again
 * and again: each text goes once, and grants are numbers of texts. So the largest release that a site allows fits into one message (channel.ts), is little in
 * the worker's memory, where its grants share their texts, and is unpacked in slices.
 */
import { setImmediate as pause } from 'node:timers/promises';
import { numberText } from '../../domain/number-text.ts';
import { inASlice, inSlices } from '../../domain/slices.ts';
import type { Tried } from '../../domain/release/tried.ts';
import type { ActualGrant, Connector, SystemSnapshot } from '../connector.ts';

export interface PackedSnapshot extends Omit<SystemSnapshot, 'grants'> {
  texts: string[];
  options: ActualGrant['options'][];
  /** Of `inASlice` grants each, as JSON: of each grant the numbers of its options and of its texts, by `fields`; -1 where it has none. */
  grants: string[];
}

const fields = ['role', 'account', 'grantor', 'id', 'roleId', 'accountId', 'grantorId'] as const satisfies (keyof ActualGrant)[];

/** Grants of one reading. They take some 110 MB in the worker, measured with an id for each; a release of 250,000 and 100,000 others is a third of it. */
export const mostUnpacked = 1_000_000;
/** A row has eight numbers of at most ten characters. */
const longestSlice = inASlice * 100;

/** In the process of the connector, which answers meanwhile that it is alive. */
export async function packed({ grants, ...rest }: SystemSnapshot): Promise<PackedSnapshot> {
  if (grants.length > mostUnpacked) throw new Error(tooMany(grants.length));
  const [texts, options] = [numbered<string>(), numbered<ActualGrant['options']>()];
  const row = (grant: ActualGrant) => {
    const ofTexts = fields.map((field) => {
      const text = grant[field];
      return text === undefined ? -1 : texts.numberOf(text, text);
    });
    return [options.numberOf(JSON.stringify(grant.options), grant.options), ...ofTexts];
  };
  const slices: string[] = [];
  for (const slice of inSlices(grants)) {
    slices.push(JSON.stringify(slice.map(row)));
    if (grants.length > inASlice) await pause();
  }
  return { ...rest, texts: texts.all, options: options.all, grants: slices };
}

/** In the worker, which does not believe that the process has counted. */
export async function unpacked({ texts, options, grants, ...rest }: PackedSnapshot): Promise<SystemSnapshot> {
  const all: ActualGrant[] = [];
  for (const slice of grants) {
    if (slice.length > longestSlice) throw new Error('what is held came in pieces that are too long');
    const rows = JSON.parse(slice) as number[][];
    if (all.length + rows.length > mostUnpacked) throw new Error(tooMany(all.length + rows.length));
    for (const row of rows) all.push(grantOf(row, texts, options));
    if (all.length > inASlice) await pause();
  }
  return { ...rest, grants: all };
}

const tooMany = (many: number): string =>
  `${numberText(many)} grants of these entitlements are held there, and at most ${numberText(mostUnpacked)} are read at once: put fewer of them into one package`;

function grantOf([ofOptions = -1, ...ofTexts]: number[], texts: string[], options: ActualGrant['options'][]): ActualGrant {
  const grant: Partial<ActualGrant> = {};
  for (const [at, field] of fields.entries()) {
    const text = texts[ofTexts[at] ?? -1];
    if (text !== undefined) grant[field] = text;
  }
  return { role: '', account: '', ...grant, options: options[ofOptions] ?? {} };
}

function numbered<T>(): { all: T[]; numberOf(key: string, item: T): number } {
  const all: T[] = [];
  const numbers = new Map<string, number>();
  return {
    all,
    numberOf: (key, item) => {
      const known = numbers.get(key);
      if (known !== undefined) return known;
      numbers.set(key, all.length);
      return all.push(item) - 1;
    },
  };
}

/** The connector as its process offers it. The same one: what it offers by getters stays. */
export function answeringPacked(connector: Connector): Connector {
  const { snapshot, rehearse } = connector;
  return Object.assign(connector, {
    snapshot: async (...asked: Parameters<Connector['snapshot']>) => packed(await snapshot(...asked)),
    rehearse: async (...asked: Parameters<Connector['rehearse']>) => {
      const { grant, revoke, restore } = await rehearse(...asked);
      return {
        grant: grant.map((each) => inShort(each)),
        revoke: revoke.map((each) => inShort(each)),
        restore: restore.map((each, at) => inShort(each, asked[0].restore[at])),
      };
    },
  });
}

/** `asked`: what has another name by now is told with it. */
function inShort(tried: Tried, asked?: { role: string; account: string }): Tried {
  if (tried.outcome === 'created') {
    const { outcome, note, grant: { grantor, role = asked?.role, account = asked?.account } = {} } = tried;
    const grant = {
      ...(grantor === undefined ? {} : { grantor }),
      ...(asked && role !== undefined && role !== asked.role ? { role } : {}),
      ...(asked && account !== undefined && account !== asked.account ? { account } : {}),
    };
    return { outcome, ...(Object.keys(grant).length === 0 ? {} : { grant }), ...(note === undefined ? {} : { note }) };
  }
  // Of what is there already, a connector may name the grants.
  if (tried.outcome === 'preexisting') return { outcome: tried.outcome, ...(tried.note === undefined ? {} : { note: tried.note }) };
  return tried;
}
