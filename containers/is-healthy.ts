/**
 * Health check of Rolewave's container: ends with code 0 when one of the addresses that it is given answers 200 within three seconds. The image is
 * API or worker by its command; its own check asks for both, docker-compose.yml for the one that it started.
 */
const answers = await Promise.all(
  process.argv.slice(2).map((url) =>
    fetch(url, { signal: AbortSignal.timeout(3_000) }).then(
      (response) => response.ok,
      () => false,
    ),
  ),
);
process.exitCode = answers.includes(true) ? 0 : 1;
