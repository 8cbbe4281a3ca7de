/** A titled part of a page. */
import type { ComponentChildren } from 'preact';
import './panel.css';

interface PanelProps {
  id: string;
  title: string;
  /** Beside the title, softer. */
  hint?: ComponentChildren;
  /** At the end of the title's line. */
  more?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

export function Panel({ id, title, hint, more, children, ...rest }: PanelProps) {
  return (
    <section id={id} aria-labelledby={`${id}-title`} class={`panel ${rest.class ?? ''}`}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        {hint !== undefined && <small>{hint}</small>}
        {more !== undefined && <span class="panel-more">{more}</span>}
      </header>
      {children}
    </section>
  );
}
