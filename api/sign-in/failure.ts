/** Why somebody could not be signed in, in plain words: what happened, and what to do. Nothing of what the provider wrote is repeated: anyone can write it into a link. */
import { catalog, type Problem } from '../errors.ts';
import { html, page } from './html.ts';

export class SignInFailure extends Error {
  readonly status: number;
  readonly title: string;
  readonly whatToDo: string;
  /** Whether another try at the board may help, and what its button says. */
  readonly again: boolean | string;
  /** What the provider said, for the log of those who run Rolewave. */
  said?: string;

  constructor(status: number, title: string, detail: string, whatToDo: string, again: boolean | string = true) {
    super(detail);
    this.name = 'SignInFailure';
    this.status = status;
    this.title = title;
    this.whatToDo = whatToDo;
    this.again = again;
  }
}

const forOperators = 'Tell the people who run Rolewave.';
const tellOperators = 'tell the people who run Rolewave.';

/** What providers answer in `error`. */
const refusals: Record<string, () => SignInFailure> = {
  access_denied: () =>
    new SignInFailure(
      403,
      'You were not signed in',
      'You, or your identity provider, declined. It may not let you use Rolewave.',
      'Try again, or ask the people who run your identity provider.',
    ),
  login_required: () => new SignInFailure(401, 'You are not signed in', 'Your identity provider asks you to sign in there first.', 'Try again.'),
  interaction_required: () => new SignInFailure(401, 'You are not signed in', 'Your identity provider has a question for you first.', 'Try again.'),
  consent_required: () => new SignInFailure(401, 'You are not signed in', 'Your identity provider asks for your consent first.', 'Try again.'),
  temporarily_unavailable: () =>
    new SignInFailure(503, 'Your identity provider is busy', 'It says that it cannot sign you in at the moment.', 'Try again in a minute.'),
  server_error: () => new SignInFailure(502, 'Your identity provider failed', 'It says that something went wrong there.', 'Try again in a minute.'),
};

export const refusedByProvider = (code: string): SignInFailure =>
  refusals[code]?.() ?? wronglySet(`It answered '${/^[a-z_]{1,60}$/.test(code) ? code : 'an error'}'.`);

export const wronglySet = (detail: string): SignInFailure =>
  new SignInFailure(
    502,
    'Your identity provider does not accept Rolewave',
    detail,
    `${forOperators} The client id, its secret, its redirect address or its scopes do not match what is registered at the provider.`,
  );

export const unreachable = (): SignInFailure =>
  new SignInFailure(
    503,
    'Your identity provider does not answer',
    'Rolewave could not reach it.',
    `Try again in a minute. If that does not help: ${tellOperators}`,
  );

export const lostTrack = (): SignInFailure =>
  new SignInFailure(
    400,
    'This sign-in cannot be finished',
    'It began in another browser or another tab, or more than ten minutes ago, or it was finished before.',
    'Start again.',
  );

export const notKept = (): SignInFailure =>
  new SignInFailure(
    400,
    'Your browser did not keep the session',
    'Rolewave signed you in, and your browser did not send its cookie back.',
    `Allow cookies for this address. If they are allowed: ${tellOperators} ROLEWAVE_PUBLIC_URL must be the address that you see in the browser, with https.`,
  );

export const notAPerson = (why: string): SignInFailure =>
  new SignInFailure(403, 'Your identity provider signed you in, and Rolewave cannot tell who you are', why, forOperators);

/** A problem of the API as somebody with a browser meets it. */
export function failureOf(problem: Problem): SignInFailure {
  const { status, title, whatToDo } = catalog[problem.code];
  if (problem.code === 'no-such-route')
    return new SignInFailure(
      status,
      title,
      'The address may be mistyped, or the page was moved.',
      'The board shows every package that you see.',
      'Open the board',
    );
  return new SignInFailure(status, title, problem.message, whatToDo);
}

export const failurePage = ({ title, message, whatToDo, again }: SignInFailure): string =>
  page(
    title,
    html`<p>${message}</p>
      <p class="soft">${whatToDo}</p>
      ${again === false ? undefined : html`<p><a class="button" href="/">${again === true ? 'Try again' : again}</a></p>`}`,
  );
