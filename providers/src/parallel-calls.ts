/** Bounds how many calls to one place run at the same time; the others wait for their turn in the order they came. */
export class ParallelCalls {
  private limit: Promise<<T>(call: () => Promise<T>) => Promise<T>> | undefined;

  /** @param most how many calls run at once, 1 or more */
  constructor(private readonly most: number) {}

  /** Runs the call as soon as there is room for it. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    // Loaded here because the package is an ES module and this one is CommonJS.
    this.limit ??= import("p-limit").then(({ default: pLimit }) => pLimit(this.most));
    const limit = await this.limit;
    return limit(call);
  }
}
