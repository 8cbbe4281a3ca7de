/** A notice as people read it: who, by when, about what, why now, a link, and the command that answers it. */
import { actionCommand, answerCommand } from '../cli/action-command.ts';
import { addressText } from '../domain/address.ts';
import { answerMeaning, wordOf, type AnswerWord } from '../domain/authority/answers.ts';
import { decidersIn, namesOf, namesOfDeciders, withNames, type Names } from '../domain/people-named.ts';
import { oneLine, withoutLinks } from '../domain/free-text.ts';
import { requestWords, type Notice } from '../domain/notices/request.ts';
import { whoMayAnswer } from '../domain/notices/who-may-answer.ts';
import { writtenIn } from '../domain/authority/who-reads.ts';
import type { Plan } from '../domain/plan/schema.ts';
import { instantText } from '../domain/time/instant.ts';
import { temporalLink } from '../domain/temporal-ui/link.ts';
import type { NoticeLinks, NoticeMessage } from './channel.ts';

export interface NoticeWords {
  /** One line, of ids and fixed words only. */
  subject: string;
  /** Why these people get it now. */
  why: string;
  /** The same as `Notice.text`, on one line and without links. */
  about: string;
  /** When an answer is needed; plan time. */
  by?: string;
  link?: string;
  /** Answers it, or shows what is proposed and how to answer. */
  command: string;
  /** To a proposal: those that the reader may give, or all where there is one message for everyone. `by`: ids of who may give it. */
  answers: NoticeAnswer[];
  /** All of it as plain text, lines separated by \n. */
  body: string;
}

export interface NoticeAnswer {
  answer: AnswerWord;
  meaning: string;
  command: string;
  by: string[];
}

export function noticeWords({ notice, plan, recipient: reader, links = {} }: Omit<NoticeMessage, 'notified'>): NoticeWords {
  const recipient = reader?.id;
  // What people wrote becomes no link in any program that shows it.
  const named = (id: string) => withoutLinks(oneLine(plan?.people.find((person) => person.id === id)?.name ?? id));
  const why = whyNow(notice, plan, named, recipient);
  const about = withoutLinks(oneLine(withNames(namesIn(notice, plan), notice.text)));
  const command = oneLine(actionCommand(notice.action));
  const by = notice.byMs === undefined ? undefined : instantText(notice.byMs);
  const link = linkOf(notice, links);
  const answers = answersFor(notice, recipient);
  const others = whoElse(notice, plan, recipient);
  const rows = [
    ['For', notice.to.map(named).join(', ')],
    ['By', by],
    ['Page', link],
    [notice.action.type === 'decide' || others !== undefined ? 'Details' : 'Answer', others === undefined ? command : showCommand(notice)],
  ].flatMap(([name = '', value]) => (value ? [`${`${name}:`.padEnd(9)}${value}`] : []));
  const body = [
    ...(recipient === undefined ? [] : [`Hello ${named(recipient)},`, '']),
    about,
    '',
    why,
    '',
    ...rows,
    '',
    ...(answers.length > 0 ? [recipient === undefined ? 'Answers:' : 'Your answers:', ...answers.flatMap(answerLines(named, recipient)), ''] : []),
    ...(others === undefined ? [] : [`You may not answer this yourself. ${capital(listed(others.map(named)))} may: make sure that it is answered.`, '']),
    quoted,
    `This is notice ${notice.id} from Rolewave. If it reaches you twice, it is the same notice.`,
  ].join('\n');
  return { subject: subjectOf(notice, by), why, about, command, answers, body, ...(by === undefined ? {} : { by }), ...(link === undefined ? {} : { link }) };
}

/** Who decides in the plan, and who is asked. */
function namesIn({ to }: Notice, plan: Plan | undefined): Names {
  if (plan === undefined) return new Map();
  return namesOfDeciders({ names: namesOf(plan), deciders: new Set([...decidersIn(writtenIn(plan)), ...to]) });
}

/** To a proposal. A notice about anything else has one command, which answers it. */
function answersFor({ action }: Notice, recipient: string | undefined): NoticeAnswer[] {
  if (action.type !== 'decide') return [];
  const { target, fields } = action;
  // What may wait for the end of a blackout is deferred by one.
  const blackout = fields.answers.some(({ answer }) => answer === 'afterBlackout') ? { blackout: 'the blackout' } : {};
  return fields.answers
    .filter(({ by }) => recipient === undefined || by.includes(recipient))
    .map(({ answer, by }) => {
      const word = wordOf(fields.kind, answer);
      return { answer: word, meaning: answerMeaning({ kind: fields.kind, ...blackout }, word), command: oneLine(answerCommand(target, word)), by };
    });
}

/** Each command on a line of its own, ready to copy. */
const answerLines =
  (named: (id: string) => string, recipient: string | undefined) =>
  ({ answer, meaning, command, by }: NoticeAnswer): string[] => [
    `  ${answer}${recipient === undefined ? `, by ${listed(by.map(named))}` : ''}: ${meaning}`,
    `    ${command}`,
  ];

/** Those who may answer, where the reader may not: someone on call, who is to find them. Undefined: the reader may, or it is not known. */
function whoElse(notice: Notice, plan: Plan | undefined, recipient: string | undefined): string[] | undefined {
  // Who is asked first, and who stands in for them, was chosen because they may.
  if (recipient === undefined || (notice.action.type !== 'decide' && (notice.level === 'first' || notice.level === 'delegate'))) return undefined;
  const may = whoMayAnswer(notice, plan);
  return may === undefined || may.length === 0 || may.includes(recipient) ? undefined : may;
}

/** For a reader who may not answer. */
const showCommand = ({ plan, wave, package: rolePackage }: Notice): string =>
  wave === undefined
    ? `rolewave status ${plan}`
    : `rolewave show ${oneLine(addressText({ plan, wave, ...(rolePackage === undefined ? {} : { package: rolePackage }) }))}`;

const quoted =
  'Names and reasons are as people wrote them in the plan; addresses in them are broken up, so that nobody follows one by mistake. The page above is Rolewave’s own.';

function subjectOf(notice: Notice, by: string | undefined): string {
  const before = { first: '', delegate: 'unanswered: ', onCall: 'unanswered: ', overdue: 'overdue: ' }[notice.level];
  return oneLine(capital(`${before}${requestWords[notice.kind]}: ${addressText(notice)}${by === undefined ? '' : ` (by ${by})`}`));
}

function whyNow(notice: Notice, plan: Plan | undefined, named: (id: string) => string, recipient: string | undefined): string {
  const owner = plan?.packages.find(({ id }) => id === notice.package)?.owner;
  const recipients = listed(notice.to.map(named));
  if (notice.kind === 'overruled') return recipient === undefined ? `${recipients} lost the right to decide by it.` : 'You lost the right to decide by it.';
  switch (notice.level) {
    case 'first': {
      if (recipient === undefined) return `${recipients} ${are(notice.to)} asked.`;
      const others = notice.to.filter((id) => id !== recipient);
      return others.length === 0 ? 'You are asked.' : `You are asked, and so ${are(others)} ${listed(others.map(named))}.`;
    }
    case 'delegate': {
      const standIn = owner === undefined ? 'a delegate of the person who was asked' : `${named(owner)}'s delegate`;
      return recipient === undefined
        ? `Nobody answered: ${recipients}, ${standIn}, ${are(notice.to)} asked now.`
        : `Nobody answered: you are ${standIn}, and may answer in their place.`;
    }
    case 'onCall':
      return recipient === undefined
        ? `Nobody answered: ${recipients}, on call for this plan, ${are(notice.to)} notified now.`
        : 'Nobody answered: you are on call for this plan.';
    case 'overdue':
      return 'This is overdue: nobody answered in time.';
  }
}

/** A question about a package is answered on its own page; anything else is read where it is shown. Who opens it signs in there: the link opens nothing by itself. */
function linkOf(notice: Notice, { pages, temporalUi }: NoticeLinks): string | undefined {
  if (pages !== undefined) return `${pages}${pathOf(notice)}`;
  return temporalUi && temporalLink(temporalUi.url, temporalUi.namespace, workflowOf(notice));
}

function pathOf({ plan, wave, package: rolePackage, action }: Notice): string {
  const parts = [plan, wave, rolePackage].filter((part) => part !== undefined).map(encodeURIComponent);
  if (parts.length === 1) return '/';
  const page = rolePackage === undefined ? 'waves' : decidedOnItsPage.has(action.type) ? 'requests' : 'packages';
  return `/${[page, ...parts].join('/')}`;
}

const decidedOnItsPage = new Set<Notice['action']['type']>(['signOff', 'decide', 'previewRollback']);

/** A notice's id begins with the workflow that asks; a wave asks for its packages too, before they are released. */
function workflowOf(notice: Notice): string {
  const [workflow = ''] = notice.id.split('#');
  return workflow === notice.plan || workflow.startsWith(`${notice.plan}/`) ? workflow : addressText(notice);
}

const are = (people: string[]) => (people.length === 1 ? 'is' : 'are');
const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const listed = (items: string[]) => (items.length < 2 ? (items[0] ?? 'nobody') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`);
