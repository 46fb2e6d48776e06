import { EventEmitter } from "node:events";
import { PassThrough, Writable } from "node:stream";
import { main } from "../../../../cli/main.ts";
import { type FakeEngine, fakeStackRunner } from "./fake-stack-runner.ts";
import type { ProjectFixture } from "./project.ts";

/** How the command is called. */
export interface HaulwayOptions {
  readonly project: ProjectFixture;
  /** The stacks. Default: there is none. */
  readonly engine?: FakeEngine;
  /** Answers a question on a terminal. Default: there is no terminal. */
  readonly answer?: string;
  /** Where the command hears of Ctrl-C. Default: nobody presses it. */
  readonly interrupts?: EventEmitter;
  readonly variables?: NodeJS.ProcessEnv;
}

/** What the command did. */
export interface HaulwayRun {
  readonly code: number;
  /** Every run of a stack: `up dev.team.claims`. */
  readonly log: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `haulway` as if typed, on a fake engine. */
export async function haulway(args: readonly string[], options: HaulwayOptions): Promise<HaulwayRun> {
  const { project, answer, interrupts = new EventEmitter(), variables = {} } = options;
  const isTTY = answer !== undefined;
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const stdout = collect(false);
  let answered = false;
  const stderr = collect(isTTY, (text) => {
    if (answered || !text.includes("Go on?")) return;
    answered = true;
    setImmediate(() => stdin.write(answer));
  });
  const { runner, log } = fakeStackRunner(options.engine ?? { stacks: new Map() });
  const code = await main(args, {
    projectDir: project.directory,
    terminal: { stdin, stdout: stdout.stream, stderr: stderr.stream, variables: {} },
    interrupts,
    variablesFor: () => Promise.resolve(variables),
    createRunner: () => Promise.resolve(runner),
  });
  return { code, log, stdout: stdout.text(), stderr: stderr.text() };
}

function collect(isTTY: boolean, onText: (text: string) => void = () => undefined) {
  let text = "";
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
      onText(text);
    },
  });
  // As for a process's own streams, whoever pipes into it does not end it.
  const terminal = Object.assign(stream, { isTTY, columns: 80, rows: 24, end: () => stream });
  return { stream: terminal as unknown as NodeJS.WriteStream, text: () => text };
}
