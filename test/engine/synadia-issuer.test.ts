import { afterAll, beforeAll, describe } from "vitest";
import { TestControlPlane } from "./support/control-plane.ts";
import { natsUserScenario } from "./support/nats-user-scenario.ts";
import { synadiaTestIssuer } from "./support/test-issuers.ts";

let controlPlane: TestControlPlane;

beforeAll(async () => {
  controlPlane = await TestControlPlane.start();
});

afterAll(() => controlPlane.close());

describe("with Synadia", () => natsUserScenario(() => synadiaTestIssuer(controlPlane)));
