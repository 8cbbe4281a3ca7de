/**
 * The three kinds of what can be pressed. `mine`: what this person must do, the only filled button of a page. `open`: what anybody may do. `takes`: takes access
 * away, and shows its preview before it asks. A button that leads to another page is a link and looks the same.
 */
import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import { Link } from '../router.tsx';
import './button.css';

export type ButtonKind = 'mine' | 'open' | 'takes';

interface Looks {
  kind?: ButtonKind;
  children: ComponentChildren;
}

export function Button({ kind = 'open', children, ...rest }: Looks & Omit<ButtonHTMLAttributes, 'class'>) {
  return (
    <button type="button" {...rest} class={`button button-${kind}`}>
      {children}
    </button>
  );
}

/** `label`: what a screen reader says where the text alone does not tell it from its neighbors. */
export function ButtonLink({ kind = 'open', to, label, children }: Looks & { to: string; label?: string }) {
  return (
    <Link to={to} class={`button button-${kind}`} aria-label={label}>
      {children}
    </Link>
  );
}
