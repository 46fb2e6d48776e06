import type { ParallelCalls } from "../parallel-calls.js";
import { messageOf } from "../provider-error.js";
import { PATIENT, type RetryPolicy, retry } from "../retry.js";
import {
  type FailedCall,
  type SynadiaError,
  SynadiaNotFound,
  SynadiaRefused,
  SynadiaRejected,
  SynadiaUnavailable,
} from "./errors.js";
import { redact } from "./redaction.js";

/** One call of the API. */
export interface SynadiaRequest {
  /** What it does, to follow "Haulway could not". */
  readonly purpose: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api/core/beta`, with a leading slash. */
  readonly path: string;
  readonly body?: object;
  /** Creates something anew every time: repeated only when it certainly was not done. @default false */
  readonly createsAnew?: boolean;
}

/** How to reach a control plane. */
export interface SynadiaTransportOptions {
  /** Base URL without `/api`. */
  readonly url: string;
  /** API token. It is in no message. */
  readonly token: string;
  /** Where the token came from, for people: "nats.synadia.tokenFrom (SYNADIA_TOKEN)". */
  readonly tokenOrigin: string;
  /** Time for one answer, in milliseconds. @default 30 seconds */
  readonly timeout?: number;
  readonly retries?: RetryPolicy;
  /** Bounds how many calls run at once. A call that waits to be repeated does not count. @default no bound */
  readonly parallel?: ParallelCalls;
}

/** Codes of failures before anything was sent. */
const NOT_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Longest pause that a `Retry-After` is granted, in milliseconds. */
const LONGEST_RETRY_AFTER = 60_000;

/** Calls the control plane: authentication, time limits, repetition, and failures as typed errors. */
export class SynadiaTransport {
  constructor(private readonly options: SynadiaTransportOptions) {}

  /**
   * The body of the answer.
   * @throws SynadiaError after the repetitions that the request allows
   */
  send(request: SynadiaRequest): Promise<string> {
    return retry(
      () => this.options.parallel?.run(() => this.sendOnce(request)) ?? this.sendOnce(request),
      (error) => error instanceof SynadiaUnavailable && (request.createsAnew !== true || !error.mayHaveActed),
      this.options.retries ?? PATIENT,
      (error) => (error instanceof SynadiaUnavailable ? error.retryAfter : 0),
    );
  }

  private async sendOnce(request: SynadiaRequest): Promise<string> {
    const call: FailedCall = { purpose: request.purpose, url: this.options.url };
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.options.url.replace(/\/+$/, "")}/api/core/beta${request.path}`, {
        method: request.method,
        headers: {
          Authorization: `Bearer ${this.options.token}`,
          Accept: "application/json, text/plain",
          ...(request.body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        signal: AbortSignal.timeout(this.options.timeout ?? 30_000),
        // A redirect would carry the token to a place that nobody configured.
        redirect: "manual",
      });
      text = await response.text();
    } catch (error) {
      throw this.unanswered(call, error);
    }
    if (response.ok) return text;
    throw this.refusal(call, response, text);
  }

  private unanswered(call: FailedCall, error: unknown): SynadiaUnavailable {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const reason =
      error instanceof Error && error.name === "TimeoutError"
        ? "there was no answer in time"
        : `there was no answer (${redact(messageOf(cause), [this.options.token])})`;
    return new SynadiaUnavailable(
      call,
      undefined,
      `${reason}. Check nats.synadia.url and the network, then run again.`,
      !NOT_SENT.has(code),
      0,
    );
  }

  private refusal(call: FailedCall, response: Response, text: string): SynadiaError {
    const { status } = response;
    const body = redact(text, [this.options.token]);
    const said = body === "" ? `it answered ${status}` : `it answered ${status}: ${body}`;
    const { tokenOrigin } = this.options;
    if (status === 401) {
      return new SynadiaRefused(
        call,
        status,
        `the API token was refused (401). It is missing, wrong or expired: replace the token that ${tokenOrigin} names.`,
      );
    }
    if (status === 403) {
      return new SynadiaRefused(
        call,
        status,
        `the API token has no right to it (403). Give the token that ${tokenOrigin} names a role for this account.`,
      );
    }
    if (status === 404) {
      return new SynadiaNotFound(call, status, `${said}; it does not exist, or the token may not see it.`);
    }
    if (status === 429 || status >= 500) {
      return new SynadiaUnavailable(call, status, `${said}.`, status !== 429, retryAfter(response));
    }
    return new SynadiaRejected(call, status, `${said}.`);
  }
}

/** Milliseconds that `Retry-After` asks for, in seconds or as a date; 0 without one. */
function retryAfter(response: Response): number {
  const value = response.headers.get("Retry-After");
  if (value === null) return 0;
  const wanted = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(wanted) ? Math.min(Math.max(wanted, 0), LONGEST_RETRY_AFTER) : 0;
}
