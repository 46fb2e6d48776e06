import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** Remembers the command line of every process that this machine runs from now on. */
export class ProcessWatch {
  private readonly seen = new Set<string>();
  private isEnding = false;
  private readonly watching = this.watch();

  /** Ends the watch, and gives every command line that was seen. */
  async end(): Promise<readonly string[]> {
    this.isEnding = true;
    await this.watching;
    return [...this.seen];
  }

  private async watch(): Promise<void> {
    while (!this.isEnding) {
      const { stdout } = await promisify(execFile)("ps", ["-A", "-ww", "-o", "args="], {
        maxBuffer: 64 * 1024 * 1024,
      });
      for (const line of stdout.split("\n")) this.seen.add(line);
      await sleep(100);
    }
  }
}
