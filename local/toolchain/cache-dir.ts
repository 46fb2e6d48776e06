import { isAbsolute, join, resolve } from "node:path";

/** Where the cache is: outside every checkout, so that all of them share it and none of them has to ignore it. */
export function cacheDirectory(env: NodeJS.ProcessEnv, home: string): string {
  const chosen = env["HAULWAY_CACHE"];
  if (chosen) return resolve(chosen);
  const shared = env["XDG_CACHE_HOME"];
  // The XDG specification has relative paths ignored.
  return shared && isAbsolute(shared) ? join(shared, "haulway") : join(home, ".cache", "haulway");
}
