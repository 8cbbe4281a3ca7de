/**
 * Health check of Rolewave's container: exits with code 0 when one of the given addresses answers 200 within three seconds. The image runs
 * the API or the worker, depending on its command; the image's own check asks both, and docker-compose.yml asks the one that it started.
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
