import { ProviderError } from "../provider-error.js";

/** Where a call went wrong: what Haulway was doing, and with which control plane. */
export interface FailedCall {
  /** What the call does, for people: "create the NATS user local.claims.intake.publisher". */
  readonly purpose: string;
  readonly url: string;
}

/** Every failure of a call to the control plane. The subclass says what it means; nobody has to look at a status. */
export abstract class SynadiaError extends ProviderError {
  constructor(
    readonly call: FailedCall,
    /** HTTP status, when there was an answer. */
    readonly status: number | undefined,
    explanation: string,
  ) {
    super(`Haulway could not ${call.purpose} at ${call.url}: ${explanation}`);
  }
}

/** 401 or 403: the token is wrong, has expired, or has no right to this. */
export class SynadiaRefused extends SynadiaError {}

/** 404: there is no such thing, or the token may not see it. */
export class SynadiaNotFound extends SynadiaError {}

/** The control plane will not do this, now or later: any other 4xx, or an answer that is no answer. */
export class SynadiaRejected extends SynadiaError {}

/** 429, 5xx, no connection or no answer in time: it may work later. */
export class SynadiaUnavailable extends SynadiaError {
  constructor(
    call: FailedCall,
    status: number | undefined,
    explanation: string,
    /** Whether the control plane may have done what was asked although the call failed. */
    readonly mayHaveActed: boolean,
    /** Pause that the answer asks for, in milliseconds. */
    readonly retryAfter: number,
  ) {
    super(call, status, explanation);
  }
}
