/** A drawing as data: pages make elements of it, and the report makes text. Attributes are names of classes and numbers; a policy without inline styles holds. */
export interface SvgNode {
  name: 'svg' | 'g' | 'path' | 'line' | 'rect' | 'circle' | 'text' | 'title';
  attributes: Record<string, string | number>;
  children: (SvgNode | string)[];
}

type Part = SvgNode | string | false | undefined;

/** False and undefined children are left out. */
export const svg = (name: SvgNode['name'], attributes: SvgNode['attributes'], ...children: Part[]): SvgNode => ({
  name,
  attributes,
  children: children.filter((child) => child !== false && child !== undefined),
});

/** To a tenth: a screen shows no more, and a drawing is the same on every machine. */
export const round = (value: number): number => Math.round(value * 10) / 10;
