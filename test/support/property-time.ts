/**
 * For `fc.assert` where each run takes a real server: a slow machine tries fewer cases instead of running into the test's timeout, which would also
 * hide the seed and the counterexample. A failure that is still being shrunk when the time is over is reported as small as it is by then.
 */
export const withinTestTime = { interruptAfterTimeLimit: 20_000 };
