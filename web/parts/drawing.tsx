/** Draws what `charts/` worked out. Named for a screen reader; the same in words stands beside it. */
import { h } from 'preact';
import type { SvgNode } from '../../charts/svg.ts';
import './drawing.css';

export function Drawing({ of, label }: { of: SvgNode; label: string }) {
  return drawn({ ...of, attributes: { ...of.attributes, 'aria-label': label } });
}

const drawn = ({ name, attributes, children }: SvgNode): preact.JSX.Element =>
  h(name, attributes, ...children.map((child) => (typeof child === 'string' ? child : drawn(child))));
