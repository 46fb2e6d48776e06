import { messageOf, ProviderError } from "../provider-error.js";
import type { StateStoreDirectoryOutputs } from "./properties.js";

/** Another run was faster: the branch has moved since it was read, or is being moved now. */
export class LostRace extends ProviderError {
  constructor(where: Pick<StateStoreDirectoryOutputs, "url" | "branch">, detail: string) {
    super(
      `The branch ${where.branch} of the state store ${where.url} kept changing while Haulway committed to it (${detail}). ` +
        "Nothing was lost: run again.",
    );
  }
}

/** The state store did not answer, or not in time. It may work later. */
export class StateStoreUnavailable extends ProviderError {}

/** A failure of the git library as an error with a way out. It never holds the password. */
export function explainGitError(
  where: Omit<StateStoreDirectoryOutputs, "commit" | "tree">,
  password: string,
  error: unknown,
): Error {
  if (error instanceof ProviderError) return error;
  const code = codeOf(error);
  const detail = messageOf(error).replaceAll(password, "[redacted]").replaceAll(/\s+/g, " ").trim();
  const store = `The state store ${where.url}`;
  const status = statusOf(error);
  if (code === "PushRejectedError" || code === "GitPushError") return new LostRace(where, detail);
  // The library reports refused credentials as the user's cancelling to give others.
  if (status === 401 || status === 403 || code === "UserCanceledError") {
    return new ProviderError(
      `${store} refused the credentials. Check stateStore.credentials: the user name "${where.username}" and ` +
        `the password that ${where.passwordFrom} or ${where.passwordFrom}_FILE holds; it needs the right to push.`,
    );
  }
  if (status === 404) {
    return new ProviderError(
      `${store} does not exist (404), or the credentials may not see it. Check stateStore.url.`,
    );
  }
  const explanation = `${store} cannot be used: ${detail.replace(/\.$/, "")}. Check stateStore.url and the network, then run again.`;
  return isPassing(error, status) ? new StateStoreUnavailable(explanation) : new ProviderError(explanation);
}

/** Whether it may be otherwise in a moment: the server said so, or there was no connection or no answer in time. */
function isPassing(error: unknown, status: number | undefined): boolean {
  if (status !== undefined) return status >= 500 || status === 429;
  if (!(error instanceof Error)) return false;
  return error.name === "TimeoutError" || error.name === "AbortError" || /^E[A-Z_]+$/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function statusOf(error: unknown): number | undefined {
  if (codeOf(error) !== "HttpError" || !(error instanceof Error) || !("data" in error)) return undefined;
  const data = error.data as { readonly statusCode?: number };
  return data.statusCode;
}
