/** Which messages of one stream were sent, and which arrived; each has a number. */
export class MessageCount {
  readonly #arrived = new Set<number>();
  #sent = 0;

  constructor(readonly name: string) {}

  /** The number of the next message. */
  next(): number {
    this.#sent += 1;
    return this.#sent;
  }

  arrive(number: number): void {
    this.#arrived.add(number);
  }

  get sent(): number {
    return this.#sent;
  }

  /** How many of those sent have not arrived. */
  get missing(): number {
    return this.#sent - this.#arrived.size;
  }
}
