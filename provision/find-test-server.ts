/** Finds Temporal's time-skipping test server, or gets it: from Rolewave's cache, by the SDK's own download, or as jars through Maven. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePlace, fillOnce, isFile } from './cache.ts';
import { findOnPath, runCommand } from './command.ts';
import { createProgress, type Progress } from './progress.ts';
import { downloadWithSdk } from './sdk-download.ts';

const TEST_SERVER_VERSION = '1.31.0';

/** Path of an executable that the SDK can start as its time-skipping server. Rejects with one line that says what to do when there is none. */
export async function findTestServer(progress: Progress = createProgress()): Promise<string> {
  const place = cachePlace(`temporal-test-server-${TEST_SERVER_VERSION}`);
  const executable = join(place, 'test-server');
  if (await isFile(executable)) return executable;

  const waiting = () => progress.note("Another process is already getting Temporal's test server: waiting for it …");
  await fillOnce(
    place,
    () => isFile(executable),
    waiting,
    async (draft) => {
      const target = join(draft, 'test-server');
      if (await downloadWithSdk('time-skipping', "Temporal's time-skipping test server (the Temporal SDK's own download)", target, progress)) return;
      if (await fetchJars(draft, target, progress)) return;
      throw new Error(
        "Temporal's time-skipping test server could not be downloaded: install Java 11 or newer and Maven (Debian: `apt-get install " +
          'default-jre-headless maven`), Rolewave then fetches it automatically, once, in under a minute.',
      );
    },
  );
  return executable;
}

async function fetchJars(draft: string, target: string, progress: Progress): Promise<boolean> {
  const [java, maven] = [findOnPath('java'), findOnPath('mvn')];
  if (java === undefined || maven === undefined) return false;
  const step = progress.step(`Fetching Temporal's test server ${TEST_SERVER_VERSION} with Maven, once for this machine`, 'under a minute');
  const jars = join(draft, 'jars');
  await mkdir(jars, { recursive: true });
  await writeFile(join(draft, 'pom.xml'), POM);
  let copied = 0;
  try {
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${jars}`, '-DincludeScope=runtime'];
    await runCommand(maven, ['-B', '-ntp', '-f', join(draft, 'pom.xml'), ...goal], {
      timeoutMs: 15 * 60_000,
      onLine: (line) => {
        if (line.includes('] Copying ')) step.update(`${++copied} jars`);
      },
    });
    await writeFile(target, wrapper(java));
    await chmod(target, 0o755);
    step.done(`${copied} jars`);
    return true;
  } catch (error) {
    step.failed(error instanceof Error ? error.message : String(error));
    return false;
  }
}

const POM = `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>rolewave</groupId>
  <artifactId>test-server</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${TEST_SERVER_VERSION}</version>
    </dependency>
    <dependency>
      <!-- Without a logger, every start prints three lines about having none. -->
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-nop</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`;

/** The SDK gives its server five seconds to answer; with little compilation and a simple garbage collector, Java needs three. */
function wrapper(java: string): string {
  return `#!/bin/sh
folder=$(dirname "$0")
exec "${java}" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$folder/jars/*" io.temporal.testserver.TestServer "$@"
`;
}
