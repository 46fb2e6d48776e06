// Read by whatever Node there is: nothing here may be newer than Node 12.20.

/** The oldest Node that Haulway runs on; the same as `engines` in package.json. */
export const neededNode = "20.19";

/**
 * What to tell somebody whose Node is too old; undefined if it is new enough.
 *
 * @param {string} found the version of the Node that runs, such as "18.20.4"
 * @returns {string | undefined}
 */
export function nodeVersionProblem(found) {
  const [foundMajor, foundMinor] = found.split(".").map(Number);
  const [major, minor] = neededNode.split(".").map(Number);
  if (foundMajor > major || (foundMajor === major && foundMinor >= minor)) return undefined;
  return (
    `Haulway needs Node ${neededNode} or newer; this is Node ${found} (${process.execPath}).\n` +
    "Install a newer one, for example from https://nodejs.org or with `nvm install 22`, and try again."
  );
}
