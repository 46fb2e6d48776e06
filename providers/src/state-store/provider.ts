import { containsUnknown, type DynamicProvider } from "../dynamic-provider.js";
import { type RetryPolicy, retry } from "../retry.js";
import { readSecret } from "../secret-source.js";
import { checkStateStoreDirectory } from "./check.js";
import { LostRace, StateStoreUnavailable } from "./errors.js";
import { type Files, treeHash } from "./git-tree.js";
import type { StateStoreDirectoryInputs, StateStoreDirectoryOutputs } from "./properties.js";
import { type Location, Repository } from "./repository.js";

/** Many stacks commit side by side: a dozen attempts, soon after each other at first. */
const RACE: RetryPolicy = { attempts: 12, firstDelay: 100, longestDelay: 5_000 };

/**
 * Directories of the state store, each whole in one commit. The hash of the files decides whether there is anything to
 * do, in preview without asking the repository and in a run against what it holds at that moment.
 */
export const stateStoreDirectory: DynamicProvider<StateStoreDirectoryInputs, StateStoreDirectoryOutputs> = {
  check: async (_olds, inputs) => ({ inputs, failures: checkStateStoreDirectory(inputs) }),

  diff: async (_id, olds, news) => {
    const replaces = (["directory", "branch"] as const).filter(
      (name) => olds[name] !== news[name] && !containsUnknown(news[name]),
    );
    const moved = (["url", "username", "passwordFrom"] as const).some((name) => olds[name] !== news[name]);
    const changes =
      replaces.length > 0 || moved || containsUnknown(news) || treeHash(news.files) !== olds.tree;
    return { changes, replaces, stables: [] };
  },

  create: async (inputs) => ({ id: `${inputs.branch}:${inputs.directory}`, outs: await put(inputs) }),

  read: async (id, props) => {
    const { commit, tree } = await inCopy(props, (repository) => repository.fetch());
    if (commit === undefined || (tree === "" && props.tree !== "")) return { id: "", props };
    return { id, props: tree === props.tree ? props : { ...props, commit, tree } };
  },

  update: async (_id, _olds, news) => ({ outs: await put(news) }),

  delete: async (_id, props) => {
    await converge(props, {}, `Remove ${props.directory}`);
  },
};

async function put(inputs: StateStoreDirectoryInputs): Promise<StateStoreDirectoryOutputs> {
  const { url, branch, username, passwordFrom, directory, files, message } = inputs;
  const location: Location = { url, branch, username, passwordFrom, directory };
  return { ...location, ...(await converge(location, files, message)) };
}

/** Makes the directory hold exactly these files, on top of whatever the branch holds when the push arrives. */
async function converge(
  location: Location,
  files: Files,
  message: string,
): Promise<{ commit: string; tree: string }> {
  const tree = treeHash(files);
  return retry(
    () =>
      inCopy(location, async (repository) => {
        const head = await repository.fetch();
        if (head.tree === tree) return { commit: head.commit ?? "", tree };
        return { commit: await repository.commit(head, files, `${message}\n`), tree };
      }),
    (error) => error instanceof LostRace,
    RACE,
  );
}

/** Repeats the whole when the store is away: a push whose answer was lost is found done by the next attempt. */
function inCopy<T>(location: Location, action: (repository: Repository) => Promise<T>): Promise<T> {
  const password = readSecret(location.passwordFrom, "stateStore.credentials.passwordFrom");
  return retry(
    () => Repository.with(location, password, action),
    (error) => error instanceof StateStoreUnavailable,
  );
}
