/** What happens while the toolchain is made ready, for a terminal or a log to show. */
export type ToolchainEvent =
  | { readonly kind: "checking"; readonly modules: number }
  | {
      /** A tool that is on PATH was asked about; `refused` says why it is built instead. */
      readonly kind: "system-tool";
      readonly tool: string;
      readonly path: string;
      readonly refused?: string;
    }
  | {
      /** An entry of the cache cannot be used, and is built again. */
      readonly kind: "broken";
      readonly module: string;
      readonly reason: string;
    }
  | {
      /** Another run builds; this one uses what it leaves. */
      readonly kind: "waiting";
      readonly pid: number;
      readonly startedAt: number;
    }
  | {
      readonly kind: "building";
      readonly module: string;
      readonly version: string;
      /** What comes out of it. */
      readonly tools: readonly string[];
      /** Counts from 1, in the order in which builds start. */
      readonly index: number;
      readonly of: number;
      /** Milliseconds since the epoch. */
      readonly startedAt: number;
    }
  | {
      readonly kind: "built";
      readonly module: string;
      /** How many are complete now, this one included. */
      readonly done: number;
      readonly of: number;
      readonly seconds: number;
    }
  | {
      readonly kind: "ready";
      /** How many modules this run built. */
      readonly built: number;
      readonly seconds: number;
    };

/** Receives every event, in order. */
export type ToolchainProgress = (event: ToolchainEvent) => void;

/** An event as one plain line, for a log or a terminal that cannot redraw. */
export function formatToolchainEvent(event: ToolchainEvent): string {
  switch (event.kind) {
    case "checking":
      return `checking ${event.modules} tool modules`;
    case "system-tool":
      return event.refused === undefined
        ? `using ${event.tool} from ${event.path}`
        : `not using ${event.tool} from ${event.path}: ${event.refused}`;
    case "broken":
      return `${event.module} in the cache is unusable (${event.reason}); building it again`;
    case "waiting":
      return `waiting for process ${event.pid}, which is building the same tools`;
    case "building":
      return `building ${event.module} ${event.version} (${event.index} of ${event.of}): ${event.tools.join(", ")}`;
    case "built":
      return `built ${event.module} in ${duration(event.seconds)} (${event.done} of ${event.of} done)`;
    case "ready":
      return event.built === 0
        ? `tools are ready (checked in ${event.seconds.toFixed(1)} s)`
        : `tools are ready (built ${event.built} modules in ${duration(event.seconds)})`;
  }
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
