import { createLogUpdate } from "log-update";
import colors from "picocolors";
import { renderFrame, renderPlainLine, type Task } from "./task-frame.ts";

/**
 * Shows what a command is doing: named tasks that start, make progress, and end.
 *
 * An id that was never started is started with the id as its title; starting an id again begins it anew.
 */
export interface TaskList {
  /** A task begins. `title` is what the reader sees. */
  start(id: string, title: string): void;
  /** What the task is doing now, one line. May be called as often as it changes. */
  update(id: string, detail: string): void;
  /** The task ended well. `detail` says with what result; default: nothing. */
  succeed(id: string, detail?: string): void;
  /** The task failed. `detail` says why, and may have several lines. */
  fail(id: string, detail: string): void;
  /** Writes a line that stays, above the list on a terminal. */
  note(line: string): void;
  /** Draws the list a last time and leaves it standing. What is started afterwards begins a new list. */
  stop(): void;
}

const frameIntervalMilliseconds = 100;
/** How often a task that is still busy may say so where lines cannot be redrawn. */
const plainUpdateIntervalMilliseconds = 30_000;

/**
 * A live list with elapsed times where `interactive`, else one line per event on the same stream.
 *
 * @param options.now the clock, in milliseconds; default `Date.now`.
 */
export function createTaskList(options: {
  stream: NodeJS.WriteStream;
  interactive: boolean;
  now?: () => number;
}): TaskList {
  const now = options.now ?? Date.now;
  return options.interactive ? liveTaskList(options.stream, now) : plainTaskList(options.stream, now);
}

function liveTaskList(stream: NodeJS.WriteStream, now: () => number): TaskList {
  const tasks = new Map<string, Task>();
  const screen = createLogUpdate(stream);
  let timer: NodeJS.Timeout | undefined;

  const draw = (live: boolean) => {
    const { columns, rows } = stream;
    screen(
      renderFrame([...tasks.values()], { now: now(), columns, rows, color: colors.isColorSupported, live }),
    );
  };
  const set = (id: string, task: Task) => {
    tasks.set(id, task);
    timer ??= setInterval(() => draw(true), frameIntervalMilliseconds).unref();
  };

  return {
    ...transitions(tasks, now, (id, task, change) => {
      set(id, task);
      if (change !== "update") draw(true);
    }),
    note(line) {
      screen.clear();
      stream.write(`${line}\n`);
      if (tasks.size > 0) draw(true);
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
      if (tasks.size > 0) draw(false);
      screen.done();
      tasks.clear();
    },
  };
}

function plainTaskList(stream: NodeJS.WriteStream, now: () => number): TaskList {
  const tasks = new Map<string, Task>();
  const lastLineAt = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  const write = (id: string, task: Task) => {
    lastLineAt.set(id, now());
    stream.write(`${renderPlainLine(task, now())}\n`);
  };
  const isDue = (id: string, { detail, startedAt }: Task) =>
    detail !== "" && now() - (lastLineAt.get(id) ?? startedAt) >= plainUpdateIntervalMilliseconds;
  const beat = () => {
    for (const [id, task] of tasks) if (task.state === "running" && isDue(id, task)) write(id, task);
  };

  return {
    ...transitions(tasks, now, (id, task, change) => {
      tasks.set(id, task);
      // A long step without news must not look like one that hangs.
      timer ??= setInterval(beat, plainUpdateIntervalMilliseconds / 2).unref();
      if (change !== "update" || isDue(id, task)) write(id, task);
    }),
    note(line) {
      stream.write(`${line}\n`);
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
      tasks.clear();
      lastLineAt.clear();
    },
  };
}

function transitions(
  tasks: ReadonlyMap<string, Task>,
  now: () => number,
  apply: (id: string, task: Task, change: "start" | "update" | "end") => void,
): Pick<TaskList, "start" | "update" | "succeed" | "fail"> {
  const begun = (title: string): Task => ({
    title,
    state: "running",
    detail: "",
    startedAt: now(),
  });
  const current = (id: string): Task => tasks.get(id) ?? begun(id);
  const end = (id: string, state: "succeeded" | "failed", detail: string) =>
    apply(id, { ...current(id), state, detail, endedAt: now() }, "end");

  return {
    start: (id, title) => apply(id, begun(title), "start"),
    update: (id, detail) => apply(id, { ...current(id), detail }, "update"),
    succeed: (id, detail = "") => end(id, "succeeded", detail),
    fail: (id, detail) => end(id, "failed", detail),
  };
}
