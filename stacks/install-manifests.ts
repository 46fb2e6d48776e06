import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type InstallManifests, selectInstallManifests } from "../manifests/argocd/install-manifests.ts";
import type { Environment } from "../model/environment.ts";
import { UserError } from "../model/user-error.ts";

/** Argo CD's install manifests, ready to use. */
export interface LoadedManifests extends InstallManifests {
  /** SHA-256 of the whole file, 64 hexadecimal digits. */
  readonly sha256: string;
}

/**
 * Reads the manifests that the environment names, from a file (relative to the working directory, which is the project's) or
 * by https.
 *
 * @throws UserError if they cannot be read, or are not those of the environment's version of Argo CD
 */
export async function loadInstallManifests(argocd: Environment["argocd"]): Promise<LoadedManifests> {
  const text = await read(argocd.manifests);
  return {
    ...selectInstallManifests(text, argocd.manifests, argocd.version),
    sha256: createHash("sha256").update(text).digest("hex"),
  };
}

async function read(location: string): Promise<string> {
  try {
    if (!location.startsWith("https:")) return await readFile(location, "utf8");
    const response = await fetch(location);
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    return await response.text();
  } catch (error) {
    throw new UserError(
      `Argo CD's manifests cannot be read from ${location}: ${reason(error)}. Check spec.argocd.manifests of the environment.`,
    );
  }
}

/** `fetch` says only "fetch failed", and keeps what happened in the cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
