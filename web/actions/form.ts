/** What the dialog of an action shows, asks and sends. */
import type { ComponentChildren } from 'preact';
import type { ButtonKind } from '../parts/button.tsx';
import type { Field, Values } from './fields.tsx';

export interface Form {
  title: string;
  /** The button's words. */
  confirm: string;
  kind: ButtonKind;
  /** What happens then. */
  says: ComponentChildren;
  /** The preview of a rollback stands above the fields, and must be there before the button can be pressed. */
  previews?: 'rollback';
  fields: readonly Field[];
  initial?: Values;
  /** Below the package's address in the API. */
  segment: string;
  body: (values: Values) => Record<string, unknown>;
}

export const reasonField: Field = { name: 'reason', label: 'Reason', kind: 'text', required: true };

/** Fields that were filled in. */
export const given = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '' && value !== undefined));
export const text = (values: Values, name: string): string => values[name]?.trim() ?? '';
export const listOf = (value: string): string[] => value.split(/[\s,]+/).filter(Boolean);
