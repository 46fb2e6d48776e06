import Module, { createRequire } from "node:module";

/**
 * What `@pulumi/pulumi` loads at its start and uses only to serialize functions, which the program never does: a dynamic
 * resource names its code instead (components/forwarded-resource.ts). Together they are three quarters of the time that
 * loading Pulumi takes.
 */
const SERIALIZER_MODULES = ["typescript", "@npmcli/arborist"];

/**
 * Puts off loading those modules until somebody looks into one. To be imported before `@pulumi/pulumi`, for its effect.
 *
 * A module that is not installed is left alone: Pulumi has its own ways without it.
 */
const pulumiRequire = createRequire(import.meta.resolve("@pulumi/pulumi"));
for (const name of SERIALIZER_MODULES) defer(name);

function defer(name: string): void {
  const filename = resolveInstalled(name);
  if (filename === undefined || pulumiRequire.cache[filename] !== undefined) return;
  let exports: object | undefined;
  const load = (): object => {
    if (exports === undefined) {
      delete pulumiRequire.cache[filename];
      exports = pulumiRequire(filename) as object;
    }
    return exports;
  };
  const placeholder = new Module(filename);
  placeholder.filename = filename;
  placeholder.loaded = true;
  placeholder.exports = new Proxy(
    {},
    {
      // Compiled `import * as` asks for this at once, and copies all properties unless it is set.
      get: (_, property): unknown => (property === "__esModule" ? true : Reflect.get(load(), property)),
      has: (_, property) => Reflect.has(load(), property),
    },
  );
  pulumiRequire.cache[filename] = placeholder;
}

function resolveInstalled(name: string): string | undefined {
  try {
    return pulumiRequire.resolve(name);
  } catch {
    return undefined;
  }
}
