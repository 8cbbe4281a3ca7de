/**
 * Every text that a page puts on the screen, on its way there: names and reasons of a plan may have characters that hide or turn what follows. What is sent is
 * made of the answers themselves, and not of what is shown.
 */
import { options, type VNode } from 'preact';
import { withoutMisleading } from '../domain/misleading-text.ts';

/** Attributes that are seen or read aloud. */
const shown = /^(title|alt|placeholder|label|aria-.+)$/;

const before = options.vnode;
options.vnode = (node: VNode): void => {
  before?.(node);
  // A text; Preact's types do not have it.
  const { type, props } = node as { type: unknown; props: unknown };
  if (type === null && typeof props === 'string') node.props = withoutMisleading(props) as unknown as VNode['props'];
  if (typeof type !== 'string') return;
  const attributes = props as Record<string, unknown>;
  for (const [name, value] of Object.entries(attributes)) if (typeof value === 'string' && shown.test(name)) attributes[name] = withoutMisleading(value);
};
