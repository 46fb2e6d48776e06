import { Transform, type TransformCallback } from "node:stream";

/** The head of what a CGI program answers. */
export interface CgiHead {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
}

const longestHead = 64 * 1024;

/**
 * Splits the output of a CGI program (RFC 3875 §6): hands the head to `onHead` and lets the body through.
 *
 * The stream fails if the output ends before the head does, or the head is longer than 64 KiB.
 */
export class CgiResponse extends Transform {
  readonly #onHead: (head: CgiHead) => void;
  #head: Buffer | undefined = Buffer.alloc(0);

  constructor(onHead: (head: CgiHead) => void) {
    super();
    this.#onHead = onHead;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    if (this.#head === undefined) {
      done(undefined, chunk);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    const end = /\r?\n\r?\n/.exec(this.#head.toString("latin1"));
    if (end === null) {
      done(
        this.#head.length > longestHead
          ? new Error("The answer of the CGI program begins with no head")
          : null,
      );
      return;
    }
    const body = this.#head.subarray(end.index + end[0].length);
    this.#onHead(parseHead(this.#head.subarray(0, end.index).toString("latin1")));
    this.#head = undefined;
    done(undefined, body);
  }

  override _flush(done: TransformCallback): void {
    done(this.#head === undefined ? null : new Error("The CGI program ended before it answered"));
  }
}

function parseHead(text: string): CgiHead {
  const fields = text.split(/\r?\n/).map((line): readonly [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const status = fields.find(([name]) => name.toLowerCase() === "status")?.[1];
  return {
    status: status === undefined ? 200 : Number.parseInt(status, 10),
    headers: fields.filter(([name]) => name !== "" && name.toLowerCase() !== "status"),
  };
}
