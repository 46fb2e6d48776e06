import type { ErrorCode, YAMLParseError } from "yaml";

/** What is wrong and what is expected, for the syntax errors that people make. */
const SYNTAX: Partial<Record<ErrorCode, readonly [problem: string, expected: string]>> = {
  BAD_ALIAS: ["a value begins with *, as YAML's aliases do", "the value in quotes"],
  BAD_DQ_ESCAPE: [
    "the text in double quotes has an unknown escape sequence",
    "\\\\ for a backslash, or single quotes",
  ],
  BAD_INDENT: [
    "a line is not indented like its neighbours, or a bracket is not closed",
    "the fields of a map below each other, and a closing bracket for each opening one",
  ],
  BAD_SCALAR_START: ["a value begins with a character that YAML reserves", "the value in quotes"],
  BLOCK_AS_IMPLICIT_KEY: [
    "a field begins where a value should end",
    "each field on a line of its own, indented like its neighbours, and values with a colon in quotes",
  ],
  MISSING_CHAR: ["something is not closed or not separated", "a matching quote, bracket, comma or colon"],
  MULTILINE_IMPLICIT_KEY: ["a line has no colon", "name: value"],
  MULTIPLE_DOCS: ["a second document begins", "one document in each file, without a line of ---"],
  TAB_AS_INDENT: ["a tab indents the line", "blanks"],
  UNEXPECTED_TOKEN: ["a character is out of place", "YAML"],
};

/** An error of the parser in the words of this project, or in its own where they are as good. */
export function describeSyntaxError(error: YAMLParseError): readonly [problem: string, expected: string] {
  return SYNTAX[error.code] ?? [`the YAML does not parse: ${error.message}`, "YAML"];
}
