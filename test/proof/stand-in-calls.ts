import { readFile } from "node:fs/promises";

/** Operations of Synadia's API that sign something new, or make a new key. */
const MINTING = [
  "createUser",
  "copyNatsUser",
  "downloadNatsUserCreds",
  "downloadNatsUserBearerJwt",
  "rotateNatsUser",
  "rotateAccountSk",
];

/** How often the stand-in of Synadia was asked to sign something new since it was started. */
export async function mintingCalls(synadia: string, tokenFile: string): Promise<number> {
  const token = (await readFile(tokenFile, "utf8")).trim();
  const response = await fetch(`${synadia}/stand-in/calls`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`the stand-in of Synadia answers ${response.status}`);
  const calls = (await response.json()) as Readonly<Record<string, number>>;
  return MINTING.reduce((sum, operation) => sum + (calls[operation] ?? 0), 0);
}
