/** A duration as the files have it: a whole number above zero of minutes, hours or days. */
export const DURATION_PATTERN = /^[1-9]\d{0,4}[mhd]$/;

const SECONDS_OF: ReadonlyMap<string | undefined, number> = new Map([
  ["m", 60],
  ["h", 3600],
  ["d", 86_400],
]);

/**
 * The length of a duration in seconds: 86,400 for `24h`, and for `1d`. A day is 24 hours.
 *
 * @throws Error if the text is no duration: validation has to refuse it first
 */
export function durationSeconds(duration: string): number {
  const seconds = SECONDS_OF.get(duration.at(-1));
  if (!DURATION_PATTERN.test(duration) || seconds === undefined) {
    throw new Error(`${JSON.stringify(duration)} is not a duration such as 90d.`);
  }
  return Number(duration.slice(0, -1)) * seconds;
}
