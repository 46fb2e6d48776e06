import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { messageOf, ProviderError } from "../provider-error.js";
import { retry } from "../retry.js";

/** Time for a download, in milliseconds. */
const TIMEOUT = 60_000;

/**
 * The text of a manifest file, from a path or an https URL.
 *
 * @param sha256 hash that it must have, 64 hexadecimal digits
 * @throws ProviderError when it cannot be read, or is another text
 */
export async function loadManifests(location: string, sha256: string): Promise<string> {
  const content = await (/^https?:\/\//.test(location) ? download(location) : read(location));
  const actual = createHash("sha256").update(content).digest("hex");
  if (actual !== sha256.toLowerCase()) {
    throw new ProviderError(
      `${location} is not the expected file: its SHA-256 is ${actual}, expected is ${sha256}. ` +
        "It was changed between planning and now: run again, and if the change is not yours, find out whose it is.",
    );
  }
  return content.toString("utf8");
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ProviderError(`The manifests ${path} cannot be read: ${messageOf(error)}.`);
  }
}

function download(url: string): Promise<Buffer> {
  return retry(
    async () => {
      const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) }).catch((error: unknown) => {
        throw new DownloadFailed(url, messageOf(error), true);
      });
      if (!response.ok)
        throw new DownloadFailed(url, `the answer was ${response.status}`, response.status >= 500);
      return Buffer.from(await response.arrayBuffer());
    },
    (error) => error instanceof DownloadFailed && error.mayRepeat,
  );
}

class DownloadFailed extends ProviderError {
  constructor(
    url: string,
    reason: string,
    readonly mayRepeat: boolean,
  ) {
    super(`The manifests ${url} cannot be downloaded: ${reason}. Check the URL and the network.`);
  }
}
