/** Where no identity provider is set: the page on which one picks a person of the applied plans or of the site file, on this machine only. */
import { html, page, type Html } from './html.ts';
import type { PlanPerson } from './plan-people.ts';

/** People who only receive access can be many: these are shown, and any other by their id. */
const othersShown = 300;

interface Shown {
  people: PlanPerson[];
  /** Where to go afterwards. */
  to: string;
  /** Who is signed in now. */
  current: string | undefined;
  /** What was wrong with the last choice. */
  mistake?: string;
}

export function pickerPage({ people, to, current, mistake }: Shown): string {
  const beforeAPlan = !people.some(({ inPlan }) => inPlan);
  if (people.length === 0) return page('No people yet', noPlan);
  const acting = people.filter(({ parts }) => parts.length > 0);
  const others = people.filter(({ parts }) => parts.length === 0).toSorted((a, b) => a.name.localeCompare(b.name));
  return page(
    current === undefined ? 'Who are you?' : 'Act as someone else',
    html`<p class="soft">
        No identity provider is set, so on this machine you may be anyone of the applied plans and of the site file. Nobody can reach this page from another
        machine.
      </p>
      ${mistake === undefined ? undefined : html`<p role="alert">${mistake}</p>`} ${beforeAPlan ? noPlan : undefined}
      <form method="post" action="/sign-in">
        <input type="hidden" name="to" value="${to}" />
        <h2>People who decide or operate</h2>
        ${listOf(acting, current)}
        ${
          others.length === 0
            ? undefined
            : html`<details${others.some(({ id }) => id === current) ? html` open` : undefined}><summary>They receive access (${others.length})</summary>${listOf(others.slice(0, othersShown), current)}</details>`
        }
      </form>
      ${others.length > othersShown ? byId(to) : undefined}`,
  );
}

const listOf = (people: PlanPerson[], current: string | undefined): Html =>
  html`<ul>
    ${people.map(
      ({ id, name, parts }) =>
        html`<li>
          <button name="person" value="${id}" ${id === current ? html` aria-current="true"` : undefined}>
            <b>${name}</b><span>${partsText(parts) || id}</span>
          </button>
        </li> `,
    )}
  </ul>`;

const partsShown = 4;
/** The owner of fifty packages is not read for longer than the owner of four. */
const partsText = (parts: string[]): string =>
  parts.length > partsShown ? `${parts.slice(0, partsShown).join(', ')} and ${parts.length - partsShown} more` : parts.join(', ');

const byId = (to: string): Html =>
  html`<form class="another" method="post" action="/sign-in">
    <input type="hidden" name="to" value="${to}" />
    <label for="person">Someone else, by id</label>
    <input id="person" name="person" required maxlength="255" autocapitalize="none" spellcheck="false" />
    <button>Sign in</button>
  </form>`;

const noPlan = html`<p>No plan is applied yet, so its people are not here. Apply one in a terminal; PERSON is one of its operators:</p>
  <pre><code>npx rolewave --as PERSON apply plan.yaml</code></pre>
  <p class="soft">Then reload this page.</p>`;
