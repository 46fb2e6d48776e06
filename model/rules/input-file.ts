import type { z } from "zod";
import type { environmentSchema } from "../environment.ts";
import type { Salvaged } from "../schema/salvage.ts";
import type { FieldPath } from "../source/path.ts";
import { problemAt } from "../source/source-file.ts";
import type { LocatedDocument } from "../source/yaml-document.ts";
import type { teamSchema } from "../team.ts";
import type { Problem } from "../user-error.ts";

/** A file as the checks across fields and files see it: what is valid of it, and where it stands. */
export interface InputFile<Content> {
  /** The name that the file's own name gives it: `claims` for teams/claims.yaml. */
  readonly name: string;
  readonly document: LocatedDocument;
  readonly content: Content | undefined;
}

/** An environment's file, as far as it is valid. */
export type EnvironmentFile = InputFile<Salvaged<z.output<typeof environmentSchema>>>;

/** A team's file, as far as it is valid. */
export type TeamFile = InputFile<Salvaged<z.output<typeof teamSchema>>>;

/** A field of a file. */
export interface FieldPlace {
  readonly file: InputFile<unknown>;
  readonly path: FieldPath;
}

/** A problem with a field. */
export function problemOf({ file, path }: FieldPlace, problem: string, expected: string): Problem {
  return problemAt(file.document.file, file.document.placeOf(path), path, problem, expected);
}

/** A field's place as a message about another field names it: `teams/claims.yaml:9`. */
export function formatPlace({ file, path }: FieldPlace): string {
  return `${file.document.file}:${file.document.placeOf(path).line}`;
}

/** The items of a list that are valid, each with its place in the list. */
export function* validItems<Item>(
  items: readonly (Item | undefined)[] | undefined,
): Generator<readonly [index: number, item: Item]> {
  for (const [index, item] of (items ?? []).entries()) {
    if (item !== undefined) yield [index, item];
  }
}

/** Something that is named, and where. */
export interface Named extends FieldPlace {
  readonly name: string;
}

/** Calls `report` for each name that was there before, with the first place that has it. */
export function forEachRepeated<Item extends Named>(
  items: Iterable<Item>,
  report: (repeated: Item, first: Item) => void,
): void {
  const firsts = new Map<string, Item>();
  for (const item of items) {
    const first = firsts.get(item.name);
    if (first === undefined) firsts.set(item.name, item);
    else report(item, first);
  }
}
