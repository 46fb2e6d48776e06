import { REAL_CLOCK } from "../clock.js";
import { connectIssuer, type Issuer, type IssuerInputs } from "../issuer/issuer.js";

/** What the code of a NATS user needs from outside. Tests give their own. */
export interface Surroundings {
  connectIssuer(inputs: IssuerInputs): Issuer;
  /** Unix seconds, whole. */
  now(): number;
  /** Tells the person who runs Pulumi something, in previews too. */
  report(line: string): void;
}

/** The issuer that the declaration names, and the real time. */
export const realSurroundings: Surroundings = {
  connectIssuer,
  now: () => REAL_CLOCK.now(),
  // The engine shows what a provider prints as information.
  report: (line) => console.log(line),
};
