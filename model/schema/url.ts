import type { z } from "zod";
import { type FieldText, text } from "./field.ts";

const LOOPBACK_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether a URL leads to this very machine, where plain text does not cross a network. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK_HOSTS.has(url.hostname) || /^127(?:\.\d{1,3}){3}$/.test(url.hostname);
}

/** Parses a URL that has a host; undefined if the text is none. */
export function parseUrl(value: string): URL | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/\s]/i.test(value) || /\s/.test(value)) return undefined;
  return URL.canParse(value) ? new URL(value) : undefined;
}

/** What is wrong with a URL that secrets are sent to: only https, or http that stays on this machine, and no credentials. */
export function insecureUrl(value: string): string | undefined {
  const url = parseUrl(value);
  if (url === undefined) return "is not a URL";
  if (url.username !== "" || url.password !== "") return "contains credentials";
  if (url.protocol === "https:") return undefined;
  if (url.protocol !== "http:") return `has the scheme ${url.protocol}//`;
  return isLoopback(url) ? undefined : "would send secrets over the network in plain text";
}

/** Schema of a URL that secrets are sent to. */
export function secureUrl(about: FieldText & { readonly originOnly?: boolean }): z.ZodString {
  const { originOnly = false, ...rest } = about;
  return text({
    ...rest,
    sensitive: true,
    wrong: (value) => {
      const problem = insecureUrl(value);
      if (problem !== undefined || !originOnly) return problem;
      return /^https?:\/\/[^/?#]+$/.test(value) ? undefined : "has more than a scheme, a host and a port";
    },
  });
}

/** What is wrong with a list of NATS servers: each must be TLS, unless it is on this machine. */
export function insecureNatsServers(value: string): string | undefined {
  for (const server of value.split(",")) {
    const url = parseUrl(server.trim());
    if (url === undefined) return "is not a URL, or a list of URLs separated by commas";
    if (url.username !== "" || url.password !== "") return "contains credentials";
    if (url.protocol === "tls:" || url.protocol === "wss:") continue;
    if (url.protocol !== "nats:" && url.protocol !== "ws:") return `has the scheme ${url.protocol}//`;
    if (!isLoopback(url)) return `connects without TLS by ${url.protocol}//`;
  }
  return undefined;
}
