/**
 * Whether a secret may be sent to this URL: over https, or over http to this machine itself.
 */
export function isSafeEndpoint(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return protocol === "https:" || (protocol === "http:" && loopback);
}
