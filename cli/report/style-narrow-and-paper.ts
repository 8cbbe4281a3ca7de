/** The page on a phone, where each row of a table is a block of its own, and on paper. Comes after the other styles, which it changes. */
import { html } from './html.ts';

export const narrowAndPaperStyle = html`<style>
  @media screen and (max-width: 40rem) {
    :root {
      font-size: 15px;
    }
    h1 {
      font-size: 1.625rem;
    }
    h2 {
      font-size: 1.3125rem;
    }
    table,
    tbody,
    tr,
    th,
    td {
      display: block;
    }
    thead {
      position: absolute;
      clip-path: inset(50%);
      width: 1px;
      height: 1px;
      overflow: hidden;
    }
    caption {
      display: block;
    }
    .scroll {
      overflow: visible;
    }
    tr {
      border-bottom: 1px solid var(--line);
      padding: 0.5rem 0;
    }
    tbody th {
      padding: 0;
      border: 0;
      text-align: left;
      font-weight: 600;
    }
    td,
    td:last-child {
      display: grid;
      grid-template-columns: 8rem minmax(0, 1fr);
      gap: 0.75rem;
      padding: 0.1rem 0;
      border: 0;
      text-align: left;
      max-width: none;
      min-width: 0;
      overflow-wrap: anywhere;
    }
    td::before {
      content: attr(data-name);
      color: var(--quiet);
      font-size: 0.875rem;
    }
    td .badge,
    td .verdict {
      justify-self: start;
    }
    td.number {
      text-align: left;
    }
    td:empty {
      display: none;
    }
  }
  @media print {
    @page {
      margin: 14mm;
    }
    :root {
      font-size: 11.5px;
    }
    main,
    footer {
      max-width: none;
      padding: 0;
    }
    header {
      padding-top: 0;
    }
    nav,
    .skip {
      display: none;
    }
    a {
      color: inherit;
      text-decoration: none;
    }
    .package ~ .package {
      break-before: page;
    }
    h2,
    h3,
    h4,
    caption {
      break-after: avoid;
    }
    tr,
    figure,
    pre,
    .legend li,
    .side .scroll {
      break-inside: avoid;
    }
    thead {
      display: table-header-group;
    }
    .scroll {
      overflow: visible;
    }
    table {
      max-width: 100%;
    }
    th,
    td {
      overflow-wrap: break-word;
    }
    td:last-child,
    td code {
      overflow-wrap: anywhere;
      min-width: 0;
    }
    .charts {
      grid-template-columns: repeat(3, 1fr);
    }
    * {
      print-color-adjust: exact;
      -webkit-print-color-adjust: exact;
    }
  }
</style>`;
