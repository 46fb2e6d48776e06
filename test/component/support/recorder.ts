import * as pulumi from "@pulumi/pulumi";
import { mockedOutputs } from "./mocked-outputs.ts";

/** A resource that the code under test asked for. A secret input is `{ secret: <value> }`. */
export interface RecordedResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Logical name of the explicit provider, such as `platform`; undefined if the resource has none. */
  readonly provider: string | undefined;
}

/** A function of a provider, or of the engine, that the code under test called. */
export interface RecordedCall {
  readonly token: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Everything that was asked for, in the order of asking. */
export interface Recording<T> {
  readonly value: T;
  readonly resources: readonly RecordedResource[];
  readonly calls: readonly RecordedCall[];
  /** `<type> <name>` of every resource, sorted. Components and providers included. */
  readonly children: readonly string[];
  /** The one resource of that name and type. Throws if there is none. */
  readonly one: (type: string, name: string) => RecordedResource;
}

/** Answers of functions, by token; `undefined` for a function makes the call fail as the engine does. */
export type Answers = Readonly<
  Record<string, (inputs: Readonly<Record<string, unknown>>) => Record<string, unknown>>
>;

/**
 * Runs code that makes resources against mocks, and waits until all of them are registered.
 *
 * Mocks know inputs and providers. They know nothing of parents, aliases, dependencies and what the engine keeps secret:
 * those are proven on the engine.
 */
export async function record<T>(
  build: () => T | Promise<T>,
  options: {
    readonly stack?: string;
    readonly answers?: Answers;
    /** Gets `<type> <name>` of every resource as it is asked for, also of a run that fails. */
    readonly made?: string[];
  } = {},
): Promise<Recording<T>> {
  const resources: RecordedResource[] = [];
  const calls: RecordedCall[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, provider }) => {
        const plain = reveal(inputs) as Record<string, unknown>;
        options.made?.push(`${type} ${name}`);
        resources.push({
          type,
          name,
          inputs: mark(inputs) as Record<string, unknown>,
          provider: providerName(provider),
        });
        return { id: `${name}-id`, state: { ...plain, ...mockedOutputs(type, name, plain) } };
      },
      call: ({ token, inputs }) => {
        calls.push({ token, inputs: inputs as Record<string, unknown> });
        const answer = options.answers?.[token] ?? DEFAULT_ANSWERS[token];
        if (answer === undefined) throw new Error(`no answer for ${token}`);
        return answer(inputs as Record<string, unknown>);
      },
    },
    "haulway",
    options.stack ?? "test",
    false,
    "organization",
  );
  const value = await build();
  await pulumi.runtime.disconnect();
  return {
    value,
    resources,
    calls,
    children: resources.map(({ type, name }) => `${type} ${name}`).sort(),
    one: (type, name) => {
      const found = resources.find((resource) => resource.type === type && resource.name === name);
      if (found === undefined) throw new Error(`No ${type} ${name} was made.`);
      return found;
    },
  };
}

const DEFAULT_ANSWERS: Answers = {
  // What the engine says of a stack that was not brought up yet. The SDK takes the message from gRPC's `details`.
  "pulumi:pulumi:readStackOutputs": ({ name }) => {
    throw Object.assign(new Error(), { details: `unknown stack "${String(name)}"` });
  },
  "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({
    names: ["eu-central-1c", "eu-central-1a", "eu-central-1b"],
  }),
};

/** The value of an output; mocks know all of them. */
export function resolved<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}

/** `urn:pulumi:test::haulway::pulumi:providers:aws::main::id` has the logical name before the last `::`. */
function providerName(reference: string | undefined): string | undefined {
  return reference === undefined || reference === "" ? undefined : reference.split("::").at(-2);
}

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

function isSecret(value: object): value is { value: unknown } {
  return (value as Record<string, unknown>)[SIGNATURE] === SECRET;
}

/** Wraps every secret as `{ secret }`. */
function mark(value: unknown): unknown {
  return walk(value, (secret) => ({ secret }));
}

/** Takes every secret out of its wrapping. */
function reveal(value: unknown): unknown {
  return walk(value, (secret) => secret);
}

function walk(value: unknown, secret: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => walk(item, secret));
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return secret(walk(value.value, secret));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, secret)]));
}
