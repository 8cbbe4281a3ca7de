/** Colors and lines of the charts, whose classes are those of `charts/`; the variables are those of style.ts. */
import { html } from './html.ts';

export const chartStyle = html`<style>
  .charts {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr));
    gap: 1rem 2rem;
    margin: 0.75rem 0;
  }
  .figure {
    margin: 0;
  }
  .chart {
    display: block;
    width: 100%;
    max-width: 32rem;
    height: auto;
    margin-top: 0.25rem;
  }
  .figure .words {
    font-size: 0.875rem;
    color: var(--quiet);
    margin: 0.25rem 0 0;
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
  .chart-label {
    font:
      10.5px system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      Arial,
      sans-serif;
    fill: var(--quiet);
  }
  .chart-grid {
    stroke: var(--line);
  }
  .chart-early {
    fill: var(--soft);
    stroke: var(--line);
    stroke-width: 0.5;
  }
  .chart-end {
    stroke: var(--quiet);
    stroke-dasharray: 1 3;
  }
  .chart-tuned {
    stroke: var(--link);
    stroke-width: 1.5;
    stroke-dasharray: 2 2;
  }
  .chart-limit {
    stroke-width: 1.5;
  }
  .chart-limit.chart-tune {
    stroke: var(--tune);
    stroke-dasharray: 6 3;
  }
  .chart-limit.chart-rollback {
    stroke: var(--bad);
  }
  .chart-limit.chart-before {
    stroke: var(--quiet);
    stroke-dasharray: 2 3;
  }
  .chart-line {
    fill: none;
    stroke: var(--quiet);
  }
  .chart-mark {
    fill: var(--good);
    stroke: var(--page);
  }
  .chart-mark.chart-learning,
  .chart-mark.chart-terminated {
    fill: var(--page);
    stroke: var(--early);
    stroke-width: 1.5;
  }
  .chart-mark.chart-tune,
  .chart-mark.chart-noBenefit {
    fill: var(--tune);
  }
  .chart-mark.chart-rollback {
    fill: var(--bad);
  }
  .chart-mark.chart-nothing {
    fill: none;
    stroke: var(--early);
    stroke-width: 2;
  }
</style>`;
