/**
 * What to do about a refusal, in the words of this command. The endpoint's own advice is for programs where it names routes, headers or fields; of these it
 * is replaced, by code. `target`: the wave or package that the request was about.
 */
export function adviceOf(code: string | undefined, target: string | undefined): string | undefined {
  const show = target === undefined ? "'rolewave show'" : `'rolewave show ${target}'`;
  const ofPackage = target?.split('/').length === 3 ? target : 'PLAN/WAVE/PACKAGE';
  const known: Partial<Record<string, string>> = {
    malformed: 'Correct it and run the command again.',
    'no-token': '',
    'unknown-package': "'rolewave status' lists the packages of every wave.",
    'unknown-wave': "'rolewave status' lists the waves.",
    'no-person-named':
      'To say it once for all commands, set ROLEWAVE_PERSON to a person of your plan, such as one of its operators; for one command, write --as PERSON after rolewave. The page /sign-in of the endpoint lists the people.',
    'unknown-person': 'Name another person with --as. The page /sign-in of the endpoint lists the people.',
    'unknown-plan':
      "'rolewave status' lists what you may read. To read more, ask an operator to give you a role in the plan, or those who run Rolewave for the right to read it. 'rolewave apply' stores a new plan.",
    'unknown-notice': "'rolewave notices' lists them.",
    'nothing-to-resend': "'rolewave notices' shows how each delivery went.",
    'not-previewed': `Wait for the preview. ${show} says what is missing.`,
    'wrong-stage': `${show} shows its stage or state, and what comes next.`,
    'stale-digest': 'Run the command again: it reads what is there now.',
    'missing-field': 'Run the command again with what is missing.',
    'unknown-proposal': `${show} shows the open proposal.`,
    'already-decided': `${show} shows who decided what. You do not have to do anything else.`,
    'abort by one': `'rolewave rollback ${ofPackage}' proposes it, and 'rolewave decide ${ofPackage} freeze' stops granting until it is decided.`,
    'already-proposed': `${target === undefined ? "'rolewave decide'" : `'rolewave decide ${target}'`} shows it, and how to answer.`,
    blackout: 'Choose a date after the blackout, or say with --despite-blackout why it goes live during it.',
    'rejected-by-owner': "Ask the owner to withdraw the rejection ('rolewave sign-off … --withdraw') or to approve. A delegate cannot overrule the owner.",
    'stale-content': `Evaluate it again, and accept what ${show} shows then.`,
    'too-many-refused': `${show} says what was wrong with them. Wait a quarter of an hour before the next.`,
    'consent-missing': 'Each of them consents to this file; then apply it again. A site administrator may apply it at once with --reason. Nothing was stored.',
    'not-a-reader': `Ask an operator of the plan to give you a role in it. ${show} has the counts.`,
    'plan-conflict': 'Make your change on the latest revision, and apply the result.',
    'older-revision': 'Make your change on the latest revision, and apply the result.',
    'plan-invalid': 'Correct them and run the command again. Nothing was started or changed.',
    'site-refuses': 'Change the plan there, or ask those who run Rolewave to change the site file. Nothing was started or changed.',
    'released-package-changed':
      'Put each of them in a wave of its own with change: revise (or retire), where people sign off the difference, or undo the change. Nothing was stored.',
    'apply-unfinished': 'Apply the same plan again. That completes the apply and changes nothing else.',
    'unknown-metric': 'Name one of the metrics of the plan.',
    'too-many-requests': 'Wait a minute and run the command again.',
    busy: 'Wait a few seconds and run the command again.',
    'resent-too-often': 'A notice can be sent again five times within an hour.',
    'id-reused': 'Give a new message a new --id, or none. Reuse one only to repeat exactly the same command.',
  };
  return code === undefined ? undefined : known[code];
}
