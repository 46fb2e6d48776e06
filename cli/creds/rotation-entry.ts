import { isDeepStrictEqual } from "node:util";
import {
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { applyEdits, indentationAt, lineEnd, lineEnding, lineStart, type TextEdit } from "./text-edit.ts";

/** An entry of `nats.rotations` in an environment's file. */
export interface RotationEntry {
  /** `claims/intake/publisher`. */
  readonly user: string;
  readonly epoch: number;
  readonly reason: string;
}

/** An environment's file with an entry that was added or raised. */
export interface RaisedRotation {
  readonly text: string;
  readonly entry: RotationEntry;
  /** Line of the entry, counted from 1. */
  readonly line: number;
}

/** Whose credentials are to be made anew, and why. */
export interface RotationRequest {
  readonly user: string;
  readonly reason: string;
  /** An epoch that the new one has to be larger than, beside that of the text. Default: none. */
  readonly above?: number;
}

type Collection = YAMLMap | YAMLSeq;

/**
 * Raises the epoch of a user in the text of an environment's file that is valid, or gives it a first one, with the reason.
 * Nothing else of the text changes: neither comments nor layout nor line endings.
 *
 * @returns undefined if the text is laid out in a way that this cannot be done without a loss.
 */
export function raiseRotation(
  text: string,
  { user, reason, above = 0 }: RotationRequest,
): RaisedRotation | undefined {
  const section = natsSection(parse(text));
  if (section === undefined) return undefined;
  const list = section.map.get("rotations", true);
  const present = isSeq(list) ? itemOf(list, user) : undefined;
  const former = present === undefined ? 0 : Number(scalarOf(present, "epoch")?.value);
  const epoch = Math.max(former, above) + 1;
  const entry = { user, epoch, reason };
  const edits =
    present === undefined ? addEntry(text, section, list, entry) : raiseEntry(text, present, entry);
  if (edits === undefined) return undefined;
  const edited = applyEdits(text, edits);
  const place = placeIfSame(text, edited, entry);
  return place === undefined ? undefined : { text: edited, entry, line: place };
}

/** The entry as people write it by hand, one line. */
export function formatEntry({ user, epoch, reason }: RotationEntry): string {
  return `{ user: ${user}, epoch: ${epoch}, reason: ${JSON.stringify(reason)} }`;
}

function raiseEntry(
  text: string,
  present: YAMLMap,
  { epoch, reason }: RotationEntry,
): TextEdit[] | undefined {
  const count = scalarOf(present, "epoch");
  if (count === undefined) return undefined;
  const why = scalarOf(present, "reason");
  const quoted = JSON.stringify(reason);
  const edits =
    why === undefined ? addPair(text, present, [`reason: ${quoted}`]) : [replace(text, why, quoted)];
  return [replace(text, count, String(epoch)), ...edits];
}

function addEntry(
  text: string,
  { key, map }: NatsSection,
  list: unknown,
  entry: RotationEntry,
): TextEdit[] | undefined {
  if (list === undefined) {
    if (map.flow === true) return addToFlow(text, map, `rotations: [${formatEntry(entry)}]`);
    const step = " ".repeat(columnOf(text, map.items[0]?.key) - columnOf(text, key));
    return addPair(text, map, ["rotations:", ...blockEntry(entry, "- ").map((line) => step + line)]);
  }
  if (!isSeq(list)) return undefined;
  if (list.flow === true) return addToFlow(text, list, formatEntry(entry));
  const last = list.items.at(-1);
  if (!isMap(last)) return undefined;
  const dash = startOf(list);
  const before = text.slice(dash, startOf(list.items[0]));
  const bullet = before.trim() === "-" && !before.includes("\n") ? before : "- ";
  const lines = last.flow === true ? [`${bullet}${formatEntry(entry)}`] : blockEntry(entry, bullet);
  return addLines(text, endOf(text, last), columnOf(text, list), lines);
}

/** A field of its own line or lines, or of its own in a map of one line, as the last of the map. */
function addPair(text: string, map: YAMLMap, lines: readonly string[]): TextEdit[] {
  if (map.flow === true) return addToFlow(text, map, lines.join(" "));
  return addLines(text, endOf(text, map), columnOf(text, map.items[0]?.key), lines);
}

function blockEntry({ user, epoch, reason }: RotationEntry, bullet: string): string[] {
  const indentation = " ".repeat(bullet.length);
  return [
    `${bullet}user: ${user}`,
    `${indentation}epoch: ${epoch}`,
    `${indentation}reason: ${JSON.stringify(reason)}`,
  ];
}

/** Lines after a place, and after the comments below it that are not less indented: they belong to what stands before. */
function addLines(text: string, after: number, column: number, lines: readonly string[]): TextEdit[] {
  const eol = lineEnding(text);
  let at = lineEnd(text, after);
  for (let next = text.indexOf("\n", at) + 1; next > 0; next = text.indexOf("\n", next) + 1) {
    const line = text.slice(next, lineEnd(text, next));
    const comment = /^( *)#/.exec(line);
    if (comment?.[1] !== undefined && comment[1].length >= column) at = lineEnd(text, next);
    else if (line.trim() !== "") break;
  }
  return [{ at, remove: 0, insert: lines.map((line) => `${eol}${" ".repeat(column)}${line}`).join("") }];
}

/** Another item in brackets: on a line of its own if the last one has one. */
function addToFlow(text: string, collection: Collection, item: string): TextEdit[] {
  const last = collection.items.at(-1);
  if (last === undefined) return [{ at: startOf(collection) + 1, remove: 0, insert: item }];
  const end = endOf(text, last);
  const close = endOf(text, collection) - 1;
  const comma = commaIn(text, end, close);
  const start = startOf(isPair(last) ? last.key : last);
  const ownLine = text.slice(lineStart(text, start), start).trim() === "";
  const behind = lineEnd(text, comma ?? end);
  const separator: TextEdit[] = comma === undefined ? [{ at: end, remove: 0, insert: "," }] : [];
  const trailing = comma === undefined ? "" : ",";
  if (ownLine && behind < close) {
    const insert = `${lineEnding(text)}${indentationAt(text, start)}${item}${trailing}`;
    // Two edits at one place would be in no order.
    return behind === end
      ? [{ at: end, remove: 0, insert: `${separator[0]?.insert ?? ""}${insert}` }]
      : [...separator, { at: behind, remove: 0, insert }];
  }
  return [
    comma === undefined
      ? { at: end, remove: 0, insert: `, ${item}` }
      : { at: comma + 1, remove: 0, insert: ` ${item},` },
  ];
}

/** Where between two places a comma stands that is not in a comment. */
function commaIn(text: string, from: number, to: number): number | undefined {
  for (let place = from; place < to; place += 1) {
    if (text[place] === "#") place = lineEnd(text, place);
    else if (text[place] === ",") return place;
  }
  return undefined;
}

function replace(text: string, node: Node, insert: string): TextEdit {
  const at = startOf(node);
  return { at, remove: endOf(text, node) - at, insert };
}

/** The line of the entry; undefined if anything but the entry differs between the texts, comments included. */
function placeIfSame(before: string, after: string, entry: RotationEntry): number | undefined {
  const document = parse(after);
  const list = natsSection(document)?.map.get("rotations", true);
  const item = isSeq(list) ? itemOf(list, entry.user) : undefined;
  if (document.errors.length > 0 || item === undefined || !isDeepStrictEqual(item.toJSON(), entry))
    return undefined;
  const others = (text: string) => {
    const data = parse(text).toJS() as {
      spec: { nats: { rotations?: readonly { readonly user: string }[] } };
    };
    const { rotations = [], ...nats } = data.spec.nats;
    return {
      ...data,
      spec: {
        ...data.spec,
        nats: { ...nats, rotations: rotations.filter(({ user }) => user !== entry.user) },
      },
    };
  };
  const same =
    isDeepStrictEqual(others(before), others(after)) && isDeepStrictEqual(comments(before), comments(after));
  if (!same) return undefined;
  const lines = new LineCounter();
  parseDocument(after, { lineCounter: lines });
  return lines.linePos(startOf(scalarOf(item, "user"))).line;
}

function comments(text: string): readonly string[] {
  return [...new Lexer().lex(text)].filter((token) => token.startsWith("#"));
}

function parse(text: string) {
  return parseDocument(text, { version: "1.2", prettyErrors: false, logLevel: "error" });
}

/** The section `spec.nats`: its key, and its fields. */
interface NatsSection {
  readonly key: unknown;
  readonly map: YAMLMap;
}

function natsSection(document: ReturnType<typeof parse>): NatsSection | undefined {
  const spec: unknown = document.get("spec", true);
  const pair: Pair | undefined = isMap(spec)
    ? spec.items.find(({ key }) => isScalar(key) && key.value === "nats")
    : undefined;
  return isMap(pair?.value) ? { key: pair.key, map: pair.value } : undefined;
}

function scalarOf(map: YAMLMap, key: string) {
  const node: unknown = map.get(key, true);
  return isScalar(node) ? node : undefined;
}

function itemOf(list: YAMLSeq, user: string): YAMLMap | undefined {
  return list.items.find((item): item is YAMLMap => isMap(item) && item.get("user") === user);
}

function startOf(node: unknown): number {
  return (node as Node).range?.[0] ?? 0;
}

/** Where the last character of a node is followed by something that is not the node's. */
function endOf(text: string, node: unknown): number {
  if (isPair(node)) return endOf(text, node.value ?? node.key);
  if ((isMap(node) || isSeq(node)) && node.flow !== true) {
    const last: unknown = node.items.at(-1);
    if (last !== undefined) return endOf(text, last);
  }
  const end = (node as Node).range?.[1] ?? 0;
  return text.slice(0, end).trimEnd().length;
}

/** In which column, counted from 0, a node begins. */
function columnOf(text: string, node: unknown): number {
  const start = startOf(node);
  return start - lineStart(text, start);
}
