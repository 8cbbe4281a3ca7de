/** How the page looks on a screen, in light and dark; on a phone and on paper: style-narrow-and-paper.ts. Fonts are those that the reader has. */
import { html } from './html.ts';

export const style = html`<style>
  :root {
    color-scheme: light;
    --page: #fff;
    --soft: #f4f6f8;
    --line: #d4dae1;
    --text: #1c2329;
    --quiet: #55606b;
    --link: #0b57b8;
    --good: #1a7431;
    --early: #5a6672;
    --tune: #935f00;
    --bad: #bd1f2c;
    --error: #7a3fc2;
  }
  @media screen and (prefers-color-scheme: dark) {
    :root {
      color-scheme: dark;
      --page: #12161b;
      --soft: #1b2128;
      --line: #38414b;
      --text: #e4e9ee;
      --quiet: #a3aeb9;
      --link: #7db4ff;
      --good: #4cc468;
      --early: #9aa6b2;
      --tune: #e0a63a;
      --bad: #ff7b78;
      --error: #c19bff;
    }
  }
  * {
    box-sizing: border-box;
  }
  html {
    -webkit-text-size-adjust: 100%;
  }
  body {
    margin: 0;
    background: var(--page);
    color: var(--text);
    font:
      1rem / 1.5 system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      'Helvetica Neue',
      Arial,
      sans-serif;
    overflow-wrap: anywhere;
  }
  main,
  footer {
    max-width: 72rem;
    margin: 0 auto;
    padding: 0 1.25rem;
  }
  header {
    padding-top: 2rem;
  }
  footer {
    padding-bottom: 2rem;
    color: var(--quiet);
    font-size: 0.875rem;
  }
  h1,
  h2,
  h3,
  h4 {
    line-height: 1.25;
    margin: 0;
  }
  h1 {
    font-size: 2rem;
  }
  h2 {
    font-size: 1.5rem;
    margin: 3rem 0 0.75rem;
    padding-top: 0.75rem;
    border-top: 1px solid var(--line);
  }
  h3 {
    font-size: 1.125rem;
    margin: 2rem 0 0.5rem;
  }
  h4 {
    font-size: 1rem;
    margin: 1.25rem 0 0.5rem;
  }
  p {
    margin: 0.5rem 0;
    max-width: 46rem;
  }
  .lead {
    font-size: 1.125rem;
  }
  .said {
    white-space: pre-line;
  }
  .kind,
  .empty,
  .id,
  caption,
  dt,
  figcaption .id {
    color: var(--quiet);
  }
  .kind {
    margin: 0;
  }
  .id {
    font-size: 0.875em;
  }
  a {
    color: var(--link);
  }
  a:focus-visible,
  .scroll:focus-visible {
    outline: 2px solid var(--link);
    outline-offset: 2px;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .side {
    display: flex;
    flex-wrap: wrap;
    gap: 0 3rem;
    align-items: flex-start;
  }
  .side .scroll {
    max-width: 100%;
  }
  .side table {
    min-width: 0;
  }
  dl.long {
    grid-template-columns: 1fr;
  }
  .skip {
    position: absolute;
    left: -100vw;
  }
  .skip:focus {
    left: 1rem;
    top: 0.5rem;
  }
  nav ul,
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 1.25rem;
    list-style: none;
    padding: 0;
    margin: 1rem 0;
  }
  ul {
    padding-left: 1.25rem;
    margin: 0.5rem 0;
  }
  dl {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr));
    gap: 0.75rem 1.5rem;
    margin: 1rem 0;
  }
  dt {
    font-size: 0.875rem;
  }
  dd {
    margin: 0;
  }
  .badge {
    display: inline-block;
    font-size: 0.875rem;
    font-weight: 600;
    line-height: 1.4;
    padding: 0.05rem 0.55rem;
    border: 1px solid currentColor;
    border-radius: 1rem;
    color: var(--early);
    vertical-align: 0.15em;
    white-space: nowrap;
  }
  td .badge {
    vertical-align: baseline;
  }
  .badge.Stable,
  .badge.closed {
    color: var(--good);
  }
  .badge.Needstuning,
  .badge.review {
    color: var(--tune);
  }
  .badge.Rollbackready,
  .badge.Rolledback,
  .badge.aborted {
    color: var(--bad);
  }
  .badge.Monitoring,
  .badge.watching,
  .badge.Releaseready {
    color: var(--link);
  }
  .scroll {
    overflow-x: auto;
    margin: 0.75rem 0 1.25rem;
  }
  table {
    border-collapse: collapse;
    font-size: 0.9375rem;
    min-width: min(100%, 24rem);
    overflow-wrap: normal;
  }
  caption {
    text-align: left;
    font-size: 0.875rem;
    padding-bottom: 0.25rem;
  }
  th,
  td {
    text-align: left;
    vertical-align: top;
    padding: 0.35rem 1.25rem 0.35rem 0;
    border-bottom: 1px solid var(--line);
    max-width: 34rem;
  }
  th:last-child,
  td:last-child {
    padding-right: 0;
    overflow-wrap: anywhere;
    min-width: 12rem;
  }
  thead th {
    font-size: 0.875rem;
    font-weight: 600;
    color: var(--quiet);
    vertical-align: bottom;
  }
  tbody th {
    font-weight: 500;
  }
  .number {
    text-align: right;
    font-variant-numeric: tabular-nums;
  }
  th.number:last-child,
  td.number:last-child {
    min-width: 0;
  }
  time {
    white-space: nowrap;
  }
  code,
  pre {
    font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
    font-size: 0.875em;
  }
  pre {
    background: var(--soft);
    border: 1px solid var(--line);
    border-radius: 6px;
    padding: 0.75rem 1rem;
    white-space: pre-wrap;
  }
  .open {
    color: var(--bad);
  }
  .verdict {
    font-weight: 600;
    white-space: nowrap;
  }
  .verdict.healthy {
    color: var(--good);
  }
  .verdict.learning,
  .verdict.noData,
  .verdict.terminated {
    color: var(--early);
  }
  .verdict.tune,
  .verdict.noBenefit {
    color: var(--tune);
  }
  .verdict.rollback {
    color: var(--bad);
  }
  .verdict.error {
    color: var(--error);
  }
</style>`;
