/**
 * Leaves the stack traces that nobody reads as they are. To be imported early, for its effect.
 *
 * Pulumi takes a trace of unlimited depth for every resource and every pending call, in errors without a message, and its
 * launcher maps each frame back to TypeScript: it reads and parses the source map of every file on the way. That is a quarter
 * of the program's processor time. Errors that say something are mapped as before.
 */
interface Frame {
  /** The frame as V8 prints it. */
  toString: () => string;
}

// Node's types declare the hook as a method that is always there; it is a property that is usually not.
const hook: { prepareStackTrace?: (error: Error, frames: NodeJS.CallSite[]) => unknown } = Error;
const mapped = hook.prepareStackTrace;
if (mapped !== undefined) {
  hook.prepareStackTrace = (error, frames) =>
    error.message === "" ? plainTrace(error, frames) : mapped(error, frames);
}

/** The trace in V8's own format, in which Pulumi looks for positions. */
function plainTrace(error: Error, frames: readonly Frame[]): string {
  return [error.name, ...frames.map((frame) => `    at ${frame.toString()}`)].join("\n");
}
