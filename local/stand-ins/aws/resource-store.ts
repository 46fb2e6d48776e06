import { createHash } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfPresent, writeFileAtomically } from "../../atomic-file.ts";
import { createFile, isSystemError } from "../exclusive-file.ts";
import type { Properties } from "../plugin/property-values.ts";

/** A resource that exists. */
export interface ResourceRecord {
  readonly type: string;
  readonly id: string;
  readonly account: string;
  /** `global` for what lives in no region. */
  readonly region: string;
  /** Tells it from others of its type, account and region. */
  readonly key: string;
  readonly inputs: Properties;
  /** What AWS added: drawn when it was created, and kept. */
  readonly computed: Properties;
  /** Unix milliseconds; absent where an earlier version of the stand-in made it. */
  readonly createdAt?: number;
}

/** Where a resource lies. */
export type ResourceAddress = Pick<ResourceRecord, "type" | "account" | "region" | "key">;

/**
 * Everything that exists, one file per resource below `.local/aws`, so that several plugins at once see one account: creating is
 * exclusive, which is what makes names unique, and replacing is atomic.
 */
export class ResourceStore {
  readonly #root: string;

  /** @param root directory of the data; made when something is created. */
  constructor(root: string) {
    this.#root = root;
  }

  /** `false` when there is one already. */
  async create(record: ResourceRecord): Promise<boolean> {
    const path = this.#path(record);
    await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
    return createFile(path, JSON.stringify(record, undefined, 1));
  }

  async replace(record: ResourceRecord): Promise<void> {
    await writeFileAtomically(this.#path(record), JSON.stringify(record, undefined, 1), 0o600);
  }

  async remove(address: ResourceAddress): Promise<void> {
    await rm(this.#path(address), { force: true });
  }

  async get(address: ResourceAddress): Promise<ResourceRecord | undefined> {
    const text = await readFileIfPresent(this.#path(address));
    return text === undefined ? undefined : (JSON.parse(text) as ResourceRecord);
  }

  /** All of one type, over all accounts and regions. */
  async ofType(type: string): Promise<readonly ResourceRecord[]> {
    return this.#read(join(this.#root, directoryName(type)));
  }

  /** Everything. */
  async all(): Promise<readonly ResourceRecord[]> {
    const directories = await entries(this.#root);
    return (await Promise.all(directories.map((name) => this.#read(join(this.#root, name))))).flat();
  }

  async #read(directory: string): Promise<readonly ResourceRecord[]> {
    const files = (await entries(directory)).filter((name) => name.endsWith(".json"));
    // Another plugin may remove a file between the listing and the reading.
    const texts = await Promise.all(files.map((name) => readFileIfPresent(join(directory, name))));
    return texts.filter((text) => text !== undefined).map((text) => JSON.parse(text) as ResourceRecord);
  }

  #path({ type, account, region, key }: ResourceAddress): string {
    const readable = encodeURIComponent(key).replaceAll("%", "_").slice(0, 120);
    const digest = createHash("sha256").update(key).digest("hex").slice(0, 12);
    return join(this.#root, directoryName(type), `${account}.${region}.${readable}.${digest}.json`);
  }
}

function directoryName(type: string): string {
  return type.replaceAll(/[:/]/g, "-");
}

async function entries(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if (isSystemError(error, "ENOENT") || isSystemError(error, "ENOTDIR")) {
      return [];
    }
    throw error;
  }
}
