/** The summary: how each package ended, the statement that checks the receipt, and what to try while everything still runs. */
import type { PackageView } from '../domain/views/package.ts';
import { type Board, stateOf } from './board.ts';
import { type ErpDatabase, runAs } from './database.ts';
import type { Servers } from './servers.ts';
import type { Story } from './stories.ts';
import { temporalListLink, temporalQueries } from '../domain/temporal-ui/link.ts';

export interface Result {
  story: Story;
  failure?: string;
}

/** One line per package: name, state, receipt. True when each has its expected end. */
export async function printOutcome(board: Board, results: Result[], erp: ErpDatabase): Promise<boolean> {
  let good = true;
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  say('');
  for (const { story, failure } of results) {
    const seen = board.find(story.rolePackage);
    const state = seen ? stateOf(seen) : 'in no wave';
    const proof = seen ? story.proof(seen) : 'it is in no wave';
    const wrong = failure ?? (state === story.ends ? undefined : `it should be ${story.ends}`) ?? (proof === true ? undefined : proof);
    good &&= wrong === undefined;
    say(
      `${wrong === undefined ? '✓' : '✗'} ${(seen?.planned.name ?? story.rolePackage).padEnd(31)} ${state.padEnd(14)} ${receiptOf(seen?.running)}${wrong === undefined ? '' : `\n    ${wrong}`}`,
    );
  }
  say('');
  for (const { running } of results.flatMap(({ story }) => board.find(story.rolePackage) ?? [])) {
    // The receipt of a directory has a command of the shell, which asks for a password.
    for (const { system, check } of running?.receipts.filter((receipt) => receipt.system === 'erp') ?? [])
      await printCheck(running?.name ?? '', system, check, erp, say);
  }
  return good;
}

function receiptOf(running: PackageView | undefined): string {
  if (!running) return 'nothing granted';
  if (running.receiptLine) return running.receiptLine;
  const { created, preexisting, legacyRetired, failed, unknown } = running.grants;
  const parts = [
    `${created} granted`,
    preexisting && `${preexisting} already had it`,
    legacyRetired && `${legacyRetired} legacy ${legacyRetired === 1 ? 'grant' : 'grants'} retired`,
    failed && `${failed} FAILED`,
    unknown && `${unknown} NOT CONFIRMED`,
  ];
  return [...parts, running.tunes.length > 0 && `${running.tunes.length} tuned`].filter(Boolean).join(', ');
}

/** The receipt's statement, and its current result. */
async function printCheck(name: string, system: string, check: string, erp: ErpDatabase, say: (line: string) => void): Promise<void> {
  say(`This statement checks the receipt of ${name} in '${system}':\n\n  ${check.trim().replaceAll('\n', '\n  ')}\n`);
  const rows = await runAs(erp.url.rolewave_svc, check);
  for (const row of rows) {
    const columns = Object.entries(row).map(([column, value]) => `${column}: ${String(value)}`);
    say(`  → ${columns.join(', ')}`);
  }
  say('');
}

/** `settles`: the date of the plan from which its days take a day. */
export function printWhatToTry({ apiUrl, temporalUi, desk }: Servers, plan: string, settles: string): void {
  process.stdout.write(`
Your turn, on the board: ${apiUrl}/
Two more packages wait for their people. Sign in as each of them, and do what the board asks:

  Dorota Kowalska, Ines Carvalho   add the evidence and sign off; Ines signs for Renate Vogel
  Viktor Hansen                    signs the rollback drill
  Miriam Stein                     signs too, for internal audit
  Anna Lindgren                    sets the go-live date; a plan day of these two takes ten seconds


Everything stays up until Ctrl-C.

  Temporal UI   ${temporalListLink(temporalUi, 'default', temporalQueries.wavesAndPackages)}${desk.directoryUrl === undefined ? '' : `\n  directory     ${desk.directoryUrl}, dc=example,dc=com; anyone on this machine may read it`}

Commands to try, in another terminal in this folder:

  export ROLEWAVE_URL=${apiUrl}
  npx rolewave status --watch
  npx rolewave plan examples/role-packages.yaml

The HTTP API needs a token. Here it gives one of anybody's to this machine:

  TOKEN=$(curl -s $ROLEWAVE_URL/v1/tokens -H 'content-type: application/json' -d '{"person":"dorota.kowalska"}' | node -p 'JSON.parse(fs.readFileSync(0)).token')
  curl -s "$ROLEWAVE_URL/v1/waves?plan=${plan}" -H "authorization: Bearer $TOKEN"

The plan's time has passed quickly for its stories. From ${settles} on a day takes a day, so that what you look at stays as it is.

`);
}
