import picocolors from "picocolors";
import { formatDuration } from "./duration.ts";

/** One line of work in a task list. Times are milliseconds of one clock. */
export interface Task {
  readonly title: string;
  readonly state: "running" | "succeeded" | "failed";
  /** What it is doing, or how it ended; the empty string when there is nothing to say. */
  readonly detail: string;
  readonly startedAt: number;
  /** Set when the state is not `running`. */
  readonly endedAt?: number;
}

/** What a frame depends on beside its tasks. */
export interface FrameOptions {
  readonly now: number;
  /** Width and height of the terminal, in characters. A frame has at most `rows - 1` lines if no task failed. */
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
  /** False draws tasks that still run as interrupted: the last frame of a list that was stopped. */
  readonly live: boolean;
}

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const spinnerIntervalMilliseconds = 100;
const widestTitle = 44;

/**
 * The live task list as text, without a trailing newline.
 *
 * Where the terminal is too low for all of it, finished tasks are folded into one line: what runs and what failed is what a
 * reader needs. A failed task's detail may have several lines, which are all shown.
 */
export function renderFrame(tasks: readonly Task[], options: FrameOptions): string {
  const colors = picocolors.createColors(options.color);
  const shown = fold(tasks, options.rows - 1);
  const titleWidth = Math.min(widestTitle, Math.max(0, ...shown.tasks.map((task) => width(task.title))));
  const lines = shown.tasks.flatMap((task) => renderTask(task, titleWidth, options));
  return [...(shown.folded > 0 ? [colors.dim(`✓ ${shown.folded} more done`)] : []), ...lines].join("\n");
}

/** What a task list says where nobody watches it live: one line when a task starts, is still busy, or ends. */
export function renderPlainLine(task: Task, now: number): string {
  const word = { running: "start", succeeded: "done", failed: "failed" }[task.state];
  const elapsed = (task.endedAt ?? now) - task.startedAt;
  const time = task.state === "running" && task.detail === "" ? "" : ` (${formatDuration(elapsed)})`;
  const verb = task.state === "running" && task.detail !== "" ? "busy" : word;
  const [first = "", ...rest] = task.detail.split("\n");
  const head = `${verb.padEnd(6)} ${task.title}${first === "" ? "" : `: ${first}`}${time}`;
  return [head, ...rest.map((line) => `       ${line}`)].join("\n");
}

function fold(tasks: readonly Task[], rows: number): { tasks: readonly Task[]; folded: number } {
  const succeeded = tasks.filter((task) => task.state === "succeeded").length;
  const folded = tasks.length <= rows ? 0 : Math.min(succeeded, tasks.length - rows + 1);
  let left = folded;
  return { folded, tasks: tasks.filter((task) => task.state !== "succeeded" || left-- <= 0) };
}

function renderTask(task: Task, titleWidth: number, options: FrameOptions): string[] {
  const colors = picocolors.createColors(options.color);
  const elapsed = formatDuration((task.endedAt ?? options.now) - task.startedAt);
  const [first = "", ...rest] = task.detail.split("\n");
  const title = truncate(task.title, titleWidth).padEnd(titleWidth);
  const room = options.columns - titleWidth - elapsed.length - 6;
  const detail = room > 0 ? truncate(first, room) : "";
  const line = `${symbol(task, options)} ${title} ${colors.dim(elapsed)}${detail === "" ? "" : `  ${detail}`}`;
  return [line, ...rest.map((more) => `  ${more}`)];
}

function symbol(task: Task, options: FrameOptions): string {
  const colors = picocolors.createColors(options.color);
  if (task.state === "succeeded") return colors.green("✓");
  if (task.state === "failed") return colors.red("✗");
  if (!options.live) return colors.yellow("-");
  const turn = Math.floor(Math.max(0, options.now - task.startedAt) / spinnerIntervalMilliseconds);
  return colors.cyan(spinner[turn % spinner.length] ?? "");
}

function width(text: string): number {
  return Array.from(text).length;
}

function truncate(text: string, columns: number): string {
  const characters = Array.from(text);
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(0, columns - 1)).join("")}…`;
}
