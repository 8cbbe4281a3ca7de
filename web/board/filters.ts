/** What of the table is shown, and in which order: it stands in the address, so that a view can be linked, and pure, so that it can be tested. */
import type { Risk } from '../../domain/plan/schema.ts';
import { packageStates, type PackageState } from '../../domain/states.ts';
import type { BoardPackage, SentencePart } from '../../domain/views/board.ts';

export const sortKeys = ['number', 'name', 'wave', 'telemetry', 'risk', 'state'] as const;
export type SortKey = (typeof sortKeys)[number];

export interface View {
  /** A plan: the whole board is of it alone. */
  only: string;
  plan: string;
  state: string[];
  /** 'yes', 'no', or '' for both. */
  released: '' | 'yes' | 'no';
  wave: string;
  owner: string;
  risk: string;
  text: string;
  sort: SortKey;
  descending: boolean;
  page: number;
}

export const everything: View = {
  only: '',
  plan: '',
  state: [],
  released: '',
  wave: '',
  owner: '',
  risk: '',
  text: '',
  sort: 'number',
  descending: false,
  page: 1,
};

/** What the address does not say, or says wrongly, is as usual. */
export function viewIn(query: URLSearchParams): View {
  const sort = query.get('sort') ?? '';
  const [key, descending] = [sort.replace(/^-/, ''), sort.startsWith('-')];
  const page = Number(query.get('page') ?? '1');
  const released = query.get('released');
  return {
    only: query.get('only') ?? '',
    plan: query.get('plan') ?? '',
    state: (query.get('state') ?? '').split(',').filter(Boolean),
    released: released === 'yes' || released === 'no' ? released : '',
    wave: query.get('wave') ?? '',
    owner: query.get('owner') ?? '',
    risk: query.get('risk') ?? '',
    text: query.get('text') ?? '',
    sort: sortKeys.find((each) => each === key) ?? everything.sort,
    descending: sortKeys.some((each) => each === key) && descending,
    page: Number.isInteger(page) && page > 0 ? page : 1,
  };
}

/** `/?state=Monitoring&released=yes`: only what is not as usual. */
export function addressOfView(view: View): string {
  const query = new URLSearchParams();
  for (const key of ['only', 'plan', 'released', 'wave', 'owner', 'risk', 'text'] as const) if (view[key] !== '') query.set(key, view[key]);
  if (view.state.length > 0) query.set('state', view.state.join(','));
  if (view.sort !== everything.sort || view.descending) query.set('sort', `${view.descending ? '-' : ''}${view.sort}`);
  if (view.page > 1) query.set('page', String(view.page));
  const text = query.toString().replaceAll('%2C', ',');
  return text === '' ? '/' : `/?${text}`;
}

export const viewOfPart = ({ filter }: SentencePart): View | undefined =>
  filter && { ...everything, state: [...filter.state], released: filter.released === undefined ? '' : filter.released ? 'yes' : 'no' };

/** Several plans may have waves of the same name. */
export const waveKey = ({ plan, wave }: Pick<BoardPackage, 'plan' | 'wave'>): string => `${plan}/${wave}`;

export function shown(packages: readonly BoardPackage[], view: View): BoardPackage[] {
  const words = view.text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = packages.filter((each) => {
    if (view.plan !== '' && each.plan !== view.plan) return false;
    if (view.state.length > 0 && !view.state.includes(each.state)) return false;
    if (view.released !== '' && each.released !== (view.released === 'yes')) return false;
    if (view.wave !== '' && waveKey(each) !== view.wave) return false;
    if (view.owner !== '' && each.owner?.id !== view.owner) return false;
    if (view.risk !== '' && each.risk !== view.risk) return false;
    const text = words.length === 0 ? '' : searched(each);
    return words.every((word) => text.includes(word));
  });
  const compare = orders[view.sort];
  const way = view.descending ? -1 : 1;
  // What is of plans that only name the reader comes last, whatever the order.
  return found.sort((one, other) => Number(one.onlyNamed === true) - Number(other.onlyNamed === true) || way * compare(one, other));
}

const searched = ({ name, package: id, wave, owner, team, description = '', note = '', telemetry }: BoardPackage): string =>
  [name, id, wave, owner?.name ?? '', owner?.id ?? '', team, description, note, ...telemetry.watched].join(' ').toLowerCase();

const byText = (one: string, other: string) => (one === other ? 0 : one < other ? -1 : 1);
const risks: Record<Risk, number> = { low: 0, medium: 1, high: 2 };
/** What needs somebody comes first. */
const states: Record<PackageState, number> = {
  'Rollback ready': 0,
  'Needs tuning': 1,
  'Release ready': 2,
  Monitoring: 3,
  Scheduled: 4,
  Stable: 5,
  'Rolled back': 6,
  Retired: 7,
};

const orders: Record<SortKey, (one: BoardPackage, other: BoardPackage) => number> = {
  number: (one, other) => byText(one.plan, other.plan) || one.number - other.number || byText(one.wave, other.wave),
  name: (one, other) => byText(one.name, other.name),
  // Without a date: after all dates.
  wave: (one, other) => (one.when.atMs ?? Infinity) - (other.when.atMs ?? Infinity) || byText(one.wave, other.wave) || 0,
  telemetry: (one, other) => left(one) - left(other) || 0,
  risk: (one, other) => risks[one.risk] - risks[other.risk],
  state: (one, other) => states[one.state] - states[other.state],
};

/** Days of the watch that are left; what is not watched comes last. */
const left = ({ telemetry: { day, days } }: BoardPackage): number => (day === undefined ? Number.MAX_SAFE_INTEGER : days - day);

/** What can be chosen, of what is there. */
export function choices(packages: readonly BoardPackage[]) {
  const owners = new Map(packages.flatMap(({ owner }) => (owner ? [[owner.id, owner.name] as const] : [])));
  const inOrder = (values: Iterable<string>) => [...new Set(values)].sort();
  return {
    plans: inOrder(packages.map(({ plan }) => plan)),
    states: packageStates.filter((state) => packages.some((each) => each.state === state)),
    waves: inOrder(packages.map(waveKey)),
    risks: (['low', 'medium', 'high'] as const).filter((risk) => packages.some((each) => each.risk === risk)),
    owners: [...owners].sort(([, one], [, other]) => byText(one, other)),
  };
}
