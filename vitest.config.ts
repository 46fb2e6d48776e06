import { defineConfig } from "vitest/config";

/** A level of DESIGN: how slow one test of it may be, and whether its files share something that allows only one at a time. */
function level(name: string, options: { testTimeout: number; alone: boolean }) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      testTimeout: options.testTimeout,
      hookTimeout: options.testTimeout,
      fileParallelism: !options.alone,
      pool: "forks" as const,
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      level("unit", { testTimeout: 60_000, alone: false }),
      level("component", { testTimeout: 60_000, alone: false }),
      level("engine", { testTimeout: 600_000, alone: true }),
      level("local", { testTimeout: 3_600_000, alone: true }),
    ],
  },
});
