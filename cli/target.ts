/** What a command is about, written `plan/wave` or `plan/wave/package`. */
import { badInput } from './exit-codes.ts';
import { isId } from '../domain/plan/fields.ts';

export interface WaveTarget {
  plan: string;
  wave: string;
}
export interface PackageTarget extends WaveTarget {
  package: string;
}
export type Target = WaveTarget | PackageTarget;

export function parseTarget(text: string): Target {
  const parts = text.split('/');
  const [plan, wave, rolePackage] = parts;
  if (parts.length < 2 || parts.length > 3 || !plan || !wave || parts.some((part) => !isId(part))) {
    throw badInput(`'${text.slice(0, 200)}' is neither plan/wave nor plan/wave/package, such as role-packages/wave-1/finance-month-end-operator.`);
  }
  return rolePackage === undefined ? { plan, wave } : { plan, wave, package: rolePackage };
}

export function parsePackageTarget(text: string): PackageTarget {
  const target = parseTarget(text);
  if ('package' in target) return target;
  throw badInput(`'${text}' is a wave, but this command takes a package. Write plan/wave/package, such as ${text}/finance-month-end-operator.`);
}

export function parseWaveTarget(text: string): WaveTarget {
  const target = parseTarget(text);
  if (!('package' in target)) return target;
  throw badInput(`'${text}' is a package, but this command takes a wave. Write ${target.plan}/${target.wave}.`);
}

export const targetText = (target: Target): string =>
  'package' in target ? `${target.plan}/${target.wave}/${target.package}` : `${target.plan}/${target.wave}`;

/** Address of the target at the endpoint. */
export const targetPath = (target: Target): string => `/v1/${'package' in target ? 'packages' : 'waves'}/${targetText(target)}`;
