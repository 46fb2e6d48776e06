import { randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { createFile } from "../exclusive-file.ts";

const accessKey = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  account: z.string(),
});

/** What a client signs its requests with. */
export type AccessKey = Readonly<z.infer<typeof accessKey>>;

/**
 * The access key of an account in `directory`, in a file of mode 0600; made at the first use. Its id begins with `AKIALOCAL`, so
 * that nobody takes it for one of AWS.
 *
 * @param account 12 digits
 */
export async function ensureAccessKey(directory: string, account: string): Promise<AccessKey> {
  const path = join(directory, `access-key.${account}.json`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const made: AccessKey = {
    accessKeyId: `AKIALOCAL${randomBytes(6).toString("hex").toUpperCase().slice(0, 11)}`,
    secretAccessKey: randomBytes(30).toString("base64"),
    account,
  };
  await createFile(path, JSON.stringify(made));
  return accessKey.parse(JSON.parse(await readFile(path, "utf8")));
}
