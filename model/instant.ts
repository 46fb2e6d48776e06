const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/**
 * The seconds from 1970 until an instant, given as a date and a time in UTC such as `2027-01-31T00:00:00Z`. Undefined if the
 * text has another form, or names a day or an hour that does not exist.
 */
export function instantSeconds(instant: string): number | undefined {
  if (!INSTANT.test(instant)) return undefined;
  const milliseconds = Date.parse(instant);
  if (Number.isNaN(milliseconds)) return undefined;
  // Date takes the 30th of February for the 1st or 2nd of March.
  return new Date(milliseconds).toISOString() === instant.replace("Z", ".000Z")
    ? milliseconds / 1000
    : undefined;
}
