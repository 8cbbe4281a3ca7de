/** Whether the reader is one of those who can answer a request at all: who is told because nobody answered often cannot. The message itself is judged elsewhere. */
import type { Action } from '../notices/action.ts';
import { plannedInFull, type BoardEntry } from './entry.ts';

type Part = 'owner' | 'delegate' | 'operator' | 'alsoSigns' | 'liftedBy' | 'drill';

const decides: Part[] = ['owner', 'delegate'];
const runs: Part[] = [...decides, 'operator'];
const knows: Part[] = [...runs, 'alsoSigns'];

const ownerOf = ({ facts, planned }: BoardEntry): string | undefined => planned.owner ?? facts?.owner;

/** What the reader is to the package and its wave. */
export function partsOfReader(entry: BoardEntry): Set<Part> {
  const { plan, facts, planned, wave, reader, nowMs } = entry;
  const { id } = reader;
  const found = new Set<Part>();
  const owner = ownerOf(entry);
  const standsIn = plan.delegates.some(
    ({ of, to, until, packages }) => of === owner && to === id && nowMs < until && (packages?.includes(planned.package) ?? true),
  );
  const inWave = plan.waves.get(wave.wave);
  if (owner === id) found.add('owner');
  if (standsIn) found.add('delegate');
  if (plan.operators.includes(id)) found.add('operator');
  if (inWave?.alsoSigns.includes(id)) found.add('alsoSigns');
  if (inWave?.liftedBy.includes(id)) found.add('liftedBy');
  if (facts?.drill === id) found.add('drill');
  return found;
}

export function mayAnswer(action: Action, entry: BoardEntry): boolean {
  const parts = partsOfReader(entry);
  const isOneOf = (allowed: readonly Part[]) => allowed.some((part) => parts.has(part));
  switch (action.type) {
    case 'signOff':
      return action.fields.signer === undefined
        ? isOneOf([...decides, 'alsoSigns']) || isAnotherSigner(entry)
        : action.fields.signer === entry.reader.id || (action.fields.signer === ownerOf(entry) && parts.has('delegate'));
    case 'evidence':
      return isOneOf(suppliers(action.fields.item, entry));
    case 'liftHold':
      return isOneOf(['liftedBy']);
    case 'setDate':
      return isOneOf('package' in action.target ? runs : ['operator']);
    case 'review':
      return isOneOf(['operator']);
    case 'certify':
      return isOneOf(decides);
    case 'decide':
      return isOneOf(runs);
    case 'claim':
    case 'endClaim':
      return action.fields.by.includes(entry.reader.id);
    case 'show':
    case 'previewRollback':
      return true;
  }
}

function suppliers(item: string, { planned }: BoardEntry): Part[] {
  if (item === 'drill') return ['drill'];
  if (item === 'handoff') return decides;
  if (item === 'riskAcceptance') return planned.risk === 'high' ? [...decides, 'alsoSigns', 'liftedBy'] : decides;
  return knows;
}

/** Separation of duties asks for somebody else, and names who that may be. */
const isAnotherSigner = (entry: BoardEntry): boolean =>
  plannedInFull(entry)?.blockers.some((blocker) => blocker.code === 'anotherSigner' && blocker.people.includes(entry.reader.id)) ?? false;
