import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The local level tells one story over several files (start, use, change, remove, end), so its files run by name. */
class ByName extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(files.toSorted((a, b) => a.moduleId.localeCompare(b.moduleId)));
  }
}

/**
 * One of the four levels of tests.
 *
 * @param name the level, which is also its folder under test/
 * @param options how long one test may take before it counts as hung, in milliseconds; whether its files share
 * something (engine, environment) that allows only one at a time; what runs once around all of them
 */
function level(name: string, options: { hung: number; alone: boolean; globalSetup?: string[] }) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      testTimeout: options.hung,
      hookTimeout: options.hung,
      globalSetup: options.globalSetup ?? [],
      pool: "forks" as const,
      // Whether files run side by side is a setting of the whole run; one process for all files of a level is not.
      poolOptions: { forks: { singleFork: options.alone } },
    },
  };
}

export default defineConfig({
  test: {
    reporters: process.env["CI"]
      ? ["default", ["json", { outputFile: ".test-results/results.json" }]]
      : ["default"],
    sequence: { sequencer: ByName },
    projects: [
      level("unit", { hung: 120_000, alone: false }),
      level("component", { hung: 120_000, alone: false }),
      level("engine", { hung: 900_000, alone: true }),
      level("local", { hung: 3_600_000, alone: true, globalSetup: ["test/local/support/setup.ts"] }),
    ],
  },
});
