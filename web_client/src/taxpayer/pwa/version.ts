/** Which version of the client a page of the server starts: pure. */

const SCRIPT = /<script[^>]*\ssrc="(\/assets\/taxpayer-[^"]+\.js)"/

/** Whether that page starts another script than `own`; a page of somebody else (a proxy's) is no version. */
export function isOtherVersion(page: string, own: string): boolean {
  const script = SCRIPT.exec(page)?.[1]
  return script !== undefined && own !== '' && script !== own
}
