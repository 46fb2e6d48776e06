import { sleep } from "../retry.js";
import { readSecret } from "../secret-source.js";
import { SynadiaClient } from "../synadia/client.js";
import type { SynadiaAccountInputs } from "./properties.js";

/** What the code of a NATS user needs from outside. Tests give their own. */
export interface Surroundings {
  connect(account: SynadiaAccountInputs): SynadiaClient;
  /** Unix seconds, whole. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** Tells the person who runs Pulumi something, in previews too. */
  report(line: string): void;
}

/** The control plane that the declaration names, with the token of this process's environment, and the real time. */
export const realSurroundings: Surroundings = {
  connect: ({ url, tokenFrom }) =>
    new SynadiaClient({
      url,
      token: readSecret(tokenFrom, "nats.synadia.tokenFrom"),
      tokenOrigin: `nats.synadia.tokenFrom (${tokenFrom})`,
    }),
  now: () => Math.floor(Date.now() / 1000),
  sleep,
  // The engine shows what a provider prints as information.
  report: (line) => console.log(line),
};
