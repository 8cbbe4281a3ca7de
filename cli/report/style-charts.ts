/** Colors and lines of the charts; the variables are those of style.ts. */
import { html } from './html.ts';

export const chartStyle = html`<style>
  .charts {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr));
    gap: 1rem 2rem;
    margin: 0.75rem 0;
  }
  .chart {
    margin: 0;
  }
  .chart svg {
    display: block;
    width: 100%;
    max-width: 32rem;
    height: auto;
    margin-top: 0.25rem;
  }
  .chart .words {
    font-size: 0.875rem;
    color: var(--quiet);
    margin: 0;
  }
  .legend {
    font-size: 0.875rem;
    gap: 0.25rem 1rem;
  }
  .swatch {
    width: 0.9rem;
    height: 0.9rem;
    vertical-align: -0.1em;
  }
  svg text {
    font:
      10px system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      Arial,
      sans-serif;
    fill: var(--quiet);
  }
  .grid {
    stroke: var(--line);
    stroke-width: 1;
  }
  .early {
    fill: var(--soft);
    stroke: var(--line);
    stroke-width: 0.5;
  }
  .end {
    stroke: var(--quiet);
    stroke-width: 1;
    stroke-dasharray: 1 3;
  }
  .tuned {
    stroke: var(--link);
    stroke-width: 1.5;
    stroke-dasharray: 2 2;
  }
  .bound {
    stroke-width: 1.5;
  }
  .bound.tune {
    stroke: var(--tune);
    stroke-dasharray: 6 3;
  }
  .bound.rollback {
    stroke: var(--bad);
  }
  .bound.before {
    stroke: var(--quiet);
    stroke-dasharray: 2 3;
  }
  .trace {
    fill: none;
    stroke: var(--quiet);
    stroke-width: 1;
  }
  .mark {
    stroke: var(--page);
    stroke-width: 1;
  }
  .mark.healthy {
    fill: var(--good);
  }
  .mark.learning,
  .mark.none {
    fill: var(--page);
    stroke: var(--early);
    stroke-width: 1.5;
  }
  .mark.tune,
  .mark.noBenefit {
    fill: var(--tune);
  }
  .mark.rollback {
    fill: var(--bad);
  }
  .mark.noData,
  .mark.error {
    fill: none;
    stroke: var(--early);
    stroke-width: 2;
  }
  .mark.error {
    stroke: var(--error);
  }
</style>`;
