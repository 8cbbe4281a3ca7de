/** The subject of a message or a read: taken from the path, and turned into the workflow's id in one place. */
import { addressText, type Address } from '../domain/address.ts';
import { packageWorkflowId, waveWorkflowId } from '../domain/messages.ts';
import { Problem } from './errors.ts';
import { isId } from '../domain/plan/fields.ts';

export interface Target extends Address {
  wave: string;
}

/** Every parameter of a path must be an id as plans have them; anything else could reach workflow ids and queries. */
export function checkedIds(params: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(params)) {
    // The sender chooses a message's id, and a notice's id is looked up, so neither follows the form of a plan's ids. A NUL is refused, because no store takes it.
    if (name === 'id' ? value.includes('\0') : !isId(value))
      throw new Problem(
        'malformed',
        `'${value.slice(0, 80)}' in the address is not ${name === 'id' ? 'an id' : `a ${name} id: 1 to 63 lower-case letters, digits, dots, dashes or underscores`}.`,
      );
  }
  return params;
}

export function targetOf(params: Record<string, string>): Target {
  const { plan, wave, package: rolePackage } = params;
  return { plan: String(plan), wave: String(wave), ...(rolePackage === undefined ? {} : { package: rolePackage }) };
}

export const workflowIdOf = (target: Target, to: 'wave' | 'rolePackage'): string =>
  to === 'wave' ? waveWorkflowId(target.plan, target.wave) : packageWorkflowId(target.plan, target.wave, String(target.package));

/** Where a client asks how the workflow at this address decided a message. */
export function messageStatusUrl(address: Address, id: string): string {
  const resource = address.package !== undefined ? 'packages' : address.wave !== undefined ? 'waves' : 'plans';
  return `/v1/${resource}/${addressText(address)}/messages/${encodeURIComponent(id)}`;
}
